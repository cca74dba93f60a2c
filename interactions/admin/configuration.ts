// The configuration in the console: what is in force and where it comes from, secrets masked. Nothing is changed here.

import type { Acts } from '../../src/domain/operators/acts.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/configuration';
const filters = ['all', 'set'] as const;

/** GET /admin/configuration */
export const createConfigurationPage =
  ({ acts, explanationOf }: { acts: Acts; explanationOf: (variable: string) => string }) =>
  (visit: ConsoleVisit): void => {
    const filter = filters.find((name) => name === visit.query.get('show')) ?? 'all';
    const shown = acts.configuration().filter(({ source }) => filter === 'all' || source !== 'standard');
    visit.show('admin/configuration.njk', {
      filters: filters.map((key) => ({
        key,
        href: key === 'all' ? PATH : `${PATH}?show=${key}`,
        current: key === filter,
      })),
      settings: shown.map(({ variable, value, source }) => ({
        variable,
        value,
        key: source,
        doc: explanationOf(variable),
      })),
    });
  };

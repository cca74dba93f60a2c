// The configuration in force: the row of the operators' API.

import { z } from 'zod';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { operation, type Operation } from './operation.ts';

const optionShown = z.object({ variable: z.string(), value: z.string(), source: z.string() });

export const configurationOperations = (acts: Pick<Acts, 'configuration'>): Operation[] => [
  operation({
    method: 'get',
    path: '/configuration',
    id: 'getConfiguration',
    tag: 'configuration',
    summary: 'Every option with its value in force and where that comes from; secrets are masked',
    permission: 'configuration:read',
    answer: z.object({ items: z.array(optionShown) }),
    handle() {
      return Promise.resolve({
        body: { items: acts.configuration().map((option) => ({ ...option })) },
      });
    },
  }),
];

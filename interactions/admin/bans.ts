// Bans in the console: addresses and networks that are not let in, banning another, and letting one in again.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { createActorNames } from './actor-names.ts';
import type { DangerousAct } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';
import { withQuery } from './paging.ts';

const PATH = '/admin/bans';
const ROWS = 50;
const HOUR = 3_600_000;
/** How long a ban may be, in hours; 0 is for good. */
const lives = [1, 24, 168, 720, 0] as const;

/** The pages under /admin/bans. */
export function createBanPages(parts: { acts: Acts; accounts: Pick<Accounts, 'get'>; now: () => Date }) {
  const { now } = parts;
  const { bans } = parts.acts;
  const nameOf = createActorNames(parts.accounts);
  return {
    /** GET /admin/bans */
    async list(visit: ConsoleVisit): Promise<void> {
      // Ids are ranges, with dots, colons and a slash.
      const after = visit.query.get('after') || undefined;
      const found = await bans.page({
        limit: ROWS + 1,
        ...(after === undefined ? {} : { after: after.toWellFormed() }),
      });
      const shown = found.slice(0, ROWS);
      visit.show('admin/bans.njk', {
        firstHref: after === undefined ? '' : PATH,
        nextHref: found.length > ROWS ? withQuery(PATH, { after: shown.at(-1)!.id }) : '',
        rows: await Promise.all(
          shown.map(async ({ id, doc }) => ({
            range: id,
            reason: doc.reason,
            by: await nameOf(doc.by),
            createdAt: doc.createdAt,
            endsAt: doc.until ?? '',
            href: `${PATH}/${encodeURIComponent(id)}/remove`,
          })),
        ),
        mayWrite: visit.may('bans:write'),
      });
    },

    acts: [
      {
        key: 'add_ban',
        path: `${PATH}/new`,
        permission: 'bans:write',
        target: () => Promise.resolve({ name: '', backHref: PATH, trail: [] }),
        form: (visit, problems) =>
          Promise.resolve({
            template: 'admin/ban-new.njk',
            props: {
              range: {
                value: visit.form['range'] ?? visit.query.get('range') ?? '',
                problem: problems['range']?.key ?? '',
              },
              lives: lives.map((hours) => ({
                hours,
                chosen: String(hours) === (visit.form['hours'] ?? '24'),
              })),
            },
          }),
        async act(visit, reason) {
          const hours = lives.find((life) => String(life) === visit.form['hours']) ?? 24;
          const until = hours === 0 ? undefined : new Date(now().getTime() + hours * HOUR);
          const outcome = await bans.add(visit.by, (visit.form['range'] ?? '').trim(), { reason, until });
          if (outcome.kind === 'banned') return { kind: 'done', to: PATH, notice: 'ban_added' };
          const fields = { range: { key: outcome.problem, value: '' } };
          return { kind: 'refused', problem: 'fields', fields };
        },
      },
      {
        key: 'remove_ban',
        path: `${PATH}/:range/remove`,
        permission: 'bans:write',
        async target(_visit, range) {
          const found = await bans.get(range);
          return found && { name: range, detail: found.doc.reason, backHref: PATH, trail: [] };
        },
        async act(visit, _reason, range) {
          await bans.remove(visit.by, range);
          return { kind: 'done', to: PATH, notice: 'ban_removed' };
        },
      },
    ] satisfies DangerousAct[],
  };
}

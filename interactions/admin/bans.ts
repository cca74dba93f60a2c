// Bans in the console: addresses and networks that are not let in, and letting them in again.

import type { Acts } from '../../src/domain/operators/acts.ts';
import type { DangerousAct } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/bans';
const ROWS = 50;
const HOUR = 3_600_000;
/** How long a ban may be, in hours; 0 is for good. */
const lives = [1, 24, 168, 720, 0] as const;

/** The pages under /admin/bans. */
export function createBanPages({ acts, now }: { acts: Acts; now: () => Date }) {
  const { bans } = acts;

  async function showList(visit: ConsoleVisit, problem?: string): Promise<void> {
    const after = visit.query.get('after') ?? undefined;
    const found = await bans.page({ limit: ROWS + 1, ...(after ? { after: after.toWellFormed() } : {}) });
    const shown = found.slice(0, ROWS);
    visit.show(
      'admin/bans.njk',
      {
        firstHref: after ? PATH : '',
        nextHref: found.length > ROWS ? `${PATH}?after=${encodeURIComponent(shown.at(-1)!.id)}` : '',
        rows: shown.map(({ id, doc }) => ({
          range: id,
          reason: doc.reason,
          by: doc.by,
          createdAt: doc.createdAt,
          endsAt: doc.until ?? '',
          href: `${PATH}/${encodeURIComponent(id)}/remove`,
        })),
        lives: lives.map((hours) => ({ hours, chosen: String(hours) === (visit.form['hours'] ?? '24') })),
        range: visit.form['range'] ?? visit.query.get('range') ?? '',
        reason: visit.form['reason'] ?? '',
        mayWrite: visit.may('bans:write'),
      },
      { problem },
    );
  }

  return {
    /** GET /admin/bans */
    list: (visit: ConsoleVisit): Promise<void> => showList(visit),

    /** POST /admin/bans */
    async add(visit: ConsoleVisit): Promise<void> {
      const reason = (visit.form['reason'] ?? '').trim();
      if (reason.length < 3 || reason.length > 500) return showList(visit, 'no_reason');
      const hours = lives.find((life) => String(life) === visit.form['hours']) ?? 24;
      const until = hours === 0 ? undefined : new Date(now().getTime() + hours * HOUR);
      const outcome = await bans.add(visit.by, (visit.form['range'] ?? '').trim(), { reason, until });
      return outcome.kind === 'banned' ? visit.goTo(PATH, 'ban_added') : showList(visit, outcome.problem);
    },

    acts: [
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

// Support access in the console: who lets support in, going in with a reason, leaving, and ending what was allowed.

import type { Acts } from '../../src/domain/operators/acts.ts';
import type { ShownAllowance } from '../../src/domain/operators/support-access.ts';
import type { DangerousAct, Target } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';
import { pageOfList } from './paging.ts';

const PATH = '/admin/support-access';

/** An allowance as a row of a list. */
export const allowanceRow = (one: ShownAllowance) => ({
  name: one.name,
  href: `/admin/accounts/${one.accountId}`,
  customer: `${one.customerNumber} ${one.customerName}`,
  customerHref: `/admin/customers/${one.customerNumber}`,
  until: one.until,
  inside: one.uses.map(({ operatorName, reason, since }) => ({ by: operatorName, reason, since })),
  enterHref: `${PATH}/${one.id}/enter`,
  endHref: `${PATH}/${one.id}/end`,
});

/** The pages under /admin/support-access. */
export function createSupportAccessPages({ acts }: { acts: Pick<Acts, 'supportAccess'> }) {
  const { supportAccess } = acts;

  async function target(_visit: ConsoleVisit, id: string): Promise<Target | undefined> {
    const found = await supportAccess.find(id);
    if (!found) return undefined;
    const { name, customerNumber, customerName } = found;
    return { name, detail: `${customerNumber} ${customerName}`, backHref: PATH, trail: [{ text: name }] };
  }

  return {
    /** GET /admin/support-access */
    async list(visit: ConsoleVisit): Promise<void> {
      const [{ shown, ...way }, inside] = await Promise.all([
        pageOfList(visit, { path: PATH }, (page) => supportAccess.page(page)),
        supportAccess.inside(visit.by),
      ]);
      visit.show('admin/support-access.njk', {
        ...way,
        rows: shown.map(allowanceRow),
        mayWrite: visit.may('support-access:write'),
        isInside: inside !== undefined,
      });
    },

    /** POST /admin/support-access/leave */
    async leave(visit: ConsoleVisit): Promise<void> {
      await supportAccess.leave(visit.by);
      visit.forgetSupport();
      visit.goTo(PATH, 'support_left');
    },

    acts: [
      {
        key: 'enter_account',
        path: `${PATH}/:id/enter`,
        permission: 'support-access:write',
        target,
        async act(visit, reason, id) {
          if (await supportAccess.inside(visit.by)) return { kind: 'refused', problem: 'inside_already' };
          const use = await supportAccess.enter(visit.by, visit.session.uid, id, reason);
          await visit.beginSupport(use);
          return { kind: 'done', to: '/account', notice: 'support_entered' };
        },
      },
      {
        key: 'end_support_access',
        path: `${PATH}/:id/end`,
        permission: 'support-access:write',
        target,
        async act(visit, reason, id) {
          await supportAccess.end(visit.by, id, reason);
          return { kind: 'done', to: PATH, notice: 'support_access_ended' };
        },
      },
    ] satisfies DangerousAct[],
  };
}

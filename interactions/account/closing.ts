// Closing the customer (S34–S36): what has to go first, the request with the password, where it stands, calling it off.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import { displayName } from '../../src/domain/accounts/accounts.ts';
import type { Closings } from '../../src/domain/customers/closings.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { CustomerVisit } from './frame.ts';

const PAGE = '/account/customer/closing';

/** The pages under /account/customer/closing. */
export function createClosingPages(parts: {
  accounts: Pick<Accounts, 'get'>;
  closings: Closings;
  freshProof: FreshProof;
}) {
  const { accounts, closings, freshProof } = parts;

  async function show(visit: CustomerVisit, problem?: Problem): Promise<void> {
    const { acting, account } = visit;
    const [closing, blockers] = await Promise.all([
      closings.get(acting.customer.id),
      closings.blockers(acting.customer.id, account.id),
    ]);
    const people = await Promise.all(blockers.members.map(({ accountId }) => accounts.get(accountId)));
    visit.show(
      'account/closing.njk',
      {
        customer: { name: acting.customer.doc.name, number: acting.customer.doc.number },
        state: closing?.state ?? 'none',
        reason: closing?.reason ?? '',
        blockers: people.map((one) => ({
          name: one ? displayName(one.doc) : '',
          email: one?.doc.email ?? '',
        })),
        invitations: blockers.invitations,
        // Who has ticked it and mistyped the password need not tick it again.
        sure: visit.form['sure'] === 'yes',
        ...(await freshProof.fields(visit)),
      },
      problem,
    );
  }

  return {
    show: (visit: CustomerVisit): Promise<void> => show(visit),

    /** POST /account/customer/closing */
    async request(visit: CustomerVisit): Promise<void> {
      const { acting, account, form, goTo } = visit;
      if (form['sure'] !== 'yes') return show(visit, { problem: 'not_sure' });
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: false });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, problem);
      const outcome = await closings.request(acting.customer.id, account);
      // Sent twice, or in another tab: what was wanted holds. Else the page says what stands in the way.
      if (outcome.kind === 'requested' || outcome.kind === 'under_way')
        return goTo(PAGE, 'closing_requested');
      return show(visit, { problem: 'blocked' });
    },

    /** POST /account/customer/closing/cancel */
    async cancel({ acting, account, goTo }: CustomerVisit): Promise<void> {
      const isOff = await closings.cancel(acting.customer.id, account);
      goTo(PAGE, isOff ? 'closing_cancelled' : 'closing_over');
    },
  };
}

export type ClosingPages = ReturnType<typeof createClosingPages>;

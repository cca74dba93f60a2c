// Leaving a customer (S24): somebody ends their own membership, with the password. The last owner closes it instead.

import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Membership } from '../../src/domain/customers/membership.ts';
import type { Roles } from '../../src/domain/customers/roles.ts';
import type { Pages } from '../../src/http/pages.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const pathOf = (customerId: string): string => `/account/customers/${customerId}/leave`;

/** GET and POST /account/customers/:id/leave, for each role: nobody is kept against their will. */
export function createLeavingPages(parts: {
  customers: Pick<Customers, 'ofAccount'>;
  membership: Pick<Membership, 'leave'>;
  roles: Roles;
  freshProof: FreshProof;
  pages: Pages;
}) {
  const { customers, membership, roles, freshProof, pages } = parts;

  /** One of the person's own; one of others is as good as none. */
  async function requireOwn({ account }: AccountVisit, id: string) {
    const found = (await customers.ofAccount(account.id)).find(({ customer }) => customer.id === id);
    if (!found) throw new AppError('not_found', { detail: 'no customer of this account' });
    return found;
  }

  async function show(visit: AccountVisit, id: string, problem?: Problem): Promise<void> {
    const { customer, role } = await requireOwn(visit, id);
    visit.show(
      'account/leaving.njk',
      {
        href: pathOf(id),
        customer: { name: customer.doc.name, number: customer.doc.number },
        role: roles.face(role, visit.locale),
        ...(await freshProof.fields(visit)),
      },
      problem,
    );
  }

  return {
    show: (visit: AccountVisit, id: string): Promise<void> => show(visit, id),

    async submit(visit: AccountVisit, id: string): Promise<void> {
      const { account, form, req, res } = visit;
      const { customer } = await requireOwn(visit, id);
      if (form['sure'] !== 'yes') return show(visit, id, { problem: 'not_sure' });
      const problem = await freshProof.judge(visit, { path: pathOf(id), needsCode: false });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, id, problem);
      const outcome = await membership.leave(id, account);
      if (outcome.kind === 'last_owner') return show(visit, id, { problem: 'last_owner' });
      // Sent twice, or disabled meanwhile: what the person wanted holds. This very session may have ended with it.
      const { name, number } = customer.doc;
      pages.send(req, res, { template: 'pages/left-customer.njk', props: { customer: { name, number } } });
    },
  };
}

export type LeavingPages = ReturnType<typeof createLeavingPages>;

// What has changed in the account, or for the customer that it acts for: when, what, by whom and, of one's own acts, from where.

import type { Audit, ShownChange, ShownChanges } from '../../src/domain/audit/audit.ts';
import { readTarget } from '../../src/http/target.ts';
import { describeAgent } from '../../src/lib/user-agent.ts';
import type { AccountVisit, CustomerVisit } from './frame.ts';

const ROWS = 20;

const row = ({ at, action, by, address, userAgent, after }: ShownChange) => ({
  at,
  action,
  by,
  address: address ?? '',
  agent: userAgent === undefined ? '' : describeAgent(userAgent),
  // Of the customer's data, those that have changed.
  fields: action === 'customer.data_changed' && Array.isArray(after?.fields) ? after.fields : [],
  detail: typeof after?.detail === 'string' ? after.detail : '',
});

/** One page of them, older ones by a link. */
async function showPage(
  { req, show }: AccountVisit,
  path: string,
  list: (page: { after: string | undefined; limit: number }) => Promise<ShownChanges>,
  isOfCustomer: boolean,
): Promise<void> {
  const wanted = new URLSearchParams(readTarget(req.url ?? '').query).get('before') ?? '';
  const after = /^\d{12}$/.test(wanted) ? wanted : undefined;
  const { changes, older } = await list({ after, limit: ROWS });
  show('account/changes.njk', {
    rows: changes.map(row),
    isOfCustomer,
    isFirst: after === undefined,
    newestHref: path,
    olderHref: older === undefined ? '' : `${path}?before=${older}`,
  });
}

/** GET /account/changes */
export function createChangesPage({ audit }: { audit: Pick<Audit, 'ofAccount'> }) {
  return (visit: AccountVisit): Promise<void> =>
    showPage(
      visit,
      '/account/changes',
      // Support was let in for one customer, and sees nothing of others.
      (page) => audit.ofAccount(visit.account.id, page, visit.support?.customerId),
      false,
    );
}

/** GET /account/customer/changes */
export function createCustomerChangesPage({ audit }: { audit: Pick<Audit, 'ofCustomer'> }) {
  return (visit: CustomerVisit): Promise<void> =>
    showPage(
      visit,
      '/account/customer/changes',
      (page) => audit.ofCustomer(visit.acting.customer.id, page, visit.account.id),
      true,
    );
}

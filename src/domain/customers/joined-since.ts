// Who came to the customers of an account since a time: whoever was in it may have let somebody in. What is told is what
// its person may see on the page of the members, and no more.

import type { Store } from '../../ports/store.ts';
import { displayName, type Accounts } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import { isActiveMember, type Customers } from './customers.ts';
import type { Roles } from './roles.ts';

/** What came to one customer. `more`: how many are not named. */
export type Newcomers = {
  readonly customer: { readonly name: string; readonly number: string };
  /** Names and addresses of those who joined. */
  readonly joined: readonly string[];
  /** Addresses that were invited, and wait. */
  readonly invited: readonly string[];
  readonly more: number;
};

/** A letter stays one that is read. */
const MOST_NAMED = 20;
const MOST_ROWS = 200;

/** Newcomers over the store. */
export function createJoinedSince(parts: {
  store: Store;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'ofAccount'>;
  roles: Pick<Roles, 'may'>;
}) {
  const { store, accounts, customers, roles } = parts;
  const ofCustomer = (value: string) =>
    [{ key: 'customerId', value } as const, { limit: MOST_ROWS }] as const;

  async function joined(customerId: string, own: string, since: string): Promise<string[]> {
    const rows = await store.collection(collections.members).list(...ofCustomer(customerId));
    const news = rows.filter(({ doc }) => doc.accountId !== own && isActiveMember(doc) && doc.since >= since);
    const found = await Promise.all(news.map(({ doc }) => accounts.get(doc.accountId)));
    return found.flatMap((account) =>
      account ? [`${displayName(account.doc)} (${account.doc.email})`] : [],
    );
  }

  async function invited(customerId: string, since: string): Promise<string[]> {
    const rows = await store.collection(collections.invitations).list(...ofCustomer(customerId));
    return rows.flatMap(({ doc }) => (doc.sentAt >= since ? [doc.email] : []));
  }

  return async function joinedSince(accountId: string, since: Date): Promise<Newcomers[]> {
    const from = since.toISOString();
    const own = await customers.ofAccount(accountId);
    const found = await Promise.all(
      own.map(async ({ customer: { id, doc }, role }) => {
        const [came, asked] = await Promise.all([
          roles.may(role, 'members:read') ? joined(id, accountId, from) : [],
          roles.may(role, 'members:write') ? invited(id, from) : [],
        ]);
        const left = [came, asked].map(({ length }) => Math.max(0, length - MOST_NAMED));
        return {
          customer: { name: doc.name, number: doc.number },
          joined: came.slice(0, MOST_NAMED),
          invited: asked.slice(0, MOST_NAMED),
          more: left.reduce((sum, count) => sum + count, 0),
        };
      }),
    );
    return found.filter((one) => one.joined.length > 0 || one.invited.length > 0);
  };
}

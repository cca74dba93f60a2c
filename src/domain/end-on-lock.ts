// What goes with the lock of an account beside its ways to sign in, and what has come to its customers meanwhile: that
// stays, for it may be right, and its person is told of it.

import type { Store } from '../ports/store.ts';
import type { createAccess } from './access.ts';
import type { Accounts } from './accounts/accounts.ts';
import type { Customers } from './customers/customers.ts';
import { createJoinedSince } from './customers/joined-since.ts';
import { createRoles, type AddedRole } from './customers/roles.ts';
import type { Links } from './federation/links.ts';
import type { EndOnLock } from './sign-ins/mailed-endings.ts';

/** The ends over the store. */
export function createEndOnLock(parts: {
  store: Store;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'ofAccount'>;
  access: Pick<ReturnType<typeof createAccess>, 'endOnLock'>;
  identities: { readonly links: Pick<Links, 'removeAddedSince'> };
  memberRoles: Readonly<Record<string, AddedRole>>;
}): EndOnLock {
  const joinedSince = createJoinedSince({ ...parts, roles: createRoles(parts.memberRoles) });
  return async (accountId, since) => {
    await Promise.all([
      parts.access.endOnLock(accountId, since),
      parts.identities.links.removeAddedSince(accountId, since),
    ]);
    return joinedSince(accountId, since);
  };
}

// The end of an account whose last customer was closed: everything that it has open and every way in ends. Its data are
// kept, or erased but for the names that nobody else may take for a while.

import type { Store } from '../../ports/store.ts';
import { ENDED_WITH_CUSTOMER, isOperator, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';

/** Ends an account for good, unless it is of staff; what was cut off in the middle may be done once more. */
export function createEndAccount(parts: {
  store: Store;
  accounts: Pick<Accounts, 'change'>;
  signOutEverywhere: SignOutEverywhere;
  /** Absent where the data are kept. */
  erasePerson: ((account: StoredAccount) => Promise<void>) | undefined;
}) {
  const { store, accounts, signOutEverywhere, erasePerson } = parts;
  return async function endAccount(account: StoredAccount): Promise<void> {
    const { id } = account;
    // Staff are staff without a customer, too.
    if (isOperator(account.doc)) return;
    await accounts.change(id, ({ credentialVersion }) => ({
      status: 'disabled',
      disabledReason: ENDED_WITH_CUSTOMER,
      passwordHash: undefined,
      exposedPasswordHash: undefined,
      credentialVersion: credentialVersion + 1,
    }));
    await signOutEverywhere(id);
    await Promise.all([
      store.collection(collections.passkeys).removeMany('accountId', id),
      store.collection(collections.publicKeys).removeMany('accountId', id),
      store.collection(collections.apiTokens).removeMany('accountId', id),
      store.collection(collections.links).removeMany('accountId', id),
      store.collection(collections.oneTimeLinks).removeMany('accountId', id),
      store.collection(collections.emailChanges).removeMany('accountId', id),
      store.collection(collections.secondFactors).remove(id),
      store.collection(collections.totpEnrolments).remove(id),
    ]);
    await erasePerson?.(account);
  };
}

// The end of an account whose last customer was closed: everything that it has open and every way in ends. Its data are
// kept, or erased but for the names that nobody else may take for a while.

import type { Clock } from '../../ports/clock.ts';
import { Stale, type Store } from '../../ports/store.ts';
import { isOperator, type Account, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import { accountRows } from '../search/search-keys.ts';

const MAX_ATTEMPTS = 20;

/** Ends accounts; `blockedSeconds` is how long the names of an erased one stay taken. */
export function createEndAccount(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'change'>;
  signOutEverywhere: SignOutEverywhere;
  isErased: boolean;
  blockedSeconds: number;
}) {
  const { store, clock, accounts, signOutEverywhere, isErased, blockedSeconds } = parts;
  const rows = accountRows(store);

  /** Nothing but the names, and those no longer than they are blocked. */
  async function erase(accountId: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await rows.get(accountId);
      if (!seen) return;
      const { emailKey, loginKey, credentialVersion, createdAt, sessionsValidFrom } = seen.doc;
      const left: Account = {
        email: emailKey,
        emailKey,
        emailVerified: false,
        ...(loginKey === undefined ? {} : { loginKey }),
        ...(sessionsValidFrom === undefined ? {} : { sessionsValidFrom }),
        credentialVersion: credentialVersion + 1,
        status: 'disabled',
        disabledReason: 'closed',
        createdAt,
        updatedAt: clock.now().toISOString(),
      };
      try {
        await rows.replace(seen, left, new Date(clock.now().getTime() + blockedSeconds * 1000));
        return;
      } catch (error) {
        if (!(error instanceof Stale) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  return async function endAccount({ id, doc }: StoredAccount): Promise<void> {
    // Staff are staff without a customer, too.
    if (isOperator(doc)) return;
    await accounts.change(id, ({ credentialVersion }) => ({
      status: 'disabled',
      disabledReason: 'closed',
      passwordHash: undefined,
      credentialVersion: credentialVersion + 1,
    }));
    await signOutEverywhere(id);
    await Promise.all([
      store.collection(collections.passkeys).removeMany('accountId', id),
      store.collection(collections.links).removeMany('accountId', id),
      store.collection(collections.oneTimeLinks).removeMany('accountId', id),
      store.collection(collections.emailChanges).removeMany('accountId', id),
      store.collection(collections.secondFactors).remove(id),
      store.collection(collections.totpEnrolments).remove(id),
    ]);
    if (!isErased) return;
    await Promise.all([
      store.collection(collections.history).removeMany('accountId', id),
      store.collection(collections.consents).removeMany('accountId', id),
      store.collection(collections.members).removeMany('accountId', id),
      store.collection(collections.addressLists).remove(id),
    ]);
    await erase(id);
  };
}

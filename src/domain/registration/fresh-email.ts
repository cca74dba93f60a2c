// The address that the sign-in page begins with in the browser that has registered with it just now.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { digest, secretsEqual } from '../../lib/digest.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';
import { registrationIdOf } from './stored-registration.ts';

/** How long the sign-in page of the browser that registered begins with the new address. */
const FRESH_SECONDS = 1800;

/** Fresh addresses, by the browser. */
export function createFreshEmails(parts: { store: Store; clock: Clock; accounts: Pick<Accounts, 'get'> }) {
  const { store, clock, accounts } = parts;
  const registrations = store.collection(collections.registrations);
  const update = createUpdater(registrations);

  return {
    /**
     * The address that this very browser has registered with just now, for its sign-in page to begin with; not one
     * that the account has got since.
     */
    async freshEmail(browserId: string): Promise<string | undefined> {
      const { fresh, plan } = (await registrations.get(registrationIdOf(browserId)))?.doc ?? {};
      if (!fresh || !plan || clock.now().getTime() - Date.parse(fresh.at) > FRESH_SECONDS * 1000)
        return undefined;
      const account = await accounts.get(plan.accountId);
      return account && secretsEqual(digest(account.doc.emailKey), fresh.email)
        ? account.doc.email
        : undefined;
    },

    /** Has the sign-in page forget that address: somebody has signed in in this browser. */
    async forgetFresh(browserId: string): Promise<void> {
      const id = registrationIdOf(browserId);
      const seen = await registrations.get(id);
      if (!seen?.doc.fresh) return;
      await update(id, (doc) => {
        if (doc?.serial !== seen.doc.serial) return { result: undefined };
        const { fresh: _fresh, ...rest } = doc;
        return {
          result: undefined,
          write: { doc: rest, ...(seen.expiresAt ? { expiresAt: seen.expiresAt } : {}) },
        };
      });
    },
  };
}

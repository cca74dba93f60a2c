// Browsers that an account has signed in from before, by the long-lived id in their cookie. Knowing the id is no
// proof of anything: it only keeps strangers' failures from slowing the owner down.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { collections } from '../collections.ts';
import { ignoreConflict } from '../ignore-conflict.ts';

export type KnownBrowser = { readonly accountId: string; readonly firstSeenAt: string };

const REMEMBERED_DAYS = 400;
const MOST_BROWSERS = 1000;

/** Known browsers over the store; ids are stored as hashes. */
export function createBrowsers(store: Store, clock: Clock) {
  const browsers = store.collection(collections.knownBrowsers);
  const idOf = (accountId: string, browserId: string) => `${accountId}:${digest(browserId)}`;
  return {
    async isKnown(accountId: string, browserId: string): Promise<boolean> {
      return (await browsers.get(idOf(accountId, browserId))) !== undefined;
    },
    /** Since when they are known. */
    async list(accountId: string): Promise<{ first_seen_at: string }[]> {
      const found = await browsers.list({ key: 'accountId', value: accountId }, { limit: MOST_BROWSERS });
      return found.map(({ doc }) => ({ first_seen_at: doc.firstSeenAt }));
    },
    /** Forgets all browsers of an account. */
    async forgetAll(accountId: string): Promise<void> {
      await browsers.removeMany('accountId', accountId);
    },
    /** Remembers a browser at a proved sign-in; again is no error and writes nothing. */
    async remember(accountId: string, browserId: string): Promise<void> {
      const id = idOf(accountId, browserId);
      if (await browsers.get(id)) return;
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + REMEMBERED_DAYS * 86_400_000);
      await ignoreConflict(browsers.insert(id, { accountId, firstSeenAt: now.toISOString() }, expiresAt));
    },
  };
}

export type Browsers = ReturnType<typeof createBrowsers>;

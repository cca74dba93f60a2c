// Links that are mailed and work once: a secret in the URL, its hash in the store, bound to a purpose, an account
// and that account's credentials as they were.

import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { digest } from '../lib/digest.ts';
import { randomToken } from '../lib/random.ts';
import type { Accounts, StoredAccount } from './accounts.ts';
import { collections } from './collections.ts';

export type LinkPurpose = 'set-password';

export type OneTimeLink = {
  readonly purpose: LinkPurpose;
  readonly accountId: string;
  readonly credentialVersion: number;
};

/** How long each kind of link lives, in seconds (features.md, "link lives"; a first password: 7 days). */
export const linkLives: Record<LinkPurpose, number> = { 'set-password': 7 * 86_400 };

/** One-time links over the store. */
export function createOneTimeLinks(store: Store, clock: Clock, accounts: Accounts) {
  const links = store.collection(collections.oneTimeLinks);

  /** Whom a link read from the store still stands for: not after a credential changed, not for a disabled account. */
  async function holderOf(
    link: OneTimeLink | undefined,
    purpose: LinkPurpose,
  ): Promise<StoredAccount | undefined> {
    if (!link || link.purpose !== purpose) return undefined;
    const account = await accounts.get(link.accountId);
    if (!account || account.doc.status !== 'active') return undefined;
    return account.doc.credentialVersion === link.credentialVersion ? account : undefined;
  }

  return {
    /** A new link; the secret is returned once and stored only as a hash. */
    async issue(purpose: LinkPurpose, account: StoredAccount): Promise<{ secret: string; expiresAt: Date }> {
      const secret = randomToken();
      const expiresAt = new Date(clock.now().getTime() + linkLives[purpose] * 1000);
      const link = { purpose, accountId: account.id, credentialVersion: account.doc.credentialVersion };
      await links.insert(digest(secret), link, expiresAt);
      return { secret, expiresAt };
    },
    /** Whose link this is, without using it up; `undefined` when it is unknown, used, old or for something else. */
    async peek(purpose: LinkPurpose, secret: string): Promise<StoredAccount | undefined> {
      return holderOf((await links.get(digest(secret)))?.doc, purpose);
    },
    /** Uses the link up; of many callers at once exactly one gets the account. */
    async redeem(purpose: LinkPurpose, secret: string): Promise<StoredAccount | undefined> {
      if (!(await holderOf((await links.get(digest(secret)))?.doc, purpose))) return undefined;
      return holderOf((await links.take(digest(secret)))?.doc, purpose);
    },
    /** Voids all links of an account. */
    async voidAll(accountId: string): Promise<void> {
      await links.removeMany('accountId', accountId);
    },
  };
}

export type OneTimeLinks = ReturnType<typeof createOneTimeLinks>;

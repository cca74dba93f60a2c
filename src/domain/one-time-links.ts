// Links that are mailed and work once: a secret in the URL, its hash in the store, bound to a purpose, an account
// and, but for links that only end or lock, that account's credentials as they were.

import type { Clock } from '../ports/clock.ts';
import type { Store, Stored } from '../ports/store.ts';
import { digest } from '../lib/digest.ts';
import { randomToken } from '../lib/random.ts';
import type { Accounts, StoredAccount } from './accounts/accounts.ts';
import { collections } from './collections.ts';
import { readThrough } from './read-through.ts';

export type LinkPurpose =
  | 'set-password'
  | 'recover'
  | 'lost-device'
  | 'logout-all'
  | 'not-me'
  | 'verify-email'
  | 'keep-second-factor';

export type OneTimeLink = {
  readonly purpose: LinkPurpose;
  readonly accountId: string;
  readonly credentialVersion: number;
  /** The digest of what the browser that asked for it holds; it works nowhere else (S61). */
  readonly binding?: string;
  /** The address that it was mailed to, by its digest; absent when it was printed. One that recovers is void at another. */
  readonly mailedTo?: string;
  /** Staff have mailed it to somebody who forbids new passwords by mail, once they had checked who that is. */
  readonly isDespite?: true;
};

/** How long each kind of link lives, in seconds (features.md, "link lives"; a first password: 7 days). */
export const linkLives: Record<LinkPurpose, number> = {
  'verify-email': 86_400,
  // From the moment that it is put into the outbox, which sends nothing that is over (S51).
  'lost-device': 300,
  // By rule of the product (S11); counted like the one above.
  recover: 900,
  'set-password': 7 * 86_400,
  'logout-all': 7 * 86_400,
  'not-me': 7 * 86_400,
  // As long as a removal may wait for its approval and then for its time.
  'keep-second-factor': 15 * 86_400,
};

/**
 * Links that let nobody in. They outlive a change of credentials: whoever has changed them must not be able to take the
 * owner's way to end that out of their hands.
 */
const protecting: ReadonlySet<LinkPurpose> = new Set(['logout-all', 'not-me', 'keep-second-factor']);

/** Nothing recovers an account that has moved to another address meanwhile, or that forbids it by now (S67, S77). */
const mayRecover = ({ mailedTo }: OneTimeLink, { doc }: StoredAccount): boolean =>
  doc.resetForbidden !== true && doc.passwordOff !== true && mailedTo === digest(doc.emailKey);

/** Nor does what came by mail before the person forbade it set a password; what staff hand over does (S67). */
const maySet = ({ mailedTo, isDespite }: OneTimeLink, { doc }: StoredAccount): boolean =>
  mailedTo === undefined || doc.resetForbidden !== true || isDespite === true;

/** One-time links over the store. */
export function createOneTimeLinks(store: Store, clock: Clock, accounts: Accounts) {
  const links = store.collection(collections.oneTimeLinks);

  /** Whom a link read from the store still stands for: never a disabled account, and most not after a credential changed. */
  async function holderOf(
    link: OneTimeLink | undefined,
    purpose: LinkPurpose,
    binding?: string,
  ): Promise<StoredAccount | undefined> {
    if (!link || link.purpose !== purpose || link.binding !== binding) return undefined;
    const account = await accounts.get(link.accountId);
    if (!account || account.doc.status !== 'active') return undefined;
    if (purpose === 'recover' && !mayRecover(link, account)) return undefined;
    if (purpose === 'set-password' && !maySet(link, account)) return undefined;
    const isCurrent = account.doc.credentialVersion === link.credentialVersion;
    return isCurrent || protecting.has(purpose) ? account : undefined;
  }

  const allOf = (accountId: string): Promise<Stored<OneTimeLink>[]> =>
    readThrough((page) => links.list({ key: 'accountId', value: accountId }, page));

  return {
    /**
     * A new link; the secret is returned once and stored only as a hash. `isMailed` says that it goes to the address on
     * file and nowhere else, so that whoever uses it reads that mailbox; `isDespite`, that staff mail it to an account
     * that forbids new passwords by mail.
     */
    async issue(
      purpose: LinkPurpose,
      account: StoredAccount,
      {
        binding,
        isMailed = purpose === 'recover',
        isDespite = false,
      }: { binding?: string | undefined; isMailed?: boolean; isDespite?: boolean } = {},
    ): Promise<{ secret: string; expiresAt: Date }> {
      const secret = randomToken();
      const expiresAt = new Date(clock.now().getTime() + linkLives[purpose] * 1000);
      const link = {
        purpose,
        accountId: account.id,
        credentialVersion: account.doc.credentialVersion,
        ...(binding === undefined ? {} : { binding }),
        ...(isMailed ? { mailedTo: digest(account.doc.emailKey) } : {}),
        ...(isDespite ? { isDespite } : {}),
      };
      await links.insert(digest(secret), link, expiresAt);
      return { secret, expiresAt };
    },
    /** Whose link this is, without using it up; `undefined` when it is unknown, used, old or for something or somebody else. */
    async peek(purpose: LinkPurpose, secret: string, binding?: string): Promise<StoredAccount | undefined> {
      return holderOf((await links.get(digest(secret)))?.doc, purpose, binding);
    },
    /** Whether the link went to the account's present address and nowhere else; nothing is used up. */
    async wasMailed(secret: string, { doc }: StoredAccount): Promise<boolean> {
      return (await links.get(digest(secret)))?.doc.mailedTo === digest(doc.emailKey);
    },
    /** Uses the link up; of many callers at once exactly one gets the account. */
    async redeem(purpose: LinkPurpose, secret: string, binding?: string): Promise<StoredAccount | undefined> {
      if (!(await holderOf((await links.get(digest(secret)))?.doc, purpose, binding))) return undefined;
      return holderOf((await links.take(digest(secret)))?.doc, purpose, binding);
    },
    /**
     * Uses the link up for what `act` does with its account; of many callers at once exactly one acts. When that fails
     * the link is good again: the holder can press the button once more. `undefined` when it is no longer good.
     */
    async redeemFor<R>(
      purpose: LinkPurpose,
      secret: string,
      act: (account: StoredAccount) => Promise<R>,
    ): Promise<R | undefined> {
      if (!(await holderOf((await links.get(digest(secret)))?.doc, purpose))) return undefined;
      const taken = await links.take(digest(secret));
      const account = await holderOf(taken?.doc, purpose);
      if (!taken || !account) return undefined;
      try {
        return await act(account);
      } catch (error) {
        await links.put(taken.id, taken.doc, taken.expiresAt);
        throw error;
      }
    },
    /** Leaves the latest link of the purpose and voids those before it; of two made at once, all nodes leave the same one. */
    async voidEarlier(purpose: LinkPurpose, accountId: string): Promise<void> {
      const age = ({ id, expiresAt }: Stored<OneTimeLink>) => `${expiresAt?.toISOString() ?? ''} ${id}`;
      const [, ...earlier] = (await allOf(accountId))
        .filter(({ doc }) => doc.purpose === purpose)
        .sort((a, b) => (age(a) < age(b) ? 1 : -1));
      await Promise.all(earlier.map(({ id }) => links.remove(id)));
    },
    /** Voids the links that only end or lock, when the mailbox that they went to is not the person's. */
    async voidProtecting(accountId: string): Promise<void> {
      const found = (await allOf(accountId)).filter(({ doc }) => protecting.has(doc.purpose));
      await Promise.all(found.map(({ id }) => links.remove(id)));
    },
    /** Voids all links of an account but those that only end or lock. */
    async voidAll(accountId: string): Promise<void> {
      const bound = (await allOf(accountId)).filter(({ doc }) => !protecting.has(doc.purpose));
      await Promise.all(bound.map(({ id }) => links.remove(id)));
    },
  };
}

export type OneTimeLinks = ReturnType<typeof createOneTimeLinks>;

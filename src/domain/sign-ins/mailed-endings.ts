// What the links in letters about sign-ins do. Both work without signing in, once, and tell nothing of the account.

import type { Clock } from '../../ports/clock.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import { endingAll } from '../accounts/standing.ts';
import type { Audit } from '../audit/audit.ts';
import type { Newcomers } from '../customers/joined-since.ts';
import type { Identities } from '../federation/identities.ts';
import type { AddressLists } from './address-lists.ts';
import type { Letters } from '../messages/letters.ts';
import { linkLives, type OneTimeLinks } from '../one-time-links.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { SetPassword } from '../passwords/set-password.ts';
import type { SignOutEverywhere } from './sign-out-everywhere.ts';
import type { Leave, Unfinished } from '../unfinished.ts';

/**
 * Ends what else somebody may have made in an account: all that opens it by itself, and what was added since then. What
 * came to its customers meanwhile stays, and is given back for the letter.
 */
export type EndOnLock = (accountId: string, since: Date) => Promise<readonly Newcomers[]>;

/** An account that is about to be locked, as it was seen. */
type Locking = {
  readonly accountId: string;
  readonly credentialVersion: number;
  /** ISO 8601, UTC: what was added from then on goes. */
  readonly since: string;
};

/** The use of `logout-all` and `not-me` links. */
export function createMailedEndings(parts: {
  accounts: Accounts;
  links: OneTimeLinks;
  setPassword: SetPassword;
  signOutEverywhere: SignOutEverywhere;
  passkeys: Pick<Passkeys, 'removeAddedSince' | 'has'>;
  addressLists: Pick<AddressLists, 'removeAddedSince'>;
  endOnLock: EndOnLock;
  identities: Pick<Identities, 'labelsOf'>;
  letters: Letters;
  audit: Pick<Audit, 'note'>;
  unfinished: Unfinished;
  clock: Clock;
}) {
  const { accounts, links, setPassword, signOutEverywhere, passkeys, addressLists, letters, clock } = parts;
  const { unfinished } = parts;

  /** Writes it down, now or later. */
  async function note(
    action: 'account.locked' | 'account.signed_out_everywhere',
    accountId: string,
    leave: Leave,
  ): Promise<void> {
    const actor = { kind: 'person', accountId } as const;
    const isNoted = await parts.audit.note({ action, actor, accountId, after: { way: 'mailed_link' } });
    if (!isNoted) leave();
  }

  /** Takes the password away for good, and voids links for another one that were asked for before. */
  const close = (accountId: string): Promise<StoredAccount> =>
    accounts.change(accountId, ({ credentialVersion, passwordHash, exposedPasswordHash }) => ({
      passwordHash: undefined,
      exposedPasswordHash: passwordHash ?? exposedPasswordHash,
      credentialVersion: credentialVersion + 1,
      lockedAt: clock.now().toISOString(),
      ...endingAll(clock.now()),
    }));

  /** Ends what else opens the account, and writes to its owner. */
  async function clean(locked: StoredAccount, since: string, leave: Leave): Promise<void> {
    const { id } = locked;
    const [newcomers] = await Promise.all([
      parts.endOnLock(id, new Date(since)),
      passkeys.removeAddedSince(id, new Date(since)),
      addressLists.removeAddedSince(id, new Date(since)),
    ]);
    const news = { newcomers, days: linkLives['not-me'] / 86_400 };
    await signOutEverywhere(id);
    await note('account.locked', id, leave);
    // The mailbox alone lets nobody in where the person has said so: not at all where they forbid new passwords by mail
    // (S67), and as long as there is another way where they sign in without one (S77).
    const isForbidden = locked.doc.resetForbidden === true;
    const upstreams = await parts.identities.labelsOf(id);
    if (isForbidden || (locked.doc.passwordOff === true && upstreams.length > 0)) {
      await letters.post(locked, 'security', 'account-secured', {
        isForbidden,
        upstreams,
        hasPasskey: await passkeys.has(id),
        signInUrl: letters.url('/account'),
        supportUrl: letters.url('/support/login'),
        ...news,
      });
      return;
    }
    const { url, expiresAt } = await setPassword.offer(locked, { isMailed: true });
    await letters.post(locked, 'security', 'account-locked', { url, expiresAt, ...news });
  }

  async function end(accountId: string, leave: Leave): Promise<void> {
    await signOutEverywhere(accountId);
    await note('account.signed_out_everywhere', accountId, leave);
  }

  const loggingOut = unfinished.kind<{ accountId: string }>('logout_all', async ({ accountId }, leave) => {
    if (await accounts.get(accountId)) await end(accountId, leave);
  });

  const locking = unfinished.kind<Locking>('lock', async ({ accountId, credentialVersion, since }, leave) => {
    const account = await accounts.get(accountId);
    if (!account) return;
    // Its owner may have another password by now, which stays.
    const isClosed = account.doc.credentialVersion !== credentialVersion;
    await clean(isClosed ? account : await close(accountId), since, leave);
  });

  return {
    /** Whether the link is good; nothing is used up. */
    isGood: async (purpose: 'logout-all' | 'not-me', secret: string): Promise<boolean> =>
      (await links.peek(purpose, secret)) !== undefined,

    /** Ends everything that the account has open (S56); false when the link is over. */
    logOut: async (secret: string): Promise<boolean> => {
      const owner = await links.peek('logout-all', secret);
      if (!owner) return false;
      return loggingOut({ accountId: owner.id }, async (leave) => {
        const isOut = await links.redeemFor('logout-all', secret, async ({ id }) => {
          await end(id, leave);
          return true;
        });
        return isOut ?? false;
      });
    },

    /**
     * Ends everything, and takes the password away, which somebody else must be taken to know: with it they would be
     * back at once. So would they with an API token, with a passkey that they have added, or past the second factor by an
     * address: tokens go, and of the others those of which a letter with such a link could still be open. The owner gets a
     * letter with a link to set a new one, or with what else lets them in. False when the link is over.
     */
    lock: async (secret: string): Promise<boolean> => {
      const owner = await links.peek('not-me', secret);
      if (!owner) return false;
      const { credentialVersion } = owner.doc;
      const since = new Date(clock.now().getTime() - linkLives['not-me'] * 1000).toISOString();
      // Before the link is used up: the owner may have no other one.
      return locking({ accountId: owner.id, credentialVersion, since }, async (leave) => {
        const locked = await links.redeemFor('not-me', secret, async ({ id }) => {
          await clean(await close(id), since, leave);
          return true;
        });
        return locked ?? false;
      });
    },
  };
}

export type MailedEndings = ReturnType<typeof createMailedEndings>;

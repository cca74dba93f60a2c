// What the links in letters about sign-ins do. Both work without signing in, once, and tell nothing of the account.

import type { Clock } from '../../ports/clock.ts';
import { endingAll, type Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { AddressLists } from './address-lists.ts';
import type { Letters } from '../messages/letters.ts';
import { linkLives, type OneTimeLinks } from '../one-time-links.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { SetPassword } from '../passwords/set-password.ts';
import type { SignOutEverywhere } from './sign-out-everywhere.ts';

/** Ends what else somebody may have made in an account: all that opens it by itself, and what was added since then. */
export type EndOnLock = (accountId: string, since: Date) => Promise<void>;

/** The use of `logout-all` and `not-me` links. */
export function createMailedEndings(parts: {
  accounts: Accounts;
  links: OneTimeLinks;
  setPassword: SetPassword;
  signOutEverywhere: SignOutEverywhere;
  passkeys: Pick<Passkeys, 'removeAddedSince'>;
  addressLists: Pick<AddressLists, 'removeAddedSince'>;
  endOnLock: EndOnLock;
  /** Whether the account can sign in with a linked identity. */
  isLinked: (accountId: string) => Promise<boolean>;
  letters: Letters;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
}) {
  const { accounts, links, setPassword, signOutEverywhere, passkeys, addressLists, letters, clock } = parts;
  const note = (action: 'account.locked' | 'account.signed_out_everywhere', accountId: string) =>
    parts.audit.note({
      action,
      actor: { kind: 'person', accountId },
      accountId,
      after: { way: 'mailed_link' },
    });
  return {
    /** Whether the link is good; nothing is used up. */
    isGood: async (purpose: 'logout-all' | 'not-me', secret: string): Promise<boolean> =>
      (await links.peek(purpose, secret)) !== undefined,

    /** Ends everything that the account has open (S56); false when the link is over. */
    logOut: async (secret: string): Promise<boolean> =>
      (await links.redeemFor('logout-all', secret, async ({ id }) => {
        await signOutEverywhere(id);
        await note('account.signed_out_everywhere', id);
        return true;
      })) ?? false,

    /**
     * Ends everything, and takes the password away, which somebody else must be taken to know: with it they would be
     * back at once. So would they with an API token, with a passkey that they have added, or past the second factor by an
     * address: tokens go, and of the others those of which a letter with such a link could still be open. The owner gets a letter with a link to set a new one. False when the link is over.
     */
    lock: async (secret: string): Promise<boolean> =>
      (await links.redeemFor('not-me', secret, async ({ id }) => {
        const locked = await accounts.change(id, (doc) => ({
          passwordHash: undefined,
          // Links for another password that were asked for before are void.
          credentialVersion: doc.credentialVersion + 1,
          ...endingAll(clock.now()),
        }));
        const since = new Date(clock.now().getTime() - linkLives['not-me'] * 1000);
        await Promise.all([
          passkeys.removeAddedSince(id, since),
          addressLists.removeAddedSince(id, since),
          parts.endOnLock(id, since),
        ]);
        await signOutEverywhere(id);
        await note('account.locked', id);
        // The mailbox alone lets nobody in where the person has said so (S77), as long as there is another way.
        if (locked.doc.passwordOff === true && (await parts.isLinked(id))) {
          await letters.send(locked, 'security', 'account-secured', { signInUrl: letters.url('/account') });
          return true;
        }
        const { url, expiresAt } = await setPassword.offer(locked, { isMailed: true });
        await letters.send(locked, 'security', 'account-locked', { url, expiresAt });
        return true;
      })) ?? false,
  };
}

export type MailedEndings = ReturnType<typeof createMailedEndings>;

// Changing the password inside a session (S27): who asks has proved who they are, all other sessions end, and what was
// begun with the old password is void.

import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Browsers } from '../sign-ins/browsers.ts';
import type { EndOlder } from '../sign-ins/end-older.ts';
import type { NewPasswords } from './new-passwords.ts';
import type { PasswordProblem, PasswordRules } from './passwords.ts';

export type NewPasswordProblem = PasswordProblem | 'mismatch' | 'unchanged';

/** What is kept of the sign-ins there are. */
type Kept = { readonly sessionUid: string; readonly browserId: string };

/** The change, in two halves: the new password is judged before the proof, so that a code is not spent on a slip. */
export function createChangePassword(parts: {
  accounts: Accounts;
  browsers: Browsers;
  hasher: Hasher;
  endOlder: EndOlder;
  newPasswords: NewPasswords;
  clock: Clock;
}) {
  const { accounts, browsers, hasher, endOlder, newPasswords, clock } = parts;
  return {
    rulesFor: ({ id }: StoredAccount): Promise<PasswordRules> => newPasswords.rulesFor(id),

    /** What is wrong with the new password; `typed` is what the form gives for the old one. */
    judge(
      account: StoredAccount,
      given: { password: string; repeated: string; typed: string },
    ): Promise<NewPasswordProblem | undefined> {
      const { password, repeated, typed } = given;
      if (password !== repeated) return Promise.resolve('mismatch');
      if (password.normalize('NFC') === typed.normalize('NFC')) return Promise.resolve('unchanged');
      return newPasswords.judge(password, { ...account.doc, accountId: account.id });
    },

    /**
     * Sets the password of who has just proved to be the account's person; the account as it is now. `undefined` when a
     * credential has changed since: of two changes at once one counts.
     */
    async set(account: StoredAccount, password: string, kept: Kept): Promise<StoredAccount | undefined> {
      const passwordHash = await hasher.hash(password);
      let isMine = false;
      const changed = await accounts.change(account.id, (doc) => {
        isMine = doc.credentialVersion === account.doc.credentialVersion && doc.status === 'active';
        if (!isMine) return {};
        const proofsValidFrom = clock.now().getTime() / 1000;
        // A new one is there to sign in with.
        const on = doc.passwordOff === true ? { passwordOff: false } : {};
        return { passwordHash, ...on, credentialVersion: doc.credentialVersion + 1, proofsValidFrom };
      });
      if (!isMine) return undefined;
      await endOlder(account.id, kept.sessionUid);
      // Whoever was about to guess the old one in a browser that is known is a stranger again.
      await browsers.forgetAll(account.id);
      await browsers.remember(account.id, kept.browserId);
      return changed;
    },
  };
}

export type ChangePassword = ReturnType<typeof createChangePassword>;

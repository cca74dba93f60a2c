// The bound on guessing one password (NIST SP 800-63B-4 §3.2.2): after 100 wrong ones in a row, from wherever, it is
// switched off until another one is set.

import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { hasPassword, type StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import { collections } from '../collections.ts';
import type { Letters } from '../messages/letters.ts';
import { createUpdater } from '../update.ts';

/** Failures in a row of one account's password; the id is the account's. */
export type FailedPasswords = {
  /** Of which password, by the digest of its stored hash: another one begins at none. */
  readonly password: string;
  readonly failures: number;
};

/** How many wrong passwords in a row switch it off. */
export const MOST_FAILED_PASSWORDS = 100;

/**
 * Failed passwords over the store. They are not forgotten by time, only by a right password, while it is on, or by
 * another one, however that was set.
 */
export function createFailedPasswords(parts: {
  store: Store;
  letters: Pick<Letters, 'send' | 'url'>;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
  log: Log;
}) {
  const { store, letters, audit, clock, log } = parts;
  const counters = store.collection(collections.failedPasswords);
  const update = createUpdater(counters);
  const passwordOf = ({ doc }: StoredAccount) => digest(doc.passwordHash ?? '');

  async function failuresOf(account: StoredAccount): Promise<number> {
    const seen = (await counters.get(account.id))?.doc;
    return seen?.password === passwordOf(account) ? seen.failures : 0;
  }

  const isOff = async (account: StoredAccount): Promise<boolean> =>
    (await failuresOf(account)) >= MOST_FAILED_PASSWORDS;

  return {
    /** Whether the account's password is switched off. */
    isOff,

    /** Whether the account has a password that can prove its person now: set, and switched off by nobody. */
    isUsable: async (account: StoredAccount): Promise<boolean> =>
      hasPassword(account.doc) && !(await isOff(account)),

    /** Counts a wrong password; the person is told of the one that switches it off, once. */
    async count(account: StoredAccount): Promise<void> {
      const { passwordHash, resetForbidden = false, status } = account.doc;
      if (passwordHash === undefined || status !== 'active') return;
      const password = passwordOf(account);
      const failures = await update(account.id, (doc) => {
        const before = doc?.password === password ? doc.failures : 0;
        return { result: before + 1, write: { doc: { password, failures: before + 1 } } };
      });
      if (failures !== MOST_FAILED_PASSWORDS) return;
      log.warn({ account: account.id, failures }, 'password switched off after too many wrong ones in a row');
      await audit.note({
        action: 'credential.password_blocked',
        actor: { kind: 'system' },
        accountId: account.id,
        after: { count: failures },
      });
      await letters.send(account, 'security', 'password-off', {
        count: MOST_FAILED_PASSWORDS,
        when: clock.now(),
        // Who has forbidden resets is not sent to a form that would send nothing.
        url: resetForbidden ? '' : letters.url('/recover'),
      });
    },

    /** Forgets them after a right password; `false` when it is switched off by now, and proves nothing. */
    async forgive(account: StoredAccount): Promise<boolean> {
      const password = passwordOf(account);
      if ((await failuresOf(account)) === 0) return true;
      return update(account.id, (doc) => {
        if (doc?.password !== password) return { result: true };
        if (doc.failures >= MOST_FAILED_PASSWORDS) return { result: false };
        return { result: true, write: { doc: { password, failures: 0 } } };
      });
    },
  };
}

export type FailedPasswordCounter = ReturnType<typeof createFailedPasswords>;

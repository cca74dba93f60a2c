// The bound on guessing one password (NIST SP 800-63B-4 §3.2.2): after 100 wrong ones in a row, from wherever, it is
// switched off until another one is set. And what is known of guesses, for the person to hear of (ASVS 6.3.5).

import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import { boundedAgent } from '../../lib/user-agent.ts';
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
  readonly guesses?: Guesses;
};

/** Wrong passwords from browsers that the account had never signed in from, of whichever password. */
export type Guesses = {
  readonly count: number;
  /** ISO 8601, UTC, as `lastAt`. */
  readonly since: string;
  readonly lastAt: string;
  readonly lastAddress?: string;
  readonly lastAgent: string;
};

/** Where a guess comes from. */
type Origin = { readonly address: string | undefined; readonly userAgent: string };

/** How many wrong passwords in a row switch it off. */
export const MOST_FAILED_PASSWORDS = 100;

/** How many guesses a person hears of: no fewer than the throttle lets pass freely, for people mistype on new devices. */
export const GUESSES_TOLD = 5;

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

  const failuresIn = (doc: FailedPasswords | undefined, account: StoredAccount): number =>
    doc?.password === passwordOf(account) ? doc.failures : 0;

  const areTold = (guesses: Guesses | undefined): guesses is Guesses =>
    guesses !== undefined && guesses.count >= GUESSES_TOLD;

  const isOff = async (account: StoredAccount): Promise<boolean> =>
    failuresIn((await counters.get(account.id))?.doc, account) >= MOST_FAILED_PASSWORDS;

  function oneMore(before: Guesses | undefined, { address, userAgent }: Origin): Guesses {
    const lastAt = clock.now().toISOString();
    return {
      count: (before?.count ?? 0) + 1,
      since: before?.since ?? lastAt,
      lastAt,
      ...(address === undefined ? {} : { lastAddress: address }),
      lastAgent: boundedAgent(userAgent),
    };
  }

  return {
    /** Whether the account's password is switched off. */
    isOff,

    /** Whether the account has a password that can prove its person now: set, and switched off by nobody. */
    isUsable: async (account: StoredAccount): Promise<boolean> =>
      hasPassword(account.doc) && !(await isOff(account)),

    /**
     * Counts a wrong password; the person is told of the one that switches it off, once. In a browser that the account
     * does not know, `guessedFrom` says where that is.
     */
    async count(account: StoredAccount, guessedFrom?: Origin): Promise<void> {
      const { passwordHash, resetForbidden = false, status } = account.doc;
      if (passwordHash === undefined || status !== 'active') return;
      const password = passwordOf(account);
      const failures = await update(account.id, (doc) => {
        const count = failuresIn(doc, account) + 1;
        const guesses = guessedFrom ? oneMore(doc?.guesses, guessedFrom) : doc?.guesses;
        // Of those that have switched it off the letter tells.
        const kept = guesses && count !== MOST_FAILED_PASSWORDS ? { guesses } : {};
        return { result: count, write: { doc: { password, failures: count, ...kept } } };
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

    /**
     * Forgets them after a right password. It proves nothing when it is switched off by now (`isOff`). So many guesses
     * that they are told of stay until they are taken: who guesses right and fails at the second factor must not wipe
     * them out.
     */
    async forgive(account: StoredAccount): Promise<{ isOff: boolean }> {
      if (failuresIn((await counters.get(account.id))?.doc, account) === 0) return { isOff: false };
      return update(account.id, (doc) => {
        const failures = failuresIn(doc, account);
        const result = { isOff: failures >= MOST_FAILED_PASSWORDS };
        if (result.isOff || failures === 0) return { result };
        const kept = areTold(doc?.guesses) ? { guesses: doc.guesses } : {};
        return { result, write: { doc: { password: passwordOf(account), failures: 0, ...kept } } };
      });
    },

    /** Whether there were so many guesses that the person is told of them, and has not been yet. */
    isGuessed: async (accountId: string): Promise<boolean> =>
      areTold((await counters.get(accountId))?.doc.guesses),

    /** Those guesses, for one who tells the person of them; of several at the same time one gets them. */
    takeGuesses: (accountId: string): Promise<Guesses | undefined> =>
      update(accountId, (doc) => {
        if (!areTold(doc?.guesses)) return { result: undefined };
        const { guesses, ...rest } = doc;
        return { result: guesses, write: { doc: rest } };
      }),
  };
}

export type FailedPasswordCounter = ReturnType<typeof createFailedPasswords>;

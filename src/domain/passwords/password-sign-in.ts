// The password proof: throttle, compare, rehash. Same answer and same time whether the name exists or not.

import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Log } from '../../lib/log.ts';
import { networkOf } from '../../lib/address.ts';
import { digest } from '../../lib/digest.ts';
import { comparableName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import type { Signals } from '../signals.ts';
import { ANSWER_FLOOR_MILLISECONDS, waitForFloor } from '../limits/answer-floor.ts';
import type { Browsers } from '../sign-ins/browsers.ts';
import type { FailedPasswordCounter } from './failed-passwords.ts';
import type { LazyMigration } from '../accounts/lazy-migration.ts';
import { checkPassword } from './passwords.ts';
import { passwordPolicies, type CounterKey, type Throttles } from '../limits/throttle.ts';

export type PasswordAttempt = {
  readonly identifier: string;
  readonly password: string;
  /** The client's address, or `undefined` when it could not be told; such attempts share one strict counter. */
  readonly address: string | undefined;
  /** The browser's long-lived id. */
  readonly browserId: string;
  readonly userAgent: string;
  /** Told of a refused attempt at an account that there is, before the answer goes out at its fixed time. */
  readonly onRefused?: (accountId: string, reason: PasswordRefusal) => Promise<unknown>;
};

/** What the history says of a refused attempt; the person is told less. */
export type PasswordRefusal = 'wrong_password' | 'throttled' | 'account_disabled' | 'password_off';

export type PasswordOutcome =
  | { readonly kind: 'proved'; readonly accountId: string }
  | { readonly kind: 'wrong' }
  /** Switched off after too many wrong ones, or by choice; said only in a browser that has signed in before. */
  | { readonly kind: 'password_off'; readonly isChosen: boolean }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** Failures answer at whole multiples of this, so that neither schemes nor look-ups show in the time. */
export const FAILURE_FLOOR_MILLISECONDS = ANSWER_FLOOR_MILLISECONDS;
/** The same while an old system is asked for unknown names: longer than it may take, or the time would tell them. */
export const MIGRATING_FLOOR_MILLISECONDS = 2500;

/** Proves a login name or e-mail with its password. */
export function createPasswordSignIn(parts: {
  accounts: Accounts;
  browsers: Browsers;
  throttles: Throttles;
  failedPasswords: FailedPasswordCounter;
  hasher: Hasher;
  clock: Clock;
  log: Log;
  signals?: Pick<Signals, 'emit'>;
  /** Asked for names that are unknown here, while accounts come along from an old system. */
  lazyMigration?: Pick<LazyMigration, 'bring'> | undefined;
}) {
  const { accounts, browsers, throttles, failedPasswords, hasher, clock, log, lazyMigration } = parts;
  const floor = lazyMigration ? MIGRATING_FLOOR_MILLISECONDS : FAILURE_FLOOR_MILLISECONDS;

  async function rehash(account: StoredAccount, password: string): Promise<void> {
    const before = account.doc.passwordHash;
    const passwordHash = await hasher.hash(password);
    await accounts.change(account.id, (doc) => (doc.passwordHash === before ? { passwordHash } : {}));
    log.info({ account: account.id }, 'password hash brought to the current profile');
  }

  /** The hash is not worth the sign-in: if it cannot be made now, it is made next time. */
  async function tryRehash(account: StoredAccount, password: string): Promise<void> {
    try {
      await rehash(account, password);
    } catch (error) {
      log.warn({ account: account.id, error }, 'password hash not brought to the current profile');
    }
  }

  async function fail<T extends PasswordOutcome>(startedAt: number, outcome: T): Promise<T> {
    await waitForFloor(clock, startedAt, floor);
    return outcome;
  }

  /** Hashing takes its time, and a password that was changed or an account that was ended meanwhile proves nothing. */
  async function isUnchanged({ id, doc }: StoredAccount): Promise<boolean> {
    const now = (await accounts.get(id))?.doc;
    return now?.status === 'active' && now.credentialVersion === doc.credentialVersion;
  }

  return {
    /** Tries one password. Rejects with `HasherBusy` when too many are being tried at once. */
    async prove(attempt: PasswordAttempt): Promise<PasswordOutcome> {
      const startedAt = clock.now().getTime();
      const found = await accounts.findByIdentifier(attempt.identifier);
      const known = await browsers.isKnown(found?.id ?? 'nobody', attempt.browserId);
      const { own, shared } = counters(attempt, known ? found?.id : undefined);

      const refuse = async <T extends PasswordOutcome>(reason: PasswordRefusal, outcome: T): Promise<T> => {
        if (found) await attempt.onRefused?.(found.id, reason);
        return fail(startedAt, outcome);
      };

      const retryAfterSeconds = await throttles.admit([...own, ...shared]);
      if (retryAfterSeconds > 0) {
        parts.signals?.emit({ kind: 'throttled', address: attempt.address });
        const outcome = { kind: 'throttled', retryAfterSeconds } as const;
        // A network that is blocked as a whole says nothing about the account: it may try a million names.
        return (await throttles.isBlocked(own)) ? refuse('throttled', outcome) : fail(startedAt, outcome);
      }

      // A password that is switched off is judged like one that nobody has: after the same work, never right.
      const isChosen = found?.doc.passwordOff === true;
      const off = found !== undefined && (isChosen || (await failedPasswords.isOff(found)));
      const how = { isOff: off, keys: [...own, ...shared], ahead: known };
      const { matches, outdated, account } = await judge(found, attempt, how);
      if (off) return refuse('password_off', known ? { kind: 'password_off', isChosen } : { kind: 'wrong' });
      if (!matches || !account || !(await isUnchanged(account))) {
        const disabled = account?.doc.status === 'disabled';
        if (account && !matches) await failedPasswords.count(account, known ? undefined : attempt);
        return refuse(disabled ? 'account_disabled' : 'wrong_password', { kind: 'wrong' });
      }
      // Guesses that were under way at the same time may have switched it off.
      const { isOff } = await failedPasswords.forgive(account);
      if (isOff) return refuse('password_off', { kind: 'wrong' });
      await Promise.all([
        throttles.clear(own),
        throttles.giveBack(shared),
        browsers.remember(account.id, attempt.browserId),
        outdated ? tryRehash(account, attempt.password) : undefined,
      ]);
      return { kind: 'proved', accountId: account.id };
    },
  };

  /**
   * Compares; an attempt that could not be judged, as with too many at once, does not count. A browser that the account
   * knows goes ahead: however many strangers try however many names, they wait behind it.
   */
  async function judge(
    account: StoredAccount | undefined,
    { identifier, password }: PasswordAttempt,
    { isOff, keys, ahead }: { isOff: boolean; keys: readonly CounterKey[]; ahead: boolean },
  ): Promise<{ matches: boolean; outdated: boolean; account: StoredAccount | undefined }> {
    try {
      const [verdict, brought] = await Promise.all([
        checkPassword(hasher, isOff ? undefined : account, password, { ahead }),
        account ? undefined : lazyMigration?.bring(identifier, password),
      ]);
      return brought ? { matches: true, outdated: false, account: brought } : { ...verdict, account };
    } catch (error) {
      await throttles.giveBack(keys);
      throw error;
    }
  }
}

export type PasswordSignIn = ReturnType<typeof createPasswordSignIn>;

/**
 * `own` counters belong to the name and are forgotten when it is proved; `shared` ones belong to a network. The name
 * is what was typed, never the account: if the e-mail were slowed down together with the login name, that would tell
 * strangers that both are one person's. In a browser that the account knows, only that browser's own failures count.
 */
function counters(
  attempt: PasswordAttempt,
  knownTo: string | undefined,
): { own: CounterKey[]; shared: CounterKey[] } {
  const { pair, browser, name: byName, network, wide } = passwordPolicies;
  if (knownTo !== undefined) {
    return {
      own: [{ id: `password:browser:${knownTo}:${digest(attempt.browserId)}`, policy: browser }],
      shared: [],
    };
  }
  const name = digest(comparableName(attempt.identifier.slice(0, 512)));
  const near = attempt.address === undefined ? 'unknown' : networkOf(attempt.address, { v4: 32, v6: 64 });
  const far = attempt.address === undefined ? 'unknown' : networkOf(attempt.address, { v4: 24, v6: 48 });
  return {
    own: [
      { id: `password:pair:${name}:${near}`, policy: pair },
      { id: `password:name:${name}`, policy: byName },
    ],
    shared: [
      { id: `password:network:${near}`, policy: network },
      { id: `password:wide:${far}`, policy: wide },
    ],
  };
}

// Codes sent by SMS: six digits to a number, good for one account and one purpose, for ten minutes and five tries.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { authenticate, digest, digestsEqual } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import { randomText } from '../../lib/random.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Letters } from '../messages/letters.ts';
import { originOf, type Allowance, type Quotas } from '../limits/quotas.ts';
import { codePolicies, type CounterKey, type Throttles } from '../limits/throttle.ts';
import type { Signals } from '../signals.ts';
import { sixDigits } from './time-codes.ts';
import { createUpdater } from '../update.ts';

export const phoneCodePurposes = ['verify-phone', 'lost-device', 'register'] as const;
export type PhoneCodePurpose = (typeof phoneCodePurposes)[number];

/** Whom a code goes to: an account, or a registration that has none yet. */
export type PhoneCodeHolder = {
  readonly id: string;
  readonly doc: Pick<StoredAccount['doc'], 'phone' | 'locale'>;
};

/** A code that was sent; the latest of an account and purpose is the only one. */
export type PhoneCode = {
  readonly accountId: string;
  /** Keyed hash of the code: six digits alone could be searched. */
  readonly hash: string;
  /** Hash of what the code is about beside the account: the session, or the mailed link. */
  readonly subject: string;
  /** E.164: the number that it was sent to, and that it proves. */
  readonly phone: string;
  readonly triesLeft: number;
};

/** Whose code it is and what it is for. `subject` is the session or the link that the person goes on in. */
export type PhoneCodeUse = {
  readonly accountId: string;
  readonly purpose: PhoneCodePurpose;
  readonly subject: string;
};

export type PhoneCodeSending =
  { readonly kind: 'sent' } | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

export type PhoneCodeOutcome =
  | { readonly kind: 'proved'; readonly phone: string }
  | { readonly kind: 'wrong' }
  /** There is no code to try: none was sent, it is too old, used, or tried too often. */
  | { readonly kind: 'over' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** How long a code is good for, in seconds, and how often it may be tried. */
export const PHONE_CODE_LIFE_SECONDS = 600;
const TRIES = 5;

/** How many go out to all numbers together: what strangers can make them cost. */
export type MostTexts = { readonly hour: number; readonly day: number };
/** How often the log says that no more go out. */
const WARNED_MILLISECONDS = 600_000;

/** SMS codes over the store: hashed with the first of the keys, checked with any. */
export function createPhoneCodes(parts: {
  store: Store;
  clock: Clock;
  throttles: Throttles;
  quotas: Quotas;
  letters: Pick<Letters, 'text'>;
  signals: Pick<Signals, 'emit'>;
  log: Log;
  most: MostTexts;
  keys: readonly Buffer[];
}) {
  const { store, clock, throttles, quotas, letters, signals, log, most, keys } = parts;
  const [key] = keys;
  if (key === undefined) throw new TypeError('phone codes need a key');
  const codes = store.collection(collections.phoneCodes);
  const update = createUpdater(codes);

  const idOf = ({ accountId, purpose }: PhoneCodeUse) => `${accountId}:${purpose}`;
  const text = (use: PhoneCodeUse, code: string) => `${idOf(use)}:${digest(use.subject)}:${code}`;
  const fits = (doc: PhoneCode, use: PhoneCodeUse, code: string) =>
    keys.map((candidate) => digestsEqual(doc.hash, authenticate(candidate, text(use, code)))).some(Boolean);

  /** The code that waits for this very use. */
  async function waiting(use: PhoneCodeUse): Promise<PhoneCode | undefined> {
    const doc = (await codes.get(idOf(use)))?.doc;
    return doc && doc.triesLeft > 0 && doc.subject === digest(use.subject) ? doc : undefined;
  }

  let warnedAt = -Infinity;

  /** Takes one of those that all share; the seconds to wait when there is none. */
  async function spendShared(): Promise<number> {
    const wait = await quotas.spend([
      { id: 'sms:all:hour', limit: most.hour, windowSeconds: 3600 },
      { id: 'sms:all:day', limit: most.day, windowSeconds: 86_400 },
    ]);
    signals.emit({ kind: 'text', isHeld: wait > 0 });
    const now = clock.now().getTime();
    if (wait > 0 && now - warnedAt >= WARNED_MILLISECONDS) {
      warnedAt = now;
      log.warn({ ...most, waitSeconds: wait }, 'no more codes go out by text message: the limit is reached');
    }
    return wait;
  }

  return {
    /** The number that a code is waiting for; `undefined` when there is none to enter. */
    pending: async (use: PhoneCodeUse): Promise<string | undefined> => (await waiting(use))?.phone,

    /**
     * Sends a new code, which voids the one before. Three an hour for one number, one account and one address
     * (IPv6: /64), addresses that cannot be told share one counter; and so many for all together.
     */
    async send(
      account: PhoneCodeHolder,
      {
        purpose,
        subject,
        phone,
        address,
      }: Omit<PhoneCodeUse, 'accountId'> & { phone: string; address: string | undefined },
    ): Promise<PhoneCodeSending> {
      // What is refused for its own number, account or address takes nothing of what all share.
      const own = await quotas.spend(allowances(account.id, phone, address));
      const retryAfterSeconds = own > 0 ? own : await spendShared();
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      const use = { accountId: account.id, purpose, subject };
      const code = randomText(6, '0123456789');
      const expiresAt = new Date(clock.now().getTime() + PHONE_CODE_LIFE_SECONDS * 1000);
      const doc: PhoneCode = {
        accountId: account.id,
        hash: authenticate(key, text(use, code)),
        subject: digest(subject),
        phone,
        triesLeft: TRIES,
      };
      await codes.put(idOf(use), doc, expiresAt);
      await letters.text(account, 'code', { code, expiresAt }, phone);
      return { kind: 'sent' };
    },

    /**
     * Tries a code. Each has five tries, and an account five an hour over all its codes; of many right tries at once
     * exactly one counts.
     */
    async check(use: PhoneCodeUse, typed: string): Promise<PhoneCodeOutcome> {
      const code = sixDigits(typed);
      // It cannot be a guess, so it is not counted as one.
      if (code === undefined) return (await waiting(use)) ? { kind: 'wrong' } : { kind: 'over' };
      const counters: CounterKey[] = [{ id: `sms-try:${use.accountId}`, policy: codePolicies.smsTry }];
      const retryAfterSeconds = await throttles.admit(counters);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };

      const seen = await codes.get(idOf(use));
      const outcome = await update(
        idOf(use),
        (doc): { result: PhoneCodeOutcome; write?: { doc: PhoneCode; expiresAt: Date } } => {
          if (!doc || doc.triesLeft === 0 || doc.subject !== digest(use.subject))
            return { result: { kind: 'over' } };
          const isRight = fits(doc, use, code);
          const left = { ...doc, triesLeft: isRight ? 0 : doc.triesLeft - 1 };
          const result: PhoneCodeOutcome = isRight ? { kind: 'proved', phone: doc.phone } : { kind: 'wrong' };
          return { result, write: { doc: left, expiresAt: seen?.expiresAt ?? clock.now() } };
        },
      );
      if (outcome.kind === 'proved') await throttles.clear(counters);
      if (outcome.kind === 'over') await throttles.giveBack(counters);
      return outcome;
    },
  };
}

export type PhoneCodes = ReturnType<typeof createPhoneCodes>;

const HOURLY = { limit: 3, windowSeconds: 3600 };

const allowances = (accountId: string, phone: string, address: string | undefined): Allowance[] => [
  { id: `sms:number:${digest(phone)}`, ...HOURLY },
  { id: `sms:account:${accountId}`, ...HOURLY },
  { id: `sms:address:${originOf(address)}`, ...HOURLY },
];

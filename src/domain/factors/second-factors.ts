// What an account's second factor is stored as, and how trying a code of it is slowed down: the key and its recovery
// codes are one document, so that they come, change and go together.

import type { Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { codePolicies, type CounterKey, type Throttles } from '../limits/throttle.ts';
import { createUpdater } from '../update.ts';

/** The second factor of an account; its id is the account's. */
export type SecondFactor = {
  /** The key, base32, sealed for this account. */
  readonly key: string;
  /** The latest time step that a code was accepted for. */
  readonly lastStep: number;
  /** ISO 8601. */
  readonly activatedAt: string;
  /** When a code of either kind was last right, ISO 8601. */
  readonly provedAt?: string;
  /** Hashes of the recovery codes that are left. */
  readonly recoveryCodes: readonly string[];
};

export type CodeOutcome =
  | { readonly kind: 'proved' }
  | { readonly kind: 'wrong' }
  /** It is no code at all, and no guess that would have to be counted. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** Second factors over the store. */
export function createSecondFactors(store: Store, throttles: Throttles) {
  const factors = store.collection(collections.secondFactors);
  const counter = (accountId: string): CounterKey => ({
    id: `second-factor:${accountId}`,
    policy: codePolicies.secondFactor,
  });

  return {
    get: async (accountId: string): Promise<SecondFactor | undefined> => (await factors.get(accountId))?.doc,
    /** Changes one by compare-and-swap; of two changes that cannot both be, the later sees what the first has done. */
    update: createUpdater(factors),
    /** Removes it; of many callers at once exactly one is told that there was one. */
    remove: async (accountId: string): Promise<boolean> => (await factors.take(accountId)) !== undefined,

    /** Forgets wrong codes: there is a new key, which none of them was a guess at. */
    forgive: (accountId: string): Promise<void> => throttles.clear([counter(accountId)]),

    /**
     * Lets a code be judged unless too many of the account were wrong. The counter is the account's alone, whichever
     * kind of code and from wherever (a stranger who gets here knows the password already), and a right code during
     * the wait is refused like a wrong one, unjudged.
     */
    async judge(accountId: string, isRight: () => Promise<boolean>): Promise<CodeOutcome> {
      const keys = [counter(accountId)];
      const retryAfterSeconds = await throttles.admit(keys);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      try {
        if (!(await isRight())) return { kind: 'wrong' };
      } catch (error) {
        await throttles.giveBack(keys);
        throw error;
      }
      await throttles.clear(keys);
      return { kind: 'proved' };
    },
  };
}

export type SecondFactors = ReturnType<typeof createSecondFactors>;

// Slowing down guessing: attempts are counted in storage before they are tried, so a burst over many nodes finds
// the same limit. Delays grow and are bounded: a stranger can make an owner wait, never shut them out for good.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

export type Throttle = {
  readonly attempts: number;
  /** Milliseconds since 1970; no attempt is admitted before. */
  readonly blockedUntil: number;
};

/** How one counter slows: free attempts first, then a delay that doubles from its first value up to a bound. */
export type Policy = {
  readonly free: number;
  /** One second unless given. */
  readonly firstDelaySeconds?: number;
  readonly longestDelaySeconds: number;
  readonly forgetAfterSeconds: number;
};

/**
 * The counters of password sign-in. `pair` is one name from one network, `browser` one name from a browser that has
 * signed in to it before, `name` one name from anywhere, `network` all names from a /32 or /64, `wide` from a /24
 * or /48. A browser that is known is counted by itself, so strangers cannot slow it down.
 */
// prettier-ignore
export const passwordPolicies = {
  pair:    { free: 5,   longestDelaySeconds: 900, forgetAfterSeconds: 86_400 },
  browser: { free: 5,   longestDelaySeconds: 900, forgetAfterSeconds: 86_400 },
  name:    { free: 20,  longestDelaySeconds: 60,  forgetAfterSeconds: 86_400 },
  network: { free: 50,  longestDelaySeconds: 300, forgetAfterSeconds: 3_600 },
  wide:    { free: 500, longestDelaySeconds: 60,  forgetAfterSeconds: 3_600 },
} satisfies Record<string, Policy>;

/**
 * The counters of short codes: five tries, and the next when the wait is over. Wrong ones are forgotten no earlier, so
 * no stretch of that length ever sees a sixth. `secondFactor` is all codes of one account, from whichever sign-in and
 * network; `smsTry` the same for codes sent by SMS.
 */
// prettier-ignore
export const codePolicies = {
  secondFactor: { free: 5, firstDelaySeconds: 900,   longestDelaySeconds: 900,   forgetAfterSeconds: 900 },
  smsTry:       { free: 5, firstDelaySeconds: 3_600, longestDelaySeconds: 3_600, forgetAfterSeconds: 3_600 },
} satisfies Record<string, Policy>;

/**
 * The counters of codes that a person copies from a device (RFC 8628 §5.1): wrong ones of one browser, from a /32 or /64,
 * from a /24 or /48. A right one does not count.
 */
// prettier-ignore
export const userCodePolicies = {
  browser: { free: 5,   firstDelaySeconds: 10, longestDelaySeconds: 600, forgetAfterSeconds: 3_600 },
  network: { free: 20,  firstDelaySeconds: 5,  longestDelaySeconds: 300, forgetAfterSeconds: 3_600 },
  wide:    { free: 200, longestDelaySeconds: 60,  forgetAfterSeconds: 3_600 },
} satisfies Record<string, Policy>;

export type CounterKey = { readonly id: string; readonly policy: Policy };

/** How long an attempt makes the next one wait, in milliseconds. */
export function delayAfter(attempts: number, policy: Policy): number {
  const over = attempts - policy.free;
  if (over < 0) return 0;
  const doubled = (policy.firstDelaySeconds ?? 1) * 2 ** Math.min(over, 30);
  return Math.min(doubled, policy.longestDelaySeconds) * 1000;
}

const blockedUntil = (attempts: number, policy: Policy, now: number): number => {
  const delay = delayAfter(attempts, policy);
  return delay === 0 ? 0 : now + delay;
};

/** How long is still to wait. An end further away than any delay was set by a clock that went wrong: it is no end. */
function waitOf(counter: Throttle | undefined, policy: Policy, now: number): number {
  const wait = (counter?.blockedUntil ?? 0) - now;
  return wait > 0 && wait <= policy.longestDelaySeconds * 1000 ? wait : 0;
}

/** Counters of attempts over the store. */
export function createThrottles(store: Store, clock: Clock) {
  const throttles = store.collection(collections.throttles);
  const update = createUpdater(throttles);

  const count = (key: CounterKey, attempts: number, now: number) => ({
    doc: { attempts, blockedUntil: blockedUntil(attempts, key.policy, now) },
    expiresAt: new Date(now + key.policy.forgetAfterSeconds * 1000),
  });

  const admitOne = (key: CounterKey, seen: Stored<Throttle> | undefined): Promise<number> =>
    update(
      key.id,
      (doc) => {
        const now = clock.now().getTime();
        const wait = waitOf(doc, key.policy, now);
        if (wait > 0) return { result: wait };
        return { result: 0, write: count(key, (doc?.attempts ?? 0) + 1, now) };
      },
      { seen },
    );

  return {
    /**
     * Counts an attempt on every key before it is tried. The answer is 0 when it may be tried, else the seconds to
     * wait. A refused attempt does not count, so waiting always ends; and it writes nothing where a look is enough, so
     * that going on against one blocked counter neither holds up the others nor loads the storage.
     */
    async admit(keys: readonly CounterKey[]): Promise<number> {
      const seen = await Promise.all(keys.map(({ id }) => throttles.get(id)));
      const now = clock.now().getTime();
      const wait = Math.max(0, ...keys.map(({ policy }, index) => waitOf(seen[index]?.doc, policy, now)));
      if (wait > 0) return Math.ceil(wait / 1000);

      const waits = await Promise.all(keys.map((key, index) => admitOne(key, seen[index])));
      const longest = Math.max(0, ...waits);
      if (longest > 0) await Promise.all(keys.filter((_, index) => waits[index] === 0).map(giveBack));
      return Math.ceil(longest / 1000);
    },
    /** Whether one of the keys makes attempts wait now; counts nothing. */
    async isBlocked(keys: readonly CounterKey[]): Promise<boolean> {
      const seen = await Promise.all(keys.map(({ id }) => throttles.get(id)));
      const now = clock.now().getTime();
      return keys.some(({ policy }, index) => waitOf(seen[index]?.doc, policy, now) > 0);
    },
    /** Forgets the failures: the attempt was right. */
    async clear(keys: readonly CounterKey[]): Promise<void> {
      await Promise.all(
        keys.map((key) =>
          update(key.id, (doc) =>
            doc ? { result: undefined, write: count(key, 0, clock.now().getTime()) } : { result: undefined },
          ),
        ),
      );
    },
    /** Takes back the one attempt that was admitted; the others stay counted. */
    async giveBack(keys: readonly CounterKey[]): Promise<void> {
      await Promise.all(keys.map(giveBack));
    },
  };

  function giveBack(key: CounterKey): Promise<void> {
    return update(key.id, (doc) => {
      if (!doc) return { result: undefined };
      const fewer = count(key, Math.max(0, doc.attempts - 1), clock.now().getTime());
      const blockedUntil = Math.min(doc.blockedUntil, fewer.doc.blockedUntil);
      return { result: undefined, write: { ...fewer, doc: { ...fewer.doc, blockedUntil } } };
    });
  }
}

export type Throttles = ReturnType<typeof createThrottles>;

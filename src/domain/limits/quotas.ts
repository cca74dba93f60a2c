// So many in so long and no more: for what costs money or reaches somebody else's mailbox. Unlike a throttle, which
// slows guessing down, a quota counts what was done, and the next one is due when the oldest is out of the window.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { networkOf } from '../../lib/address.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

/** When each of those in the window was done: milliseconds since 1970, oldest first. */
export type Quota = { readonly spent: readonly number[] };

export type Allowance = { readonly id: string; readonly limit: number; readonly windowSeconds: number };

/** The part of an allowance's id that stands for where a request comes from: a /32 or a /64, `unknown` without one. */
export const originOf = (address: string | undefined): string =>
  (address === undefined ? undefined : networkOf(address, { v4: 32, v6: 64 })) ?? 'unknown';

/** The same for a wider circle: a /24 or a /48. */
export const wideOriginOf = (address: string | undefined): string =>
  (address === undefined ? undefined : networkOf(address, { v4: 24, v6: 48 })) ?? 'unknown';

/** Quotas over the store. */
export function createQuotas(store: Store, clock: Clock) {
  const update = createUpdater(store.collection(collections.quotas));

  const spendOne = ({ id, limit, windowSeconds }: Allowance, now: number): Promise<number> =>
    update(id, (doc) => {
      const windowStart = now - windowSeconds * 1000;
      // What lies far ahead was written by a clock that went wrong, and would block for ever.
      const spent = (doc?.spent ?? []).filter((at) => at > windowStart && at <= now + 60_000);
      if (spent.length >= limit) {
        const wait = spent.at(-limit)! - windowStart;
        return { result: Math.max(1, Math.ceil(wait / 1000)) };
      }
      const expiresAt = new Date(now + windowSeconds * 1000);
      return { result: 0, write: { doc: { spent: [...spent, now] }, expiresAt } };
    });

  const giveBack = ({ id, windowSeconds }: Allowance, now: number): Promise<void> =>
    update(id, (doc) => {
      const index = doc?.spent.lastIndexOf(now) ?? -1;
      if (!doc || index < 0) return { result: undefined };
      const spent = doc.spent.toSpliced(index, 1);
      const expiresAt = new Date(now + windowSeconds * 1000);
      return { result: undefined, write: { doc: { spent }, expiresAt } };
    });

  return {
    /** Takes one of every allowance, or of none: 0 when all had one left, else the seconds until they have. */
    async spend(allowances: readonly Allowance[]): Promise<number> {
      const now = clock.now().getTime();
      const waits = await Promise.all(allowances.map((allowance) => spendOne(allowance, now)));
      const longest = Math.max(0, ...waits);
      if (longest > 0) {
        const taken = allowances.filter((_, index) => waits[index] === 0);
        await Promise.all(taken.map((allowance) => giveBack(allowance, now)));
      }
      return longest;
    },
  };
}

export type Quotas = ReturnType<typeof createQuotas>;

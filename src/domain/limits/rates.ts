// How fast a program may ask: a bucket for each that fills up steadily, the same one on every node. A node takes from
// the stored bucket in portions and spends them from memory, so that a request costs no write; it remembers for how long
// there was nothing, so that a program that runs wild costs no more than one that does not.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

/** What is in a bucket at a moment, in milliseconds since 1970. */
export type RateBucket = { readonly tokens: number; readonly at: number };

/** So many at once, and so many in a minute over time. */
export type Rate = { readonly burst: number; readonly perMinute: number };

/** So many a node takes at once: what it has taken and not spent is lost to the others until the bucket is full again. */
const PORTION = 20;
/** Who has not asked for so long begins anew: its bucket is full by then. */
const FORGOTTEN_AFTER = 60_000;
const MOST_HELD = 10_000;

type Held = { tokens: number; readonly emptyUntil: number; readonly at: number };

/** Buckets over the store, by `<kind>:<who>`. */
export function createRates(store: Store, clock: Clock) {
  const update = createUpdater(store.collection(collections.rates));
  const held = new Map<string, Held>();
  /** Requests of one program that come at once take one portion. */
  const taking = new Map<string, Promise<Held>>();

  async function take(id: string, { burst, perMinute }: Rate): Promise<Held> {
    const now = clock.now().getTime();
    const taken = await update(id, (doc) => {
      // A clock that goes back, here or on another node, gives nothing and takes nothing.
      const gained = doc ? (Math.max(0, now - doc.at) / 60_000) * perMinute : burst;
      const there = Math.min(burst, (doc?.tokens ?? 0) + gained);
      const portion = Math.min(PORTION, Math.floor(there));
      const at = Math.max(now, doc?.at ?? 0);
      if (portion === 0) return { result: { portion, there } };
      return {
        result: { portion, there },
        write: { doc: { tokens: there - portion, at }, expiresAt: new Date(at + FORGOTTEN_AFTER) },
      };
    });
    const wait = taken.portion > 0 ? 0 : ((1 - taken.there) / perMinute) * 60_000;
    if (held.size >= MOST_HELD) held.clear();
    const fresh = { tokens: taken.portion, emptyUntil: now + wait, at: now };
    held.set(id, fresh);
    return fresh;
  }

  async function portionOf(id: string, rate: Rate): Promise<Held> {
    const now = clock.now().getTime();
    const mine = held.get(id);
    const isFresh = mine !== undefined && Math.abs(now - mine.at) < FORGOTTEN_AFTER;
    if (isFresh && (mine.tokens > 0 || now < mine.emptyUntil)) return mine;
    const under = taking.get(id) ?? take(id, rate).finally(() => taking.delete(id));
    taking.set(id, under);
    return under;
  }

  return {
    /** Takes one; 0, or the seconds until there is one. */
    async spend(id: string, rate: Rate): Promise<number> {
      for (;;) {
        const portion = await portionOf(id, rate);
        if (portion.tokens > 0) {
          portion.tokens -= 1;
          return 0;
        }
        const wait = portion.emptyUntil - clock.now().getTime();
        // Others have been quicker with the portion that was just taken; there may be another.
        if (wait > 0) return Math.ceil(wait / 1000);
      }
    },
  };
}

export type Rates = ReturnType<typeof createRates>;

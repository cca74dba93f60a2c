// How fast one client of the operators' API may ask: a bucket for each, on each node, that fills up steadily.

import type { Clock } from '../../../src/ports/clock.ts';

/** So many at once, and so many in a minute over time. */
export const apiRate = { burst: 200, perMinute: 1200 } as const;

const MOST_BUCKETS = 10_000;

type Bucket = { tokens: number; at: number };

/** Buckets in memory: they keep one client that runs wild from taking the node from the others, and cost no write. */
export function createRateLimit(
  clock: Clock,
  { burst, perMinute }: { burst: number; perMinute: number } = apiRate,
) {
  const buckets = new Map<string, Bucket>();
  return {
    /** Takes one; 0, or the seconds until there is one. */
    spend(clientId: string): number {
      const now = clock.now().getTime();
      const before = buckets.get(clientId) ?? { tokens: burst, at: now };
      const gained = (Math.max(0, now - before.at) / 60_000) * perMinute;
      const tokens = Math.min(burst, before.tokens + gained);
      if (buckets.size >= MOST_BUCKETS) buckets.clear();
      buckets.set(clientId, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
      return tokens < 1 ? Math.ceil(((1 - tokens) / perMinute) * 60) : 0;
    },
  };
}

export type RateLimit = ReturnType<typeof createRateLimit>;

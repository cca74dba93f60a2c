// Counts for the dashboard: what happened in each minute, hour and day. Counted in memory while people sign in, and
// added to the stored counts every few seconds, so that the numbers of all nodes add up and nobody waits for them.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { networkOf } from '../../lib/address.ts';
import type { Log } from '../../lib/log.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';
import { networkRows } from './throttled-networks.ts';

/** Counts of one span, by `<kind>:<name>`; the id says which: `minute/2026-11-28T10:15`. */
export type StatisticBucket = { readonly counts: Readonly<Record<string, number>> };
/** How often a network had to wait within a day. */
export type ThrottledNetwork = {
  readonly day: string;
  readonly network: string;
  readonly count: number;
  readonly lastAt: string;
};

/** What is counted. Names within: results and methods of sign-ins; else one name, `count`. */
export const statisticKinds = [
  /** `signed_in:password+totp`, `refused:wrong_password` */
  'sign_ins',
  'registrations',
  'recoveries',
  /** Second factors: `totp_on`, `totp_off`, `passkey_added`, `passkey_removed`. */
  'factors',
  'throttled',
  /** Codes by text message: `sent`, `held` back by the limit over all numbers. */
  'texts',
] as const;
export type StatisticKind = (typeof statisticKinds)[number];

/** The last 60 minutes, 24 hours, 31 days. */
export type StatisticRange = 'hour' | 'day' | 'month';
export type StatisticPoint = { readonly at: string; readonly counts: Readonly<Record<string, number>> };
export type StatisticSeries = {
  readonly kind: StatisticKind;
  readonly range: StatisticRange;
  /** Oldest first, a point for every span also when nothing happened; `at` is its beginning, UTC. */
  readonly points: readonly StatisticPoint[];
  readonly totals: Readonly<Record<string, number>>;
};

type Span = 'minute' | 'hour' | 'day';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// prettier-ignore
const spans: Readonly<Record<Span, { readonly length: number; readonly digits: number; readonly kept: number }>> = {
  minute: { length: MINUTE, digits: 16, kept: 2 * HOUR },
  hour:   { length: HOUR,   digits: 13, kept: 3 * DAY },
  day:    { length: DAY,    digits: 10, kept: 400 * DAY },
};
const ranges: Readonly<Record<StatisticRange, { readonly span: Span; readonly points: number }>> = {
  hour: { span: 'minute', points: 60 },
  day: { span: 'hour', points: 24 },
  month: { span: 'day', points: 31 },
};
const THROTTLED_KEPT = 31 * DAY;
/** Whoever has more networks than this between two flushes is counted in the sum only. */
const MOST_NETWORKS = 1000;
/** What cannot be stored for long is given up rather than kept for ever. */
const MOST_KEPT = 10_000;

const bucketId = (span: Span, at: number): string =>
  `${span}/${new Date(at).toISOString().slice(0, spans[span].digits)}`;

/** Counts over the store. */
export function createStatistics(parts: { store: Store; clock: Clock; log: Log }) {
  const { store, clock, log } = parts;
  const buckets = store.collection(collections.statistics);
  const networks = networkRows(store);
  const updateBucket = createUpdater(buckets);
  const updateNetwork = createUpdater(networks);
  /** By minute and name. */
  let counted = new Map<number, Map<string, number>>();
  let throttled = new Map<string, { count: number; lastAt: number }>();
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function add(minute: number, name: string, count: number): void {
    const names = counted.get(minute) ?? new Map<string, number>();
    counted.set(minute, names);
    names.set(name, (names.get(name) ?? 0) + count);
  }

  /** Since this process began. */
  const sums = new Map<string, number>();
  function count(kind: StatisticKind, name = 'count'): void {
    const key = `${kind}:${name}`;
    sums.set(key, (sums.get(key) ?? 0) + 1);
    add(Math.floor(clock.now().getTime() / MINUTE) * MINUTE, key, 1);
  }

  const addTo = (id: string, counts: ReadonlyMap<string, number>, expiresAt: Date): Promise<void> =>
    updateBucket(id, (doc) => {
      const sums: Record<string, number> = { ...doc?.counts };
      for (const [name, count] of counts) sums[name] = (sums[name] ?? 0) + count;
      return { result: undefined, write: { doc: { counts: sums }, expiresAt } };
    });

  /** The counts of minutes as those of a longer span. */
  function joined(minutes: ReadonlyMap<number, ReadonlyMap<string, number>>, span: Span) {
    const sums = new Map<string, { at: number; counts: Map<string, number> }>();
    for (const [minute, counts] of minutes) {
      const id = bucketId(span, minute);
      const sum = sums.get(id) ?? { at: minute, counts: new Map<string, number>() };
      sums.set(id, sum);
      for (const [name, count] of counts) sum.counts.set(name, (sum.counts.get(name) ?? 0) + count);
    }
    return sums;
  }

  async function writeCounts(minutes: ReadonlyMap<number, ReadonlyMap<string, number>>): Promise<void> {
    for (const span of ['minute', 'hour', 'day'] as const) {
      for (const [id, { at, counts }] of joined(minutes, span))
        await addTo(id, counts, new Date(at + spans[span].kept));
    }
  }

  async function writeNetworks(seen: typeof throttled): Promise<void> {
    for (const [network, { count, lastAt }] of seen) {
      const day = new Date(lastAt).toISOString().slice(0, 10);
      await updateNetwork(`${day}/${network}`, (doc) => ({
        result: undefined,
        write: {
          doc: { day, network, count: (doc?.count ?? 0) + count, lastAt: new Date(lastAt).toISOString() },
          expiresAt: new Date(lastAt + THROTTLED_KEPT),
        },
      }));
    }
  }

  async function writeOut(): Promise<void> {
    const [minutes, seen] = [counted, throttled];
    if (minutes.size === 0 && seen.size === 0) return;
    [counted, throttled] = [new Map(), new Map()];
    try {
      await writeCounts(minutes);
    } catch (error) {
      log.warn({ error }, 'the statistics are not written');
      // Counted in part, perhaps: better a few twice in a broken minute than all lost.
      if (minutes.size < MOST_KEPT)
        for (const [minute, names] of minutes) for (const [name, count] of names) add(minute, name, count);
      return;
    }
    await writeNetworks(seen).catch((error: unknown) =>
      log.warn({ error }, 'the throttled networks are not written'),
    );
  }

  /** Adds what was counted to what is stored. Never rejects. */
  async function flush(): Promise<void> {
    await flushing;
    flushing ??= writeOut().finally(() => {
      flushing = undefined;
    });
    await flushing;
  }

  return {
    /** Counts something that just happened; costs no write. */
    count,

    /** Counts guesses that have to wait, by the network that they come from. */
    countThrottled(address: string | undefined): void {
      count('throttled');
      const network =
        address === undefined ? undefined : networkOf(address, { v4: 32, v6: 64 })?.replace(/\/32$/, '');
      if (network === undefined) return;
      const seen = throttled.get(network);
      if (!seen && throttled.size >= MOST_NETWORKS) return;
      throttled.set(network, { count: (seen?.count ?? 0) + 1, lastAt: clock.now().getTime() });
    },

    flush,

    /** What this process has counted of a kind since it began, by name. */
    counted: (kind: StatisticKind): { readonly name: string; readonly count: number }[] =>
      [...sums]
        .filter(([key]) => key.startsWith(`${kind}:`))
        .map(([key, count]) => ({ name: key.slice(kind.length + 1), count })),

    /** What happened of a kind, over the last hour, day or month. */
    async series(kind: StatisticKind, range: StatisticRange): Promise<StatisticSeries> {
      await flush();
      const { span, points } = ranges[range];
      const { length } = spans[span];
      const last = Math.floor(clock.now().getTime() / length) * length;
      const moments = Array.from({ length: points }, (_, index) => last - (points - 1 - index) * length);
      const found = await Promise.all(moments.map((at) => buckets.get(bucketId(span, at))));
      const totals: Record<string, number> = {};
      const shown = moments.map((at, index) => {
        const all = Object.entries(found[index]?.doc.counts ?? {});
        const own = all.filter(([name]) => name.startsWith(`${kind}:`));
        const counts = Object.fromEntries(own.map(([name, count]) => [name.slice(kind.length + 1), count]));
        for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
        return { at: new Date(at).toISOString(), counts };
      });
      return { kind, range, points: shown, totals };
    },

    /** The networks that had to wait most often on a day (UTC, today unless given), the busiest first. */
    async throttledNetworks(
      limit: number,
      day = clock.now().toISOString().slice(0, 10),
    ): Promise<ThrottledNetwork[]> {
      await flush();
      const found = await networks.listByKey('rank', { prefix: `${day}/`, limit });
      return found.map(({ doc }) => doc);
    },

    /** Writes what was counted out every few seconds, until `close`. */
    start(milliseconds = 10_000): void {
      timer ??= setInterval(() => void flush(), milliseconds).unref();
    },
    async close(): Promise<void> {
      clearInterval(timer);
      await flush();
    },
  };
}

export type Statistics = ReturnType<typeof createStatistics>;

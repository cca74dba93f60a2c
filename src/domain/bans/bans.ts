// Bans: addresses and networks that are not let in at all. Every node keeps the list in memory and looks once a second
// whether another one has changed it, so that a request costs no read.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { createRangeSet, parseRange, rangesOverlap, type Range, type RangeSet } from '../../lib/address.ts';
import type { Log } from '../../lib/log.ts';
import { createRepetition } from '../../lib/repetition.ts';
import { collections } from '../collections.ts';
import { readThrough } from '../read-through.ts';
import type { Revisions } from '../revisions.ts';

/** A ban; its id is the range in its one spelling. It ends by itself when `until` has come. */
export type Ban = {
  readonly reason: string;
  /** Who banned, as the audit log names them. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly until?: string;
};
export type StoredBan = Stored<Ban>;

export type BanProblem =
  /** No address and no range. */
  | 'not_a_range'
  /** Wider than /8 (IPv4) or /19 (IPv6): that is a country, not an attacker. */
  | 'too_wide'
  /** Everybody comes through it. */
  | 'trusted_proxy'
  /** This machine: health checks and the operators' own tools. */
  | 'loopback'
  /** Whoever asks would lock themselves out. */
  | 'own_address'
  | 'ends_before_it_begins'
  /** Every request is held against each of them: whoever needs more bans networks, or for a while. */
  | 'full';

export type BanOutcome =
  | { readonly kind: 'banned'; readonly ban: StoredBan }
  | { readonly kind: 'refused'; readonly problem: BanProblem };

const WIDEST = { 4: 8, 6: 19 } as const;
const MOST_BANS = 5000;
const POLL_MILLISECONDS = 1000;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** The id of a range: an address, or the first address of a network with its length. */
export const banId = ({ family, address, prefix }: Range): string =>
  prefix === (family === 4 ? 32 : 128) ? address : `${address}/${prefix}`;

/** Bans over the store. `never` are ranges that cannot be banned: the trusted proxies. */
export function createBans(parts: {
  store: Store;
  clock: Clock;
  revisions: Revisions;
  never: readonly string[];
  log: Log;
  /** How many there may be. */
  most?: number;
}) {
  const { store, clock, revisions, log, most = MOST_BANS } = parts;
  const bans = store.collection(collections.bans);
  const never = parts.never.flatMap((text) => parseRange(text) ?? []);
  const loopback = LOOPBACK.flatMap((text) => parseRange(text) ?? []);
  let held: { readonly revision: number; readonly ranges: RangeSet; readonly count: number } | undefined;
  /** When the first of those held ends. */
  let changesAt = Number.POSITIVE_INFINITY;

  const all = (): Promise<StoredBan[]> => readThrough((page) => bans.list(undefined, page));

  async function load(revision: number): Promise<void> {
    const found = await all();
    held = { revision, ranges: createRangeSet(found.map(({ id }) => id)), count: found.length };
    const ends = found.flatMap(({ doc }) => (doc.until === undefined ? [] : [Date.parse(doc.until)]));
    changesAt = Math.min(Number.POSITIVE_INFINITY, ...ends);
  }

  /** Reads the list again if somebody has changed it, or one has ended. */
  async function refresh(): Promise<void> {
    const revision = await revisions.current('bans');
    if (held?.revision !== revision || changesAt <= clock.now().getTime()) await load(revision);
  }

  const announce = async (): Promise<void> => load(await revisions.announce('bans'));

  function problemOf(range: Range | undefined, until?: Date, from?: string): BanProblem | undefined {
    if (!range) return 'not_a_range';
    if (range.prefix < WIDEST[range.family]) return 'too_wide';
    if (never.some((proxy) => rangesOverlap(range, proxy))) return 'trusted_proxy';
    if (loopback.some((own) => rangesOverlap(range, own))) return 'loopback';
    const own = parseRange(from ?? '');
    if (own && rangesOverlap(range, own)) return 'own_address';
    return until !== undefined && until <= clock.now() ? 'ends_before_it_begins' : undefined;
  }

  const following = createRepetition(refresh, (error) => log.warn({ error }, 'the bans cannot be read'));

  return {
    /** Whether this address is let in, by the list in memory; one that is unknown always is. */
    isBanned: (address: string | undefined): boolean =>
      address !== undefined && held !== undefined && held.count > 0 && held.ranges.has(address),

    /** Bans an address or a network; one that is banned already gets the new reason and end. `from`: who asks is there. */
    async add(
      text: string,
      ban: { reason: string; by: string; until?: Date | undefined; from?: string | undefined },
    ): Promise<BanOutcome> {
      const { reason, by, until, from } = ban;
      const range = parseRange(text.trim());
      const problem = problemOf(range, until, from);
      if (problem !== undefined || !range) return { kind: 'refused', problem: problem ?? 'not_a_range' };
      const id = banId(range);
      // A command has not looked yet.
      await refresh();
      if (held!.count >= most && !(await bans.get(id))) return { kind: 'refused', problem: 'full' };
      const doc: Ban = {
        reason,
        by,
        createdAt: clock.now().toISOString(),
        ...(until === undefined ? {} : { until: until.toISOString() }),
      };
      try {
        await bans.insert(id, doc, until);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        await bans.put(id, doc, until);
      }
      await announce();
      return { kind: 'banned', ban: (await bans.get(id))! };
    },

    /** Lets a range in again; the ban that there was. */
    async remove(text: string): Promise<StoredBan | undefined> {
      const range = parseRange(text.trim());
      const taken = range && (await bans.take(banId(range)));
      if (taken) await announce();
      return taken;
    },

    /** All bans, by their ranges as texts. */
    list: all,
    /** A page of them; `after` is the id of the last one seen. */
    page: (page: { readonly after?: string; readonly limit: number }): Promise<StoredBan[]> =>
      bans.list(undefined, page),
    /** The ban of exactly this range. */
    get: (range: string): Promise<StoredBan | undefined> => bans.get(range),
    refresh,

    /** Looks for changes every second from now on. */
    start: (): void => following.start(POLL_MILLISECONDS),
    close: following.close,
  };
}

export type Bans = ReturnType<typeof createBans>;

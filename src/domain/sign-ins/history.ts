// The login history (S58): every attempt at an account, with what is known of where it came from. Attempts at names
// that are nobody's are written nowhere.

import { hash } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { NetworkName, Networks } from '../../ports/networks.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { networkOf } from '../../lib/address.ts';
import { digest } from '../../lib/digest.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { boundedAgent } from '../../lib/user-agent.ts';
import { accountPlace } from '../clients/own-client.ts';
import type { Signals } from '../signals.ts';
import type { Quotas } from '../limits/quotas.ts';
import { collections } from '../collections.ts';

/** Why an attempt was refused; each is a locale key under `history.reason`. */
export type RefusalReason =
  | 'wrong_password'
  | 'wrong_code'
  | 'wrong_passkey'
  | 'throttled'
  | 'denied'
  | 'expired'
  | 'account_disabled'
  | 'password_off';

/** Where an attempt comes from and which application it is for. */
export type Attempt = {
  /** The client's address, when it can be told. */
  readonly address: string | undefined;
  /** The long-lived id of the browser; stored as a hash. */
  readonly browserId: string | undefined;
  readonly userAgent: string;
  readonly clientId: string;
  readonly clientName: string;
};

type Result =
  | {
      readonly result: 'signed_in';
      readonly listEntry?: string | undefined;
      readonly upstream?: string | undefined;
      /** The link of the identity that it was made with. */
      readonly link?: string | undefined;
    }
  | { readonly result: 'refused'; readonly reason: RefusalReason };

/** What is told of an attempt; `methods` are the steps that were passed, in order. */
export type NewEntry = Attempt &
  Result & { readonly accountId: string; readonly methods?: readonly string[] };

export type HistoryEntry = {
  readonly accountId: string;
  /** Whose success this is: the account's id on successes only, so that the last one is one read. */
  readonly succeededFor?: string;
  /** The same for refusals. */
  readonly refusedFor?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `support`: no sign-in of the person, but the house was let in. */
  readonly result: 'signed_in' | 'refused' | 'support';
  readonly reason?: RefusalReason;
  /** What support gave as the reason. */
  readonly supportReason?: string;
  readonly address?: string;
  /** Who runs the network and in which country, as the local database said at the time. */
  readonly network?: NetworkName;
  /** Hash of the browser's long-lived id. */
  readonly browser?: string;
  readonly userAgent: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly methods: readonly string[];
  /** The entry of the person's address list that spared them the second factor. */
  readonly listEntry?: string;
  readonly upstream?: string;
  /** `<account>:<link>`: of sign-ins with a linked identity. */
  readonly linkKey?: string;
};

export type HistoryFilter = 'all' | 'signed_in' | 'refused';
export type HistoryPage = {
  readonly entries: readonly Stored<HistoryEntry>[];
  /** The `after` of the next page; absent on the last one. */
  readonly older?: string;
};

/** Throttled attempts at one account that are written down; whoever is attacked for days sees that from fewer. */
export const throttledRowsQuota = { limit: 50, windowSeconds: 86_400 } as const;

const MINUTE = 60_000;
/** Throttled attempts that are kept of one minute, at most: an attacker with many networks fills no storage. */
const SLOTS_PER_MINUTE = 16;
const filterKeys = { all: 'accountId', signed_in: 'succeededFor', refused: 'refusedFor' } as const;

/** The history over the store; entries are kept for `lifeSeconds`. */
export function createHistory(parts: {
  store: Store;
  clock: Clock;
  networks: Networks;
  quotas: Quotas;
  signals?: Pick<Signals, 'emit'>;
  lifeSeconds: number;
}) {
  const { store, clock, networks, quotas, signals, lifeSeconds } = parts;
  const history = store.collection(collections.history);

  function entryOf(entry: NewEntry, at: Date): HistoryEntry {
    const { accountId, address, browserId, userAgent, clientId, clientName, methods = [] } = entry;
    const network = address === undefined ? undefined : networks.find(address);
    const succeeded = entry.result === 'signed_in';
    return {
      accountId,
      ...(succeeded ? { succeededFor: accountId } : { refusedFor: accountId }),
      at: at.toISOString(),
      result: entry.result,
      ...(succeeded ? {} : { reason: entry.reason }),
      ...(address === undefined ? {} : { address }),
      ...(network === undefined ? {} : { network }),
      ...(browserId === undefined ? {} : { browser: digest(browserId) }),
      userAgent: boundedAgent(userAgent),
      clientId,
      clientName,
      methods,
      ...(succeeded && entry.listEntry !== undefined ? { listEntry: entry.listEntry } : {}),
      ...(succeeded && entry.upstream !== undefined ? { upstream: entry.upstream } : {}),
      ...(succeeded && entry.link !== undefined ? { linkKey: `${accountId}:${entry.link}` } : {}),
    };
  }

  async function write(entry: NewEntry): Promise<Stored<HistoryEntry> | undefined> {
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + lifeSeconds * 1000);
    const isFlood = entry.result === 'refused' && entry.reason === 'throttled';
    const id = isFlood ? floodId(entry, now) : timeOrderedId(now);
    // Looked at first: a flood must not queue up at the storage's one writer.
    if (isFlood && (await history.get(id))) return undefined;
    try {
      const recorded = await history.insert(id, entryOf(entry, now), expiresAt);
      const rows = { id: `history-throttled:${entry.accountId}`, ...throttledRowsQuota };
      if (!isFlood || (await quotas.spend([rows])) === 0) return recorded;
      await history.remove(id);
      return undefined;
    } catch (error) {
      if (isFlood && error instanceof Conflict) return undefined;
      throw error;
    }
  }

  return {
    /**
     * Writes an attempt at an account down and gives the entry back; `undefined` when it is one of a flood: of
     * throttled attempts one a minute and network is kept.
     */
    async record(entry: NewEntry): Promise<Stored<HistoryEntry> | undefined> {
      const recorded = await write(entry);
      const { accountId, result, methods = [], clientId, address } = entry;
      const isSpared = recorded === undefined;
      const told = { accountId, result, methods, clientId, address, isSpared };
      signals?.emit({
        kind: 'attempt',
        ...told,
        ...(entry.result === 'refused' ? { reason: entry.reason } : {}),
      });
      return recorded;
    },

    /**
     * Writes down that support has entered the account. It is neither a success nor a refusal, so it counts in nothing
     * that is concluded from the person's sign-ins; where staff sits is told to nobody.
     */
    async recordSupport({ accountId, reason }: { accountId: string; reason: string }): Promise<void> {
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + lifeSeconds * 1000);
      const { clientId } = accountPlace;
      const entry = {
        accountId,
        at: now.toISOString(),
        userAgent: '',
        clientId,
        clientName: '',
        methods: [],
      };
      await history.insert(
        timeOrderedId(now),
        { ...entry, result: 'support', supportReason: reason },
        expiresAt,
      );
    },

    /** A page of an account's entries, newest first; `after` is the `older` of the page before. */
    async list(
      accountId: string,
      page: { filter?: HistoryFilter | undefined; after?: string | undefined; limit: number },
    ): Promise<HistoryPage> {
      const { filter = 'all', after, limit } = page;
      const found = await history.list(
        { key: filterKeys[filter], value: accountId },
        { limit: limit + 1, newestFirst: true, ...(after === undefined ? {} : { after }) },
      );
      const slice = found.slice(0, limit);
      // By the clock: an entry that stands for a flood has an id of its minute's beginning.
      const entries = slice.toSorted((one, other) => other.doc.at.localeCompare(one.doc.at));
      return found.length > limit ? { entries, older: slice.at(-1)!.id } : { entries };
    },

    /** The account's last sign-ins with a linked identity, newest first. */
    async ofLink(accountId: string, link: string, limit: number): Promise<readonly Stored<HistoryEntry>[]> {
      return history.list({ key: 'linkKey', value: `${accountId}:${link}` }, { limit, newestFirst: true });
    },

    /** One entry, if it is the account's own. */
    async get(accountId: string, id: string): Promise<Stored<HistoryEntry> | undefined> {
      const found = await history.get(id);
      return found?.doc.accountId === accountId ? found : undefined;
    },

    /** The account's last sign-in. */
    async lastSuccess(accountId: string): Promise<HistoryEntry | undefined> {
      const where = { key: 'succeededFor', value: accountId } as const;
      return (await history.list(where, { limit: 1, newestFirst: true }))[0]?.doc;
    },
  };
}

export type History = ReturnType<typeof createHistory>;

/**
 * The one id of throttled attempts at an account within a minute from one /24 or /48. It carries the minute, so that
 * it stands among the others by its time.
 */
function floodId({ accountId, address }: NewEntry, now: Date): string {
  const network = address === undefined ? 'unknown' : networkOf(address, { v4: 24, v6: 48 });
  const slot = hash('sha256', `${network}`, 'buffer')[0]! % SLOTS_PER_MINUTE;
  const minute = new Date(Math.floor(now.getTime() / MINUTE) * MINUTE);
  return timeOrderedId(minute, hash('sha256', `throttled ${accountId} ${slot}`, 'buffer').subarray(0, 16));
}

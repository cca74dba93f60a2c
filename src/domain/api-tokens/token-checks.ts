// What a resource server learns of an API token. Answers are kept in memory for seconds, and every one is held against
// a revision that all nodes share: what has ended anywhere is refused at the very next question, and thousands of
// questions a second cost the storage a few small reads.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { createRangeSet, normaliseAddress, type RangeSet } from '../../lib/address.ts';
import { isCheckedToken } from '../../lib/checked-token.ts';
import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Customers } from '../customers/customers.ts';
import type { Revisions } from '../revisions.ts';
import { createUpdater } from '../update.ts';
import { API_TOKEN_PREFIX, tokenKeptUntil, type ApiToken } from './api-tokens.ts';
import { levelNow, type LevelScopes, type TokenLevel } from './token-levels.ts';

/** A token that may be used now. */
export type TokenFacts = {
  /** Names the token; opens nothing. */
  readonly id: string;
  readonly accountId: string;
  readonly customerId: string;
  readonly customerNumber: string;
  readonly role: string;
  readonly level: TokenLevel;
  readonly scope: string;
  readonly createdAt: Date;
  readonly endsAt: Date | undefined;
};

type Entry = {
  readonly facts: TokenFacts;
  readonly addresses: RangeSet | undefined;
  readonly freshUntil: number;
  /** Milliseconds since 1970: when its use was last written down. */
  usedAt: number;
};

/** How long an answer is kept: what changes the answer without a word, as a customer's name does, shows after that. */
const KEPT_MILLISECONDS = 5000;
const USE_MILLISECONDS = 60_000;
const MOST_ENTRIES = 10_000;
/** At most 500 reads of the revision a second. */
const READS_APART_MILLISECONDS = 2;

/** Judges API tokens over the store. */
export function createTokenChecks(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'ofAccount'>;
  revisions: Pick<Revisions, 'current'>;
  scopes: LevelScopes;
  log: Log;
}) {
  const { store, clock, accounts, customers, scopes, log } = parts;
  const tokens = store.collection(collections.apiTokens);
  const update = createUpdater(tokens);
  const revision = shareReads(() => parts.revisions.current('api-tokens'), clock);
  let [entries, seen] = [new Map<string, Entry>(), 0];
  const writing = new Set<Promise<void>>();

  async function load(hash: string): Promise<Entry | undefined> {
    const found = await tokens.findOne('hash', hash);
    if (!found) return undefined;
    const { doc, id } = found;
    const account = await accounts.get(doc.accountId);
    if (account?.doc.status !== 'active') return undefined;
    const memberships = await customers.ofAccount(doc.accountId);
    const membership = memberships.find(({ customer }) => customer.id === doc.customerId);
    if (!membership) return undefined;
    const { customer, role } = membership;
    const level = levelNow(doc.level, role);
    return {
      facts: {
        id,
        accountId: doc.accountId,
        customerId: customer.id,
        customerNumber: customer.doc.number,
        role,
        level,
        scope: scopes[level],
        createdAt: new Date(doc.createdAt),
        endsAt: doc.endsAt === undefined ? undefined : new Date(doc.endsAt),
      },
      addresses: doc.addresses.length === 0 ? undefined : createRangeSet(doc.addresses),
      freshUntil: clock.now().getTime() + KEPT_MILLISECONDS,
      usedAt: Date.parse(doc.lastUsedAt ?? '') || 0,
    };
  }

  async function find(hash: string): Promise<Entry | undefined> {
    const current = await revision();
    if (current !== seen) [entries, seen] = [new Map(), current];
    const known = entries.get(hash);
    if (known && known.freshUntil > clock.now().getTime()) return known;
    const mine = entries;
    const entry = await load(hash);
    if (!entry) {
      mine.delete(hash);
      return undefined;
    }
    if (mine.size >= MOST_ENTRIES) mine.clear();
    // Into the map as it was before the reads: a change in between leaves nothing stale behind.
    mine.set(hash, entry);
    return entry;
  }

  /** Beside the answer, which does not wait for it. */
  function noteUse(entry: Entry, address: string | undefined): void {
    const now = clock.now();
    if (now.getTime() - entry.usedAt < USE_MILLISECONDS) return;
    entry.usedAt = now.getTime();
    const written = update(entry.facts.id, (doc) => {
      const last = Date.parse(doc?.lastUsedAt ?? '') || 0;
      if (!doc || now.getTime() - last < USE_MILLISECONDS) return { result: undefined };
      return { result: undefined, write: writeOf(doc, now, address) };
    })
      .catch((error: unknown) => log.warn({ error }, 'the use of an API token was not written down'))
      .finally(() => writing.delete(written));
    writing.add(written);
  }

  return {
    /**
     * What a token stands for now; `undefined` when it is none, has ended, or is bound to addresses among which
     * `address` is not. Without an address a bound token is refused: nobody else would keep to the list.
     */
    async check(value: string, address: string | undefined): Promise<TokenFacts | undefined> {
      if (!isCheckedToken(API_TOKEN_PREFIX, value)) return undefined;
      const entry = await find(digest(value));
      if (!entry) return undefined;
      const { facts, addresses } = entry;
      if (facts.endsAt !== undefined && facts.endsAt <= clock.now()) return undefined;
      const from = address === undefined ? undefined : normaliseAddress(address);
      if (addresses !== undefined && (from === undefined || !addresses.has(from))) return undefined;
      noteUse(entry, from);
      return facts;
    },

    /** Resolves when no use waits to be written down. */
    async idle(): Promise<void> {
      await Promise.all(writing);
    },
  };
}

export type TokenChecks = ReturnType<typeof createTokenChecks>;

const writeOf = (doc: ApiToken, now: Date, address: string | undefined) => {
  const { lastUsedFrom: _before, ...rest } = doc;
  const used = {
    ...rest,
    lastUsedAt: now.toISOString(),
    ...(address === undefined ? {} : { lastUsedFrom: address }),
  };
  const expiresAt = tokenKeptUntil(doc);
  return { doc: used, ...(expiresAt === undefined ? {} : { expiresAt }) };
};

/**
 * One read for all who ask while another is under way or has just begun. Nobody gets an answer that was read before they
 * asked, so it is as true as a read of one's own; and however many ask, there are no more reads than one in so many
 * milliseconds.
 */
function shareReads<T>(read: () => Promise<T>, clock: Clock): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  /** Nothing under a millisecond can be waited for; a clock that was set back makes nobody wait longer. */
  const toWait = (): number =>
    Math.min(READS_APART_MILLISECONDS, startedAt + READS_APART_MILLISECONDS - clock.now().getTime());

  function start(): Promise<T> {
    startedAt = clock.now().getTime();
    return (running = read().finally(() => {
      running = undefined;
    }));
  }

  async function startLater(before: Promise<T> | undefined): Promise<T> {
    await before?.catch(() => undefined);
    if (toWait() > 0) await clock.sleep(toWait());
    next = undefined;
    return start();
  }

  const begin = (): Promise<T> =>
    running === undefined && toWait() <= 0 ? start() : (next = startLater(running));

  return () => next ?? begin();
}

// The addresses from which a person need not show the second factor (S70, S71): one list an account, kept by the
// person. It takes away that one question after a right password, and nothing else.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { isWithin, parseRange } from '../../lib/address.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { judgeRange, readRange, shownRange, type AddressRules, type RangeProblem } from './address-rules.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

export type ListedAddress = {
  readonly id: string;
  /** In the one spelling, always with its prefix length. */
  readonly range: string;
  readonly note?: string;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
  /** When it was last matched, to the hour. */
  readonly lastUsedAt?: string;
  readonly endsAt?: string;
};

export type AddressList = { readonly entries: readonly ListedAddress[] };

export type NewAddress = {
  /** As typed. */
  readonly range: string;
  readonly note?: string;
  readonly endsAt?: Date;
};

export type AddressProblem = RangeProblem | 'duplicate' | 'full';
export type AddOutcome =
  | { readonly kind: 'added'; readonly entry: ListedAddress }
  | { readonly kind: 'refused'; readonly problem: AddressProblem };

const HOUR_MILLISECONDS = 3_600_000;

/** Address lists over the store. */
export function createAddressLists(store: Store, clock: Clock, rules: AddressRules) {
  const lists = store.collection(collections.addressLists);
  const update = createUpdater(lists);

  const isOver = ({ endsAt }: ListedAddress) =>
    endsAt !== undefined && Date.parse(endsAt) <= clock.now().getTime();
  const entriesOf = async (accountId: string): Promise<readonly ListedAddress[]> =>
    (await lists.get(accountId))?.doc.entries ?? [];

  /** The range of a text, or why it may not be listed at all. */
  function read(typed: string) {
    const range = readRange(typed);
    if (range === undefined) return { problem: 'not_an_address' } as const;
    const problem = judgeRange(range, rules);
    return problem === undefined ? { range } : { problem };
  }

  /** The entries with room for this range, or why there is none. The same range anew replaces what is over of it. */
  function roomFor(
    range: string,
    entries: readonly ListedAddress[],
  ): readonly ListedAddress[] | 'duplicate' | 'full' {
    const others = entries.filter((one) => one.range !== range || !isOver(one));
    if (others.some((one) => one.range === range)) return 'duplicate';
    return withRoom(others) ?? 'full';
  }

  /** Room for one more: entries that are over make way for it, the oldest first. `undefined` when there is none. */
  function withRoom(entries: readonly ListedAddress[]): readonly ListedAddress[] | undefined {
    const over = entries.filter(isOver);
    const surplus = new Set(over.slice(0, Math.max(0, entries.length + 1 - rules.most)));
    const kept = entries.filter((entry) => !surplus.has(entry));
    return kept.length < rules.most ? kept : undefined;
  }

  /** Told once an hour, so that signing in all day writes the list a few times and not at each sign-in. */
  async function noteUse(accountId: string, entryId: string): Promise<void> {
    await update(accountId, (doc) => {
      const now = clock.now();
      const entry = doc?.entries.find(({ id }) => id === entryId);
      const last = entry?.lastUsedAt === undefined ? 0 : Date.parse(entry.lastUsedAt);
      if (!doc || !entry || now.getTime() - last < HOUR_MILLISECONDS) return { result: undefined };
      const used = { ...entry, lastUsedAt: now.toISOString() };
      return {
        result: undefined,
        write: { doc: { entries: doc.entries.map((one) => (one === entry ? used : one)) } },
      };
    });
  }

  return {
    rules,

    /** The person's entries in the order they were added, those that are over too. */
    list: entriesOf,

    isOver,

    /** Those of the entries that are not over. */
    live: async (accountId: string): Promise<readonly ListedAddress[]> =>
      (await entriesOf(accountId)).filter((entry) => !isOver(entry)),

    /** An entry as its owner knows it: its range, and the note to it. */
    async nameOf(accountId: string, entryId: string): Promise<string | undefined> {
      const entry = (await entriesOf(accountId)).find(({ id }) => id === entryId);
      return entry && shownRange(entry.range) + (entry.note === undefined ? '' : ` (${entry.note})`);
    },

    /** Why a text cannot be added; `undefined` when it can. */
    async problemOf(accountId: string, typed: string): Promise<AddressProblem | undefined> {
      const { range, problem } = read(typed);
      if (range === undefined) return problem;
      const room = roomFor(range.text, await entriesOf(accountId));
      return typeof room === 'string' ? room : undefined;
    },

    /** Adds an entry. Two at the same time never make more than there may be. */
    async add(accountId: string, fields: NewAddress): Promise<AddOutcome> {
      const { range, problem } = read(fields.range);
      if (range === undefined) return { kind: 'refused', problem };
      const now = clock.now();
      const entry: ListedAddress = {
        id: timeOrderedId(now),
        range: range.text,
        ...(fields.note ? { note: fields.note } : {}),
        addedAt: now.toISOString(),
        ...(fields.endsAt ? { endsAt: fields.endsAt.toISOString() } : {}),
      };
      return update<AddOutcome>(accountId, (doc) => {
        const room = roomFor(range.text, doc?.entries ?? []);
        if (typeof room === 'string') return { result: { kind: 'refused', problem: room } };
        return { result: { kind: 'added', entry }, write: { doc: { entries: [...room, entry] } } };
      });
    },

    /** Removes an entry; `undefined` when the person has none of this id. */
    remove: (accountId: string, entryId: string): Promise<ListedAddress | undefined> =>
      update(accountId, (doc) => {
        const entry = doc?.entries.find(({ id }) => id === entryId);
        if (!doc || !entry) return { result: undefined };
        return {
          result: entry,
          write: { doc: { entries: doc.entries.filter((one) => one !== entry) } },
        };
      }),

    /**
     * The id of the live entry that the address is in, the narrowest of several. An address that could not be told is
     * in none; nor is one that must not be listed, whatever an older entry or a wider range says.
     */
    async match(accountId: string, address: string | undefined): Promise<string | undefined> {
      const place = address === undefined ? undefined : parseRange(address);
      if (place === undefined || judgeRange(place, rules) !== undefined) return undefined;
      const live = (await entriesOf(accountId)).filter((entry) => !isOver(entry));
      const fitting = live
        .map((entry) => ({ id: entry.id, range: parseRange(entry.range) }))
        .filter(({ range }) => range !== undefined && isWithin(place, range));
      const [narrowest] = fitting.toSorted((one, other) => other.range!.prefix - one.range!.prefix);
      if (narrowest === undefined) return undefined;
      await noteUse(accountId, narrowest.id);
      return narrowest.id;
    },

    /** Whether the entry is still listed, not over, and one that could still be listed. */
    async isLive(accountId: string, entryId: string): Promise<boolean> {
      const entry = (await entriesOf(accountId)).find(({ id }) => id === entryId);
      return entry !== undefined && !isOver(entry) && read(entry.range).problem === undefined;
    },

    /** Removes what was added at that moment or later: somebody else may have put it there. */
    removeAddedSince: (accountId: string, since: Date): Promise<void> =>
      update(accountId, (doc) => {
        const entries = doc?.entries.filter(({ addedAt }) => Date.parse(addedAt) < since.getTime());
        return { result: undefined, ...(doc && entries ? { write: { doc: { entries } } } : {}) };
      }),
  };
}

export type AddressLists = ReturnType<typeof createAddressLists>;

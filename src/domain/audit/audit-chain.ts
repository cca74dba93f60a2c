// The chain of the audit log: every entry carries the hash of the one before and a seal that needs our secret. Its end
// and, after pruning, its beginning are kept beside it, so that nothing can be cut off unseen.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';
import {
  canonical,
  checkSeal,
  entryOf,
  hashOf,
  idOf,
  numberOf,
  sealWith,
  type AuditEntry,
  type AuditEvent,
  type SealingKey,
} from './audit-entry.ts';

/** An entry by its number and hash; number 0 stands before the first one. */
export type Place = { readonly number: number; readonly hash: string };

/** Where the chain ends, and the last entry that was pruned. */
export type AuditState = { readonly head: Place; readonly anchor: Place; readonly seal: string };

export const STATE_ID = 'audit';
export const nowhere: Place = { number: 0, hash: '' };
const PAGE = 500;
/** Every lost race is an entry of somebody else; so many in a row are no race any more. */
const MAX_RACES = 1000;

type Waiting = {
  readonly event: AuditEvent;
  readonly settle: (entry: Stored<AuditEntry>) => void;
  readonly fail: (error: unknown) => void;
};

/** What the state's seal covers. */
export const stateText = ({ head, anchor }: Omit<AuditState, 'seal'>): string => canonical({ head, anchor });

/** Appending to the chain. Of several nodes the one whose `insert` wins takes the number, the others the next ones. */
export function createChain(parts: { store: Store; clock: Clock; keys: readonly SealingKey[]; log: Log }) {
  const { store, clock, keys, log } = parts;
  const entries = store.collection(collections.audit);
  const states = store.collection(collections.auditState);
  const updateState = createUpdater(states);
  const queue: Waiting[] = [];
  let tail: Place | undefined;
  let draining = false;

  /** Follows what stands behind `from`: other nodes' entries, or those of a process that ended before it noted its head. */
  async function follow(from: Place): Promise<Place> {
    let place = from;
    for (;;) {
      const page = await entries.list(undefined, { after: idOf(place.number), limit: PAGE });
      const last = page.findLast(({ id }) => numberOf(id) !== undefined);
      if (last) place = placeOf(last);
      if (!last || page.length < PAGE) return place;
    }
  }

  async function insertAt(from: Place, event: AuditEvent): Promise<Stored<AuditEntry>> {
    let place = from;
    for (let race = 1; ; race += 1) {
      const number = place.number + 1;
      const content = { ...entryOf(event, clock.now()), previous: place.hash };
      const hash = hashOf(number, content);
      try {
        const stored = await entries.insert(idOf(number), { ...content, seal: sealWith(keys, hash) });
        tail = { number, hash };
        return stored;
      } catch (error) {
        if (!(error instanceof Conflict) || race === MAX_RACES) throw error;
        place = await follow(place);
      }
    }
  }

  /** The end of the chain; one that was tampered with is reported in the log itself, where it stays. */
  async function findTail(): Promise<Place> {
    const state = (await states.get(STATE_ID))?.doc;
    if (state && checkSeal(keys, stateText(state), state.seal) !== 'bad') return follow(state.head);
    const found = await follow(state?.anchor ?? nowhere);
    if (!state) return found;
    log.error({}, 'the end of the audit log was changed by somebody else: audit verify tells more');
    return placeOf(await insertAt(found, { action: 'audit.damaged', actor: { kind: 'system' } }));
  }

  /** Notes the end, and the beginning when it moves. Neither ever moves back. */
  function note(places: { head?: Place; anchor?: Place }): Promise<void> {
    return updateState(STATE_ID, (doc) => {
      // A head that somebody else has written stands in the way of ours at no number.
      const isOurs = doc && checkSeal(keys, stateText(doc), doc.seal) !== 'bad';
      const head = later(places.head, isOurs ? doc.head : undefined);
      const anchor = later(places.anchor, doc?.anchor);
      const seal = sealWith(keys, stateText({ head, anchor }));
      return { result: undefined, write: { doc: { head, anchor, seal } } };
    });
  }

  async function drain(): Promise<void> {
    if (draining) return;
    draining = true;
    try {
      for (let batch = queue.splice(0); batch.length > 0; batch = queue.splice(0)) await append(batch);
    } finally {
      draining = false;
    }
  }

  async function append(batch: readonly Waiting[]): Promise<void> {
    const written: [Waiting, Stored<AuditEntry>][] = [];
    for (const waiting of batch) {
      try {
        tail ??= await findTail();
        written.push([waiting, await insertAt(tail, waiting.event)]);
      } catch (error) {
        // Nothing is known about the write: the end is looked up again.
        tail = undefined;
        waiting.fail(error);
      }
    }
    if (written.length === 0) return;
    try {
      await note({ head: placeOf(written.at(-1)![1]) });
      for (const [waiting, entry] of written) waiting.settle(entry);
    } catch (error) {
      for (const [waiting] of written) waiting.fail(error);
    }
  }

  return {
    /** Appends an entry; resolves when it and the new end of the chain are durable. */
    append: (event: AuditEvent): Promise<Stored<AuditEntry>> =>
      new Promise((settle, fail) => {
        queue.push({ event, settle, fail });
        void drain();
      }),
    /** Where the chain begins and ends, as it was noted. */
    state: async (): Promise<AuditState | undefined> => (await states.get(STATE_ID))?.doc,
    /** Moves the beginning: what stands up to `anchor` is no longer part of the chain. */
    moveAnchor: (anchor: Place): Promise<void> => note({ anchor }),
  };
}

export type Chain = ReturnType<typeof createChain>;

const later = (one: Place = nowhere, other: Place = nowhere): Place =>
  one.number >= other.number ? one : other;

/** Where an entry stands. */
export function placeOf({ id, doc }: Stored<AuditEntry>): Place {
  const number = numberOf(id) ?? 0;
  return { number, hash: hashOf(number, doc) };
}

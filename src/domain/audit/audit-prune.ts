// Forgetting old entries of the audit log: the beginning of the chain moves, and what stands before it goes.

import { nextTurn } from '../../lib/turn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Collection, Store } from '../../ports/store.ts';
import { withLease } from '../lease.ts';
import { nowhere, placeOf, type Chain, type Place } from './audit-chain.ts';
import {
  checkSeal,
  follows,
  hashOf,
  idOf,
  numberOf,
  type AuditEntry,
  type SealingKey,
} from './audit-entry.ts';

const PAGE = 500;

/** What is to go cannot go: it is not what was written. */
export class ChainBroken extends Error {
  override readonly name = 'ChainBroken';
}

/**
 * Takes off what is older than `before`, but never the last entry; how many entries that were and up to which number.
 * The prefix is checked first: what somebody has tampered with is kept as evidence, and this rejects with
 * `ChainBroken`. One node does it at a time; `undefined` when another one is at it.
 */
export async function pruneChain(
  parts: {
    store: Store;
    clock: Clock;
    entries: Collection<AuditEntry, never>;
    chain: Pick<Chain, 'state' | 'moveAnchor'>;
    keys: readonly SealingKey[];
  },
  before: Date,
): Promise<{ readonly count: number; readonly through: number } | undefined> {
  const { store, clock, entries, chain, keys } = parts;
  const limit = before.toISOString();

  /** The last entry that is to go, when everything up to it is as it was written. */
  async function findEnd(anchor: Place, head: Place): Promise<Place> {
    let place = anchor;
    for (;;) {
      const page = await entries.list(undefined, { after: idOf(place.number), limit: PAGE });
      for (const entry of page) {
        const next = placeOf(entry);
        if (entry.doc.at >= limit || next.number >= head.number) return place;
        const isWhole =
          next.number === place.number + 1 &&
          follows(entry.doc, place.hash) &&
          checkSeal(keys, hashOf(next.number, entry.doc), entry.doc.seal) !== 'bad';
        if (!isWhole) throw new ChainBroken(`the audit log is damaged at entry ${place.number + 1}`);
        place = next;
      }
      if (page.length < PAGE) return place;
      await nextTurn();
    }
  }

  /** Everything up to the anchor, also what an earlier run left behind. */
  async function removeThrough({ number }: Place, requireHeld: () => void): Promise<number> {
    for (let removed = 0; ;) {
      const page = await entries.list(undefined, { limit: PAGE });
      const over = page.filter(({ id }) => (numberOf(id) ?? Number.POSITIVE_INFINITY) <= number);
      requireHeld();
      for (const { id } of over) await entries.remove(id);
      removed += over.length;
      if (over.length < PAGE) return removed;
    }
  }

  const done = await withLease(store, clock, 'audit pruning', async (requireHeld) => {
    const state = await chain.state();
    const [anchor, head] = [state?.anchor ?? nowhere, state?.head ?? nowhere];
    const end = await findEnd(anchor, head);
    requireHeld();
    if (end.number > anchor.number) await chain.moveAnchor(end);
    const count = end.number === 0 ? 0 : await removeThrough(end, requireHeld);
    return { count, through: end.number };
  });
  return done?.result;
}

// Reading the audit log's chain from its beginning to its end: what was removed, changed, put in or cut off is found.

import type { Collection, Stored } from '../../ports/store.ts';
import { nextTurn } from '../../lib/turn.ts';
import { digestsEqual } from '../../lib/digest.ts';
import {
  checkSeal,
  follows,
  hashOf,
  idOf,
  numberOf,
  type AuditEntry,
  type SealingKey,
} from './audit-entry.ts';
import { nowhere, stateText, type Chain, type Place } from './audit-chain.ts';

export type AuditProblem = {
  /** The entry at which it shows; absent where it is about the whole log. */
  readonly number?: number;
  readonly problem:
    /** Entries up to the one before `number` are gone. */
    | 'removed'
    /** Its content is not what was written, or it was not written by us. */
    | 'changed'
    /** It does not follow the entry before it. */
    | 'unlinked'
    /** It has an id that no entry has. */
    | 'inserted'
    /** There is something before the beginning: pruning was broken off, which the next one mends, or it was put in. */
    | 'before_beginning'
    /** Entries from `number` on, which had been written, are gone. */
    | 'cut_off'
    /** What is noted of the beginning and end was changed, or is gone. */
    | 'state_changed'
    /** The end is sealed with a secret that is not configured any more: nobody can tell who wrote it. */
    | 'end_unproved'
    /** A running server found the noted end changed, at the time of this entry. */
    | 'damage_found'
    /** The log does not hold the entry that it is known to have held. */
    | 'not_expected';
};

export type AuditVerdict = {
  readonly problems: readonly AuditProblem[];
  /** Problems beyond those listed. */
  readonly more: number;
  readonly entries: number;
  /** The last entry that was pruned. */
  readonly anchor: Place;
  readonly head: Place;
  /** Entries sealed with a secret that is not configured any more: their chain is whole, who wrote them is unproved. */
  readonly unproved: number;
};

const PAGE = 500;
const MOST_PROBLEMS = 100;

/** Reads the log in slices. `expected` is an entry noted elsewhere, which must still be there. */
export async function verifyChain(
  parts: {
    entries: Pick<Collection<AuditEntry, never>, 'list'>;
    chain: Pick<Chain, 'state'>;
    keys: readonly SealingKey[];
  },
  expected?: Place,
): Promise<AuditVerdict> {
  const { entries, chain, keys } = parts;
  const state = await chain.state();
  const problems: AuditProblem[] = [];
  let more = 0;
  const report = (problem: AuditProblem['problem'], number?: number) => {
    if (problems.length < MOST_PROBLEMS)
      problems.push({ problem, ...(number === undefined ? {} : { number }) });
    else more += 1;
  };
  const stateSeal = state ? checkSeal(keys, stateText(state), state.seal) : 'good';
  if (stateSeal === 'bad') report('state_changed');
  const anchor = state?.anchor ?? nowhere;
  const noted = state?.head ?? nowhere;

  let place = anchor;
  let lastSeal: 'good' | undefined;
  let [count, unproved] = [0, 0];
  const known = new Map<number, string>();
  const remember = ({ number, hash }: Place) => {
    if (number === noted.number || number === expected?.number) known.set(number, hash);
  };
  remember(anchor);

  function look({ id, doc }: Stored<AuditEntry>): void {
    const number = numberOf(id);
    if (number === undefined) return report('inserted');
    const hash = hashOf(number, doc);
    const isNext = number === place.number + 1;
    if (!isNext) report('removed', place.number + 1);
    else if (!follows(doc, place.hash)) report('unlinked', number);
    const seal = checkSeal(keys, hash, doc.seal);
    if (seal === 'bad') report('changed', number);
    // Secrets only ever go: once one of ours has sealed, none that is unknown comes after it.
    if (seal === 'unknown' && lastSeal === 'good') report('changed', number);
    else if (seal === 'unknown') unproved += 1;
    lastSeal = seal === 'good' ? 'good' : lastSeal;
    if (doc.action === 'audit.damaged' && seal !== 'bad') report('damage_found', number);
    place = { number, hash };
    remember(place);
    count += 1;
  }

  for (let after = idOf(anchor.number); ;) {
    const page = await entries.list(undefined, { after, limit: PAGE });
    page.forEach(look);
    after = page.at(-1)?.id ?? after;
    if (page.length < PAGE) break;
    await nextTurn();
  }
  const [first] = await entries.list(undefined, { limit: 1 });
  if (first && first.id <= idOf(anchor.number)) report('before_beginning');
  if (place.number < noted.number) report('cut_off', place.number + 1);
  else if (stateSeal !== 'bad' && !digestsEqual(known.get(noted.number) ?? noted.hash, noted.hash))
    report('changed', noted.number);
  if (!state && count > 0) report('state_changed');
  if (stateSeal === 'unknown') report(lastSeal === 'good' ? 'state_changed' : 'end_unproved');
  // What was pruned since it was noted is gone rightly: nobody else can move the anchor.
  const isPruned = expected !== undefined && expected.number < anchor.number;
  if (expected && !isPruned && !digestsEqual(known.get(expected.number) ?? '', expected.hash))
    report('not_expected', expected.number);
  return { problems, more, entries: count, anchor, head: place, unproved };
}

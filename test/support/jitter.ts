// Disturbed timing, to look for races: with TEST_JITTER=<milliseconds> everything that a test's provider asks of its
// store, and every delivery, waits for a random while before and after, by the seed of TEST_JITTER_SEED. The same seed
// draws the same waits; which of them falls to whom is the machine's still.

import type { Store } from '../../src/ports/store.ts';
import { slowStore, wait } from './slow-store.ts';

const longest = Number(process.env['TEST_JITTER'] ?? 0);
let state = Number(process.env['TEST_JITTER_SEED'] ?? 1);

/** From 0 to 1, by the seed (mulberry32). */
function draw(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** Half of the time none; mostly short, now and then as long as was asked for. */
const someMilliseconds = (): number => (draw() < 0.5 ? 0 : Math.ceil(longest * draw() ** 4));

/** The same store, disturbed if this run is. */
export const jittered = (store: Store): Store => (longest > 0 ? slowStore(store, someMilliseconds) : store);

/** A wait for what is no store. */
export const jitter = async (): Promise<void> => wait(longest > 0 ? someMilliseconds() : 0);

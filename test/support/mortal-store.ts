// A store whose process dies in the middle of something and is started again, or that fails once and is well again.

import { StoreUnavailable, type Store } from '../../src/ports/store.ts';
import { isWrite, storeInFront } from './store-verbs.ts';

/**
 * What becomes of a process: after so many more writes it is dead, and nothing is read or written any more; or, where it
 * `recovers`, that one write fails and all others succeed. `writes` is negative once it has come to that.
 */
export type Life = { writes: number; recovers: boolean };

/** The store over another one. */
export function mortalStore(store: Store) {
  const life: Life = { writes: Infinity, recovers: false };
  const mortal = storeInFront(store, async ({ verb }, ask) => {
    const fails = life.recovers ? isWrite(verb) && life.writes === 0 : life.writes <= 0;
    if (isWrite(verb) || fails) life.writes = fails ? -1 : life.writes - 1;
    if (fails) throw new StoreUnavailable('the process is gone, or the write was refused');
    return ask();
  });
  return { store: { ...mortal, close: () => Promise.resolve() }, life };
}

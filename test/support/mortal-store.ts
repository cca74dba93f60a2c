// A store whose process dies in the middle of something and is started again, or that fails once and is well again.

import { StoreUnavailable, type Store } from '../../src/ports/store.ts';

const READS = ['get', 'findOne', 'list', 'listByKey'];
const WRITES = ['insert', 'replace', 'put', 'take', 'remove', 'removeMany'];

/**
 * What becomes of a process: after so many more writes it is dead, and nothing is read or written any more; or, where it
 * `recovers`, that one write fails and all others succeed. `writes` is negative once it has come to that.
 */
export type Life = { writes: number; recovers: boolean };

/** The store over another one. */
export function mortalStore(store: Store) {
  const life: Life = { writes: Infinity, recovers: false };
  const wrapped: Store = {
    ...store,
    collection: ((shape: never) => {
      const inner = store.collection(shape) as unknown as Record<string, (...given: unknown[]) => unknown>;
      const verbs = [...READS, ...WRITES].map((verb) => {
        const mortal = async (...given: unknown[]): Promise<unknown> => {
          const isWrite = WRITES.includes(verb);
          const fails = life.recovers ? isWrite && life.writes === 0 : life.writes <= 0;
          if (isWrite || fails) life.writes = fails ? -1 : life.writes - 1;
          if (fails) throw new StoreUnavailable('the process is gone, or the write was refused');
          return inner[verb]!(...given);
        };
        return [verb, mortal];
      });
      return Object.fromEntries(verbs) as unknown;
    }) as never,
    close: () => Promise.resolve(),
  };
  return { store: wrapped, life };
}

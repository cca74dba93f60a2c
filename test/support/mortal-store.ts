// A store whose process dies in the middle of something, and is started again.

import { StoreUnavailable, type Store } from '../../src/ports/store.ts';

const READS = ['get', 'findOne', 'list', 'listByKey'];
const WRITES = ['insert', 'replace', 'put', 'take', 'remove', 'removeMany'];

/** The store over another one. After `life.writes` more writes the process is dead: nothing is read or written any more. */
export function mortalStore(store: Store) {
  const life = { writes: Infinity };
  const wrapped: Store = {
    ...store,
    collection: ((shape: never) => {
      const inner = store.collection(shape) as unknown as Record<string, (...given: unknown[]) => unknown>;
      const verbs = [...READS, ...WRITES].map((verb) => {
        const mortal = async (...given: unknown[]): Promise<unknown> => {
          if (life.writes <= 0) {
            life.writes = -1;
            throw new StoreUnavailable('the process is gone');
          }
          if (WRITES.includes(verb)) life.writes -= 1;
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

// A store over another one that counts what is asked of it, by collection and verb.

import type { Store } from '../src/ports/store.ts';

export type Counts = Record<string, number>;

export function countingStore(store: Store): { store: Store; counts: Counts } {
  const counts: Counts = {};
  const wrapped: Store = {
    ...store,
    collection: ((shape: Parameters<Store['collection']>[0]) =>
      new Proxy(store.collection(shape), {
        get(target, verb: string) {
          const found = (target as unknown as Record<string, unknown>)[verb];
          if (typeof found !== 'function') return found;
          return (...values: unknown[]) => {
            const name = `${shape.name}.${verb}`;
            counts[name] = (counts[name] ?? 0) + 1;
            return (found as (...given: unknown[]) => unknown).apply(target, values);
          };
        },
      })) as Store['collection'],
  };
  return { store: wrapped, counts };
}

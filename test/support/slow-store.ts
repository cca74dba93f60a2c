// A store with a wait before and after everything it does, so that requests meet between a read and a write.

import { setTimeout as wait } from 'node:timers/promises';
import type { Collection, Shape, Store } from '../../src/ports/store.ts';
import { verbs } from './store-verbs.ts';

type Verb = (...values: unknown[]) => Promise<unknown>;

/** The same store with so many milliseconds on the way there, and again on the way back. */
export function slowStore(store: Store, milliseconds: number): Store {
  const slowly = (verb: Verb): Verb =>
    async function slow(...values) {
      await wait(milliseconds);
      try {
        return await verb(...values);
      } finally {
        await wait(milliseconds);
      }
    };
  return {
    kind: store.kind,
    prepare: (shapes) => store.prepare(shapes),
    sweep: () => store.sweep(),
    ping: () => store.ping(),
    close: () => store.close(),
    collection<T extends object, K extends keyof T & string>(shape: Shape<T, K>): Collection<T, K> {
      const collection = store.collection(shape) as unknown as Record<string, Verb>;
      const slowed = verbs.map((name) => [name, slowly((...values) => collection[name]!(...values))]);
      return Object.fromEntries(slowed);
    },
  };
}

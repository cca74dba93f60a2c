// A store with a wait before and after everything it does, so that requests meet between a read and a write.

import type { Collection, Shape, Store } from '../../src/ports/store.ts';
import { verbs } from './store-verbs.ts';

type Verb = (...values: unknown[]) => Promise<unknown>;

// Tests turn the clock, and these waits go by the real one.
const later = setTimeout;

/** Nothing at all for no milliseconds. */
export const wait = (milliseconds: number): Promise<void> | undefined =>
  milliseconds > 0 ? new Promise((resolve) => void later(resolve, milliseconds)) : undefined;

/** The same store with so many milliseconds on the way there, and again on the way back. */
export function slowStore(store: Store, milliseconds: number | (() => number)): Store {
  const next = typeof milliseconds === 'number' ? () => milliseconds : milliseconds;
  const slowly = (verb: Verb): Verb =>
    async function slow(...values) {
      await wait(next());
      try {
        return await verb(...values);
      } finally {
        await wait(next());
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

// A store with a wait before and after everything it does, so that requests meet between a read and a write.

import type { Store } from '../../src/ports/store.ts';
import { storeInFront } from './store-verbs.ts';

// Tests turn the clock, and these waits go by the real one.
const later = setTimeout;

/** Nothing at all for no milliseconds. */
export const wait = (milliseconds: number): Promise<void> | undefined =>
  milliseconds > 0 ? new Promise((resolve) => void later(resolve, milliseconds)) : undefined;

/** The same store with so many milliseconds on the way there, and again on the way back. */
export function slowStore(store: Store, milliseconds: number | (() => number)): Store {
  const next = typeof milliseconds === 'number' ? () => milliseconds : milliseconds;
  return storeInFront(store, async (_question, ask) => {
    await wait(next());
    try {
      return await ask();
    } finally {
      await wait(next());
    }
  });
}

// A store that can be broken and mended: while it is broken, everything, or every write, or one verb of one collection,
// rejects as a backend that is away does.

import { StoreUnavailable, type Store } from '../../src/ports/store.ts';
import { isWrite, storeInFront, type Question } from './store-verbs.ts';

/** Wraps a store. What the error says must never be told to anybody. */
export function createBreakingStore() {
  /** Asked of every question to a collection, and of the store as a whole without one. */
  let isBroken = (_question?: Question): boolean => false;
  const unless = <R>(broken: boolean, ask: () => Promise<R>): Promise<R> =>
    broken
      ? Promise.reject(new StoreUnavailable('connect ECONNREFUSED mongodb://admin:hunter2@db.internal:27017'))
      : ask();
  return {
    /** `only` is one verb of one collection: `oidc_sessions.put`. */
    break: (only?: string): void => {
      isBroken = (question) => only === undefined || question?.name === only;
    },
    /** As on a full disk, where things can be read still. */
    breakWrites: (): void => {
      isBroken = (question) => question !== undefined && isWrite(question.verb);
    },
    mend: (): void => {
      isBroken = () => false;
    },
    wrap: (store: Store): Store => ({
      ...storeInFront(store, (question, ask) => unless(isBroken(question), ask)),
      sweep: () => unless(isBroken(), () => store.sweep()),
      ping: () => unless(isBroken(), () => store.ping()),
    }),
  };
}

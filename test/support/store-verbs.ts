// All that a collection of the storage port can be asked for, and stores that stand in front of another.

import type { Collection, Shape, Store } from '../../src/ports/store.ts';

/** A verb that the port gets is missed here by the compiler. */
const rows: Record<keyof Collection<object, never>, 'reads' | 'writes'> = {
  get: 'reads',
  findOne: 'reads',
  list: 'reads',
  listByKey: 'reads',
  insert: 'writes',
  replace: 'writes',
  put: 'writes',
  take: 'writes',
  remove: 'writes',
  removeMany: 'writes',
};
export type Verb = keyof typeof rows;

export const verbs = Object.keys(rows) as readonly Verb[];
export const isWrite = (verb: Verb): boolean => rows[verb] === 'writes';

/** What is asked of a collection; its name is `accounts.get`. */
export type Question = { readonly name: string; readonly verb: Verb };

/** The same store, where `around` stands before every question to a collection: it asks on, or does not. */
export function storeInFront(
  store: Store,
  around: (question: Question, ask: () => Promise<unknown>) => Promise<unknown>,
): Store {
  return {
    kind: store.kind,
    prepare: (shapes) => store.prepare(shapes),
    sweep: () => store.sweep(),
    ping: () => store.ping(),
    close: () => store.close(),
    collection<T extends object, K extends keyof T & string>(shape: Shape<T, K>): Collection<T, K> {
      const inner = store.collection(shape) as unknown as Record<
        Verb,
        (...values: unknown[]) => Promise<unknown>
      >;
      const asked = verbs.map((verb) => [
        verb,
        (...values: unknown[]) =>
          around({ name: `${shape.name}.${verb}`, verb }, () => inner[verb](...values)),
      ]);
      return Object.fromEntries(asked) as Collection<T, K>;
    },
  };
}

// All that a collection of the storage port can be asked for, for stores that stand in front of another.

import type { Collection } from '../../src/ports/store.ts';

const rows: Record<keyof Collection<object, never>, true> = {
  get: true,
  findOne: true,
  list: true,
  listByKey: true,
  insert: true,
  replace: true,
  put: true,
  take: true,
  remove: true,
  removeMany: true,
};

/** A verb that the port gets is missed here by the compiler. */
export const verbs = Object.keys(rows) as readonly (keyof typeof rows)[];

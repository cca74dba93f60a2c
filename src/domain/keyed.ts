// Keys that are made of what a document says, for lists that go by more than one field or by a part of one. They stand in
// the document and are made anew with every write, whoever writes; whoever reads does not see them.

import { nextTurn } from '../lib/turn.ts';
import { Stale, type Collection, type Stored } from '../ports/store.ts';

/** A document as those who read see it. */
export const withoutKeys = <T extends object>(doc: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(doc).filter(([name]) => !names.includes(name))) as T;

/** The same documents, with their keys on the way in and without them on the way out. */
export function keyed<T extends object, K extends keyof T & string>(
  rows: Collection<T, K>,
  names: readonly string[],
  keysOf: (doc: T) => object,
): Collection<T, K> {
  const bare = (doc: T): T => withoutKeys(doc, names);
  const withKeys = (doc: T): T => ({ ...bare(doc), ...keysOf(doc) });
  const shown = (row: Stored<T>): Stored<T> => ({ ...row, doc: bare(row.doc) });
  const ifThere = (row: Stored<T> | undefined) => row && shown(row);
  return {
    get: async (id) => ifThere(await rows.get(id)),
    findOne: async (key, value) => ifThere(await rows.findOne(key, value)),
    list: async (where, page) => (await rows.list(where, page)).map(shown),
    listByKey: async (key, page) => (await rows.listByKey(key, page)).map(shown),
    insert: async (id, doc, expiresAt) => shown(await rows.insert(id, withKeys(doc), expiresAt)),
    replace: async (seen, doc, expiresAt) => shown(await rows.replace(seen, withKeys(doc), expiresAt)),
    put: (id, doc, expiresAt) => rows.put(id, withKeys(doc), expiresAt),
    take: async (id) => ifThere(await rows.take(id)),
    remove: (id) => rows.remove(id),
    removeMany: (key, value) => rows.removeMany(key, value),
  };
}

const PAGE = 500;

/**
 * Writes the keys into documents that were stored before there were any; whatever has them is passed over, so that it
 * goes on where it was broken off. `stored` are the same documents as they lie there.
 */
export async function addKeys<T extends object, K extends keyof T & string>(
  stored: Collection<T, K>,
  rows: Collection<T, K>,
  keysOf: (doc: T) => object,
): Promise<void> {
  const isDone = ({ doc }: Stored<T>): boolean => {
    const keys = Object.entries(keysOf(doc)) as [keyof T, unknown][];
    return keys.length > 0 && keys.every(([name, text]) => doc[name] === text);
  };
  const add = async (row: Stored<T>): Promise<void> => {
    try {
      await rows.replace(row, row.doc, row.expiresAt);
    } catch (error) {
      // Whoever wrote meanwhile has written the keys, too.
      if (!(error instanceof Stale)) throw error;
    }
  };
  for (let after: string | undefined; ;) {
    const page = await stored.list(undefined, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    await Promise.all(page.filter((row) => !isDone(row)).map(add));
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
    await nextTurn();
  }
}

// The storage port: a narrow document store. Equality or prefix on declared keys, expiry, versions and a few
// atomic verbs, and nothing else; every backend passes test/contracts/store.ts without an opt-out.

/** A kind of document: its table or collection, and the keys it is found by. */
export type Shape<T extends object, K extends keyof T & string> = {
  /** Table or collection name: lower-case letters and underscores. */
  readonly name: string;
  /** At most one live document per value. A document without the key takes part in no uniqueness. */
  readonly unique?: readonly K[];
  /** Looked up by equality or prefix, listed in id order. */
  readonly index?: readonly K[];
};

/** Any shape, where only its names matter. */
export type AnyShape = {
  readonly name: string;
  readonly unique?: readonly string[];
  readonly index?: readonly string[];
};

/** A document as it was read. `version` grows by one with every write; `expiresAt` is absent when it never ends. */
export type Stored<T> = {
  readonly id: string;
  readonly version: number;
  readonly doc: T;
  readonly expiresAt?: Date;
};

/** Which documents to list: all, or those whose key equals a value or starts with a prefix. */
export type Where<K extends string> =
  { readonly key: K; readonly value: string } | { readonly key: K; readonly prefix: string };

/** A slice of a list: `after` is the id of the last document seen, `limit` at most 1000. */
export type Page = { readonly after?: string; readonly limit: number; readonly newestFirst?: boolean };

/** A place in a list that is in the order of a key: the value and the id of the last document seen. */
export type KeyPlace = { readonly value: string; readonly id: string };

/** A slice of what has a key that starts with a prefix; `after` has it too, `limit` is at most 1000. */
export type KeyPage = { readonly prefix: string; readonly after?: KeyPlace; readonly limit: number };

/**
 * Documents of one kind. A document is plain JSON (what `JSON.stringify` keeps: no dates, no undefined), its keys
 * are strings or absent. Expired documents are never returned and never block an insert. `undefined` means not there.
 * A promise resolves only after the write is durable. Any method may reject with `StoreUnavailable`.
 */
export interface Collection<T extends object, K extends keyof T & string> {
  get(id: string): Promise<Stored<T> | undefined>;
  findOne(key: K, value: string): Promise<Stored<T> | undefined>;
  list(where: Where<K> | undefined, page: Page): Promise<Stored<T>[]>;
  /**
   * Those whose key starts with a prefix, by value and then by id, both by code point: a page costs as much as it has
   * documents, however many more have the prefix.
   */
  listByKey(key: K, page: KeyPage): Promise<Stored<T>[]>;
  /** Rejects with `Conflict` when the id or a unique key is taken by a live document. */
  insert(id: string, doc: T, expiresAt?: Date): Promise<Stored<T>>;
  /** Compare-and-swap. Rejects with `Stale` when someone wrote or removed it first, `Conflict` when a unique key is taken. */
  replace(seen: Stored<T>, doc: T, expiresAt?: Date): Promise<Stored<T>>;
  /** Last write wins. Rejects with `Conflict` when a unique key belongs to another live document. */
  put(id: string, doc: T, expiresAt?: Date): Promise<void>;
  /** Read and delete; of many callers at once exactly one gets the document. */
  take(id: string): Promise<Stored<T> | undefined>;
  /** Removes if there; never an error when it is not. */
  remove(id: string): Promise<void>;
  /** Removes all whose key equals the value; the number removed. */
  removeMany(key: K, value: string): Promise<number>;
}

/** An open backend. */
export interface Store {
  /** What it is, for logs and `doctor`: `sqlite` or `mongodb`. */
  readonly kind: string;
  collection<T extends object, K extends keyof T & string>(shape: Shape<T, K>): Collection<T, K>;
  /** Makes the tables and indexes of these shapes where they lack; idempotent, and safe from two nodes at once. */
  prepare(shapes: readonly AnyShape[]): Promise<void>;
  /** Deletes expired documents for good; the number deleted. Reads never depend on it. */
  sweep(): Promise<number>;
  /** Resolves when the backend answers. */
  ping(): Promise<void>;
  /** Ends writes in flight, then closes. */
  close(): Promise<void>;
}

/** The id or a unique key is taken. `key` is `id` or the key's name where the backend can tell. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
  readonly key: string | undefined;
  constructor(collection: string, key?: string) {
    super(`${collection}: ${key ?? 'a unique key'} is taken`);
    this.key = key;
  }
}

/** Someone wrote first: read again and decide again. */
export class Stale extends Error {
  override readonly name = 'Stale';
  constructor(collection: string, id: string) {
    super(`${collection}: ${id} has changed since it was read`);
  }
}

/** The backend is away, full or broken; nothing is known about the write. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

// How a document is laid out in MongoDB: its JSON text beside a `keys` sub-document that the indexes stand on.
//
// Not a native sub-document, because BSON does not keep every JSON object: `{"_bsontype": …}` is refused,
// `{"$ref": …, "$id": …}` comes back as another class, a NUL in a name is an error.

import type { Stored } from '../../src/ports/store.ts';
import { encode, keyValue, requireExpiry, requireText, type Table } from './checks.ts';

export type Row = {
  readonly _id: string;
  readonly version: number;
  readonly doc: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly expiresAt: Date | null;
};

export type Content = {
  readonly id: unknown;
  readonly version: number;
  readonly expiresAt: Date | undefined;
};

/** The row of a document; throws a TypeError for what cannot be one. */
export function encodeRow(table: Table, doc: object, { id, version, expiresAt }: Content): Row {
  const end = requireExpiry(expiresAt);
  const entries = table.keys.map((key) => [key, keyValue(doc, key)] as const);
  return {
    _id: requireText(id, 'id'),
    version,
    doc: encode(table, doc),
    // An absent key must be absent here too: the indexes leave out only what does not exist.
    keys: Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    expiresAt: end === null ? null : new Date(end),
  };
}

/** A row as the port shows it. */
export function decodeRow<T>({ _id, version, doc, expiresAt }: Row): Stored<T> {
  const stored = { id: _id, version, doc: JSON.parse(doc) as T };
  return expiresAt === null ? stored : { ...stored, expiresAt };
}

/** What the port shows of a row just written. */
export const storedOf = <T>({ _id, version, expiresAt }: Row, doc: T): Stored<T> =>
  expiresAt === null ? { id: _id, version, doc } : { id: _id, version, doc, expiresAt };

/** Last write wins in one round trip: the version goes on where there is one and begins otherwise. */
export const putPipeline = ({ version, doc, keys, expiresAt }: Row) => [
  {
    $set: {
      version: { $add: [{ $ifNull: ['$version', version - 1] }, 1] },
      // Literal: a text that begins with a dollar would be read as a path.
      doc: { $literal: doc },
      keys: { $literal: keys },
      expiresAt: { $literal: expiresAt },
    },
  },
];

/** The filters of the rows that have a unique key in common with this one. */
export const sameKeysOf = ({ unique }: Table, { keys }: Row): Record<string, string>[] =>
  unique.flatMap((key) => {
    const value = keys[key];
    return value === undefined ? [] : [{ [`keys.${key}`]: value }];
  });

/** What two rows cannot both have and these do: `id` or a key's name. */
export const sharedKey = ({ unique }: Table, one: Row, other: Row): string | undefined =>
  one._id === other._id
    ? 'id'
    : unique.find((key) => one.keys[key] !== undefined && one.keys[key] === other.keys[key]);

/**
 * The index of a key. Queries name it: what is left of them, that a row must not have expired, would otherwise lead some
 * servers to the index of ends, which is all rows.
 */
export const indexNameOf = ({ unique }: Pick<Table, 'unique'>, key: string): string =>
  unique.includes(key) ? `${key}:unique` : key;

/** The indexes of a table, by name. */
export function indexesOf({ keys, unique }: Table) {
  return [
    // Clean-up only, and an hour late: a server whose clock runs ahead must not delete what is alive to us.
    { name: 'expiresAt', key: { expiresAt: 1 as const }, expireAfterSeconds: 3600 },
    ...keys.map((key) => {
      const path = `keys.${key}`;
      const name = indexNameOf({ unique }, key);
      return unique.includes(key)
        ? {
            name,
            key: { [path]: 1 as const },
            unique: true,
            partialFilterExpression: { [path]: { $exists: true } },
          }
        : { name, key: { [path]: 1 as const, _id: 1 as const } };
    }),
  ];
}

// What every backend refuses before it builds a statement or a filter: anything but strings as ids and values,
// keys that were not declared, pages without bounds. A refusal is a TypeError and never matches a document.

import { randomInt } from 'node:crypto';
import type { AnyShape, KeyPage, Page, Where } from '../../src/ports/store.ts';

/** A checked shape. `keys` holds the unique keys and the others. */
export type Table = {
  readonly name: string;
  readonly unique: readonly string[];
  readonly keys: readonly string[];
};

/** A checked `where`: equality, a range of strings, or undefined for everything. */
export type Range =
  | { readonly key: string; readonly value: string }
  | { readonly key: string; readonly from: string; readonly to: string | undefined };

/** Reads a shape; throws a TypeError when a name would not be safe in SQL or as a path in MongoDB. */
export function requireShape(shape: AnyShape): Table {
  const { name } = shape;
  if (typeof name !== 'string' || !/^[a-z][a-z_]{0,59}$/.test(name) || name.startsWith('sqlite_')) {
    throw new TypeError(`a collection is named in lower-case letters and underscores, not ${name}`);
  }
  const unique = [...new Set(shape.unique)];
  const keys = [...new Set([...unique, ...(shape.index ?? [])])];
  const unsafe = keys.find(
    (key: unknown) => typeof key !== 'string' || !/^[A-Za-z][A-Za-z0-9_]{0,59}$/.test(key),
  );
  if (unsafe !== undefined) throw new TypeError(`${name}: ${unsafe} cannot be a key`);
  // SQLite does not tell columns apart by case.
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length) {
    throw new TypeError(`${name}: two keys differ only by case`);
  }
  return { name, unique, keys };
}

/** The text itself. Ill-formed UTF-16 is refused: stored as UTF-8, two such strings could become one. */
export function requireText(value: unknown, what: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw new TypeError(`${what} must be a string`);
  return value;
}

/** A declared key of the table. */
export function requireKey(table: Table, key: unknown): string {
  if (typeof key !== 'string' || !table.keys.includes(key)) {
    throw new TypeError(`${table.name} has no key ${String(key)}`);
  }
  return key;
}

/** Milliseconds of the end, or null when there is none. */
export function requireExpiry(expiresAt: unknown): number | null {
  if (expiresAt === undefined) return null;
  if (!(expiresAt instanceof Date) || Number.isNaN(expiresAt.getTime())) {
    throw new TypeError('expiresAt must be a valid Date');
  }
  return expiresAt.getTime();
}

/** The version that compare-and-swap goes by. */
export function requireVersion(version: unknown): number {
  if (!Number.isSafeInteger(version)) throw new TypeError('version must be an integer');
  return version as number;
}

/** The document as JSON, taken at once so that later changes of the object do not reach the store. */
export function encode(table: Table, doc: unknown): string {
  if (typeof doc !== 'object' || doc === null || Array.isArray(doc)) {
    throw new TypeError(`${table.name}: a document must be an object`);
  }
  for (const key of table.keys) keyValue(doc, key);
  return JSON.stringify(doc);
}

/** The document's value under a key; undefined when absent. Anything but a string is refused. */
export function keyValue(doc: object, key: string): string | undefined {
  const value = Object.hasOwn(doc, key) ? (doc as Record<string, unknown>)[key] : undefined;
  return value === undefined ? undefined : requireText(value, key);
}

/** Which documents to list, with a prefix turned into a range. */
export function requireWhere(table: Table, where: Where<string> | undefined): Range | undefined {
  if (where === undefined) return undefined;
  if (typeof where !== 'object' || where === null) throw new TypeError('where must be an object');
  const key = requireKey(table, where.key);
  if ('value' in where) return { key, value: requireText(where.value, key) };
  const from = requireText(where.prefix, key);
  return { key, from, to: prefixEnd(from) };
}

/** A slice of a key's values in their order; `value` and `id` are the place that it goes on after. */
export type KeyRange = {
  readonly key: string;
  readonly from: string;
  readonly to: string | undefined;
  readonly after: { readonly value: string; readonly id: string } | undefined;
  readonly limit: number;
};

/** Reads a page of a key; a place whose value has not the prefix is refused. */
export function requireKeyPage(table: Table, key: string, page: KeyPage): KeyRange {
  const { after } = page;
  const column = requireKey(table, key);
  const from = requireText(page.prefix, column);
  const { limit } = requirePage({ limit: page.limit });
  const place = after && { value: requireText(after.value, column), id: requireText(after.id, 'id') };
  if (place && !place.value.startsWith(from)) throw new TypeError('after must have the prefix');
  return { key: column, from, to: prefixEnd(from), after: place, limit };
}

/** The page, bounded. */
export function requirePage({ after, limit, newestFirst = false }: Page) {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new TypeError('limit must be 1 to 1000');
  if (typeof newestFirst !== 'boolean') throw new TypeError('newestFirst must be a boolean');
  return { after: after === undefined ? undefined : requireText(after, 'after'), limit, newestFirst };
}

/**
 * Where a new life of an id begins to count. Not 1: a document removed and made again must not look unchanged
 * to someone who saw the former one.
 */
export const firstVersion = (): number => randomInt(1, 2 ** 47);

/** The least string above all that start with the prefix, by code point; undefined when there is none. */
function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? 0;
    if (last === 0x10ffff) continue;
    // Surrogates are no characters of their own.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

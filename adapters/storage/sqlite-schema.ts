// The tables of SQLite: one per shape, the document as JSON, and a generated column per key, so that a column can
// never disagree with its document and a key added later needs no backfill.

import type { DatabaseSync } from 'node:sqlite';
import type { Table } from './checks.ts';

/** The column of a key. */
export const columnOf = (key: string): string => `"key_${key}"`;

/** The SQL expression of a key's value inside a JSON text. */
export const extract = (json: string, key: string): string => `json_extract(${json}, '$."${key}"')`;

/** Makes what the table lacks. Runs inside the caller's transaction and writes nothing when there is nothing to do. */
export function prepareTable(db: DatabaseSync, { name, unique, keys }: Table, now: number): void {
  db.exec(`CREATE TABLE IF NOT EXISTS "${name}" (
    id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, expires_at INTEGER, doc TEXT NOT NULL)`);
  db.exec(
    `CREATE INDEX IF NOT EXISTS "${name}:expires_at" ON "${name}" (expires_at) WHERE expires_at IS NOT NULL`,
  );
  const columns = namesOf(db, `SELECT name FROM pragma_table_xinfo('${name}')`);
  const indexes = namesOf(db, `SELECT name FROM pragma_index_list('${name}')`);
  for (const key of keys) {
    const column = columnOf(key);
    if (!columns.has(`key_${key}`)) {
      db.exec(`ALTER TABLE "${name}" ADD COLUMN ${column} TEXT AS (${extract('doc', key)}) VIRTUAL`);
    }
    const isUnique = unique.includes(key);
    const index = isUnique ? `${name}:${key}:unique` : `${name}:${key}`;
    if (indexes.has(index)) continue;
    // What has expired must not stand in the way of a constraint that is new.
    if (isUnique) db.prepare(`DELETE FROM "${name}" WHERE expires_at <= ?`).run(now);
    const on = isUnique
      ? `UNIQUE INDEX "${index}" ON "${name}" (${column})`
      : `INDEX "${index}" ON "${name}" (${column}, id)`;
    db.exec(`CREATE ${on} WHERE ${column} IS NOT NULL`);
  }
}

const namesOf = (db: DatabaseSync, sql: string) =>
  new Set(
    db
      .prepare(sql)
      .all()
      .map((row) => row['name']),
  );

// Writing millions of documents fast: straight into the tables and collections that the adapters read, with their
// layout, and the indexes made when everything is there.

import { DatabaseSync } from 'node:sqlite';
import mongoose from 'mongoose';
import { encode, firstVersion, requireShape } from '../adapters/storage/checks.ts';
import { encodeRow } from '../adapters/storage/mongodb-rows.ts';
import type { AnyShape } from '../src/ports/store.ts';

export type Line = { readonly id: string; readonly doc: object; readonly expiresAt?: Date };

export type Bulk = {
  write(shape: AnyShape, lines: Iterable<Line>): Promise<number>;
  /** Brings the last of it to the disk. */
  close(): Promise<void>;
};

const BATCH = 2000;

/** Tables without their secondary indexes: these are made again by the store's own `prepare`. */
function openSqliteBulk(path: string): Bulk {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000');
  const indexes = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`).all();
  for (const { name } of indexes) db.exec(`DROP INDEX "${String(name)}"`);
  return {
    write(shape, lines) {
      const table = requireShape(shape);
      const insert = db.prepare(
        `INSERT INTO "${table.name}" (id, version, expires_at, doc) VALUES (?, ?, ?, ?)`,
      );
      let count = 0;
      db.exec('BEGIN');
      for (const { id, doc, expiresAt } of lines) {
        insert.run(id, firstVersion(), expiresAt?.getTime() ?? null, encode(table, doc));
        count += 1;
        if (count % 100_000 === 0) db.exec('COMMIT; BEGIN');
      }
      db.exec('COMMIT');
      return Promise.resolve(count);
    },
    close: () => Promise.resolve(db.close()),
  };
}

/** Collections without their secondary indexes: these are made again by the store's own `prepare`. */
async function openMongodbBulk(uri: string): Promise<Bulk> {
  const connection = await mongoose.createConnection(uri).asPromise();
  for (const { collectionName } of await connection.db!.collections())
    await connection.collection(collectionName).dropIndexes();
  return {
    async write(shape, lines) {
      const table = requireShape(shape);
      const rows = connection.collection(table.name);
      let count = 0;
      let batch: object[] = [];
      let written: Promise<unknown> = Promise.resolve();
      /** The next batch is made while the one before it is on its way. */
      const flush = async () => {
        await written;
        if (batch.length > 0) written = rows.insertMany(batch, { ordered: false });
        count += batch.length;
        batch = [];
      };
      for (const { id, doc, expiresAt } of lines) {
        batch.push(encodeRow(table, doc, { id, version: firstVersion(), expiresAt }));
        if (batch.length === BATCH) await flush();
      }
      await flush();
      await written;
      return count;
    },
    close: () => connection.close(),
  };
}

/** Opens the database of a `VRATNY_STORAGE`. */
export const openBulk = (storage: string): Promise<Bulk> =>
  storage.startsWith('sqlite:')
    ? Promise.resolve(openSqliteBulk(storage.slice('sqlite:'.length)))
    : openMongodbBulk(storage);

// The store in a file, with nothing to install: reads on the calling thread, writes in group commits by one writer.

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable, type Collection, type Shape, type Store } from '../../src/ports/store.ts';
import {
  encode,
  firstVersion,
  requireExpiry,
  requireKey,
  requireKeyPage,
  requirePage,
  requireShape,
  requireText,
  requireVersion,
  requireWhere,
  type Table,
} from './checks.ts';
import { openReadConnection } from './sqlite-connection.ts';
import type { Settings } from './sqlite-executor.ts';
import { createWriteQueue } from './sqlite-queue.ts';
import { createReader, createReadTurns, decode, read } from './sqlite-reader.ts';
import { createLocalWriter, startWorkerWriter } from './sqlite-writer.ts';

/** `settings` tells how durable the writing connection is, for `doctor`. */
export type SqliteStore = Store & { settings(): Promise<Settings> };

export type SqliteOptions = {
  /** A file, whose folder is made when it lacks, or `:memory:`. */
  readonly path: string;
  /** The clock that decides what has expired, in milliseconds. */
  readonly now: () => number;
  /** The module of the writing thread. Tests give one that dies. */
  readonly worker?: URL;
};

/** More at once would keep writers waiting. */
const sweepSlice = 200;

/** Opens the store; rejects with `StoreUnavailable` when the file cannot be opened. */
export async function openSqlite({ path, now, worker }: SqliteOptions): Promise<SqliteStore> {
  const { db, queue, begin } = await openConnections(path, now, worker);
  const reader = createReader(db, now, begin);
  const prepared = new Map<string, Table>();

  return {
    kind: 'sqlite',
    collection: <T extends object, K extends keyof T & string>(shape: Shape<T, K>) =>
      createCollection<T, K>(requireShape(shape), reader, queue),
    async prepare(shapes) {
      const tables = shapes.map(requireShape);
      await queue.submit({ kind: 'prepare', tables });
      for (const table of tables) prepared.set(table.name, table);
    },
    async sweep() {
      let total = 0;
      for (const table of prepared.values()) {
        let count: number;
        do {
          count = Number(await queue.submit({ kind: 'sweep', table, limit: sweepSlice }));
          total += count;
        } while (count === sweepSlice);
      }
      return total;
    },
    async ping() {
      await queue.submit({ kind: 'settings' });
    },
    settings: async () => (await queue.submit({ kind: 'settings' })) as Settings,
    async close() {
      // The writer's connection is the last to go: it is the one that can fold the log into the file.
      await queue.close(() => {
        if (db.isOpen) db.close();
      });
    },
  };
}

async function openConnections(path: string, now: () => number, worker = defaultWorker()) {
  try {
    if (path === ':memory:') {
      const db = new DatabaseSync(path);
      const start = () => Promise.reject(new Error('a database in memory cannot be opened again'));
      const queue = createWriteQueue({ writer: createLocalWriter(db), start, now });
      // No file, no lock; and this connection's transactions are those of the writer.
      return { db, queue, begin: () => {} };
    }
    makeFolder(dirname(path));
    // It holds people's data: nobody else on the machine reads it. SQLite gives its other files the same mode.
    closeSync(openSync(path, 'a', 0o600));
    const start = () => startWorkerWriter(path, worker);
    const writer = await start();
    const db = openReadConnection(path);
    return { db, queue: createWriteQueue({ writer, start, now }), begin: createReadTurns(db) };
  } catch (error) {
    throw new StoreUnavailable(`sqlite: cannot open ${path}`, { cause: error });
  }
}

/** Step by step: Node's own recursive mkdir never returns where a folder cannot be made, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(path)) throw error;
  }
}

const defaultWorker = () => new URL('./sqlite-worker.ts', import.meta.url);

function createCollection<T extends object, K extends keyof T & string>(
  table: Table,
  reader: ReturnType<typeof createReader>,
  { submit }: ReturnType<typeof createWriteQueue>,
): Collection<T, K> {
  const getRow = reader.createGet(table);
  const stored = (id: string, version: number, doc: T, expiresAt: Date | undefined) =>
    expiresAt === undefined ? { id, version, doc } : { id, version, doc, expiresAt };
  const content = (id: unknown, doc: T, expiresAt: Date | undefined) => ({
    id: requireText(id, 'id'),
    doc: encode(table, doc),
    expiresAt: requireExpiry(expiresAt),
  });

  return {
    async get(id) {
      const text = requireText(id, 'id');
      return read(() => getRow<T>(text));
    },
    async findOne(key, value) {
      const column = requireKey(table, key);
      const text = requireText(value, column);
      return read(() => reader.findOne<T>(table, column, text));
    },
    async list(where, page) {
      const range = requireWhere(table, where);
      const slice = requirePage(page);
      return read(() => reader.list<T>(table, range, slice));
    },
    async listByKey(key, page) {
      const range = requireKeyPage(table, key, page);
      return read(() => reader.listByKey<T>(table, range));
    },
    async insert(id, doc, expiresAt) {
      const version = firstVersion();
      await submit({ kind: 'insert', table, version, ...content(id, doc, expiresAt) });
      return stored(id, version, doc, expiresAt);
    },
    async replace(seen, doc, expiresAt) {
      const version = requireVersion(seen.version);
      await submit({ kind: 'replace', table, version, ...content(seen.id, doc, expiresAt) });
      return stored(seen.id, version + 1, doc, expiresAt);
    },
    async put(id, doc, expiresAt) {
      await submit({ kind: 'put', table, version: firstVersion(), ...content(id, doc, expiresAt) });
    },
    async take(id) {
      const row = await submit({ kind: 'take', table, id: requireText(id, 'id') });
      if (typeof row !== 'object' || !('doc' in row)) return undefined;
      return decode<T>(row.id, row.version, row.expires_at, row.doc);
    },
    async remove(id) {
      await submit({ kind: 'remove', table, id: requireText(id, 'id') });
    },
    async removeMany(key, value) {
      const column = requireKey(table, key);
      return Number(
        await submit({ kind: 'removeMany', table, key: column, value: requireText(value, column) }),
      );
    },
  };
}

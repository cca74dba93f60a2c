// Applies a batch of writes in one transaction, so that one fsync covers them all. A write that is refused leaves
// the others alone; an unexpected failure takes the whole batch back.

import type { DatabaseSync } from 'node:sqlite';
import type { Table } from './checks.ts';
import { prepareTable } from './sqlite-schema.ts';
import {
  createTableWrites,
  type Content,
  type Refusal,
  type Row,
  type TableWrites,
} from './sqlite-writes.ts';

/** One write. `version` is the first one for `insert` and `put`, and the one seen for `replace`. */
export type Write =
  | ({ kind: 'insert' | 'put' | 'replace'; table: Table } & Content)
  | { kind: 'take' | 'remove'; table: Table; id: string }
  | { kind: 'removeMany'; table: Table; key: string; value: string }
  | { kind: 'sweep'; table: Table; limit: number }
  | { kind: 'prepare'; tables: readonly Table[] }
  | { kind: 'settings' };

export type Settings = { journalMode: string; synchronous: number };

/** The number of rows written or removed, what was asked for, or why not. */
export type Outcome = number | Row | Settings | Refusal;

export type Batch = { now: number; writes: Write[] };

/** The outcome of each write in its order, or what went wrong with all of them. */
export type Answer = { outcomes: Outcome[] } | { failure: string };

/** Makes the function that carries out batches on this connection; `begin` takes the write lock. */
export function createExecutor(db: DatabaseSync, begin = () => db.exec('BEGIN IMMEDIATE')) {
  const known = new Map<string, TableWrites>();
  const commit = db.prepare('COMMIT');

  const writesOf = (table: Table): TableWrites => {
    const signature = [table.name, ...table.unique].join(' ');
    let writes = known.get(signature);
    if (writes === undefined) known.set(signature, (writes = createTableWrites(db, table)));
    return writes;
  };

  const apply = (write: Write, now: number): Outcome => {
    if (write.kind === 'prepare') return prepareTables(db, write.tables, now);
    if (write.kind === 'settings') return readSettings(db);
    let writes: TableWrites;
    try {
      writes = writesOf(write.table);
    } catch (error) {
      // A table that was never prepared: nothing was touched, so the batch goes on.
      return { refused: 'failed', message: messageOf(error) };
    }
    if (write.kind === 'removeMany') return writes.removeMany(write.key, write.value, now);
    if (write.kind === 'sweep') return writes.sweep(write.limit, now);
    if ('doc' in write) return writes[write.kind](write, now);
    return write.kind === 'take' ? writes.take(write.id, now) : writes.remove(write.id);
  };

  return ({ now, writes }: Batch): Answer => {
    try {
      begin();
      const outcomes = writes.map((write) => apply(write, now));
      commit.run();
      return { outcomes };
    } catch (error) {
      // Some failures (disk full, I/O) have rolled back already.
      if (db.isTransaction) db.exec('ROLLBACK');
      return { failure: messageOf(error) };
    }
  };
}

function prepareTables(db: DatabaseSync, tables: readonly Table[], now: number): Outcome {
  db.exec('SAVEPOINT prepare_tables');
  try {
    for (const table of tables) prepareTable(db, table, now);
    db.exec('RELEASE prepare_tables');
    return tables.length;
  } catch (error) {
    if (!db.isTransaction) throw error;
    db.exec('ROLLBACK TO prepare_tables; RELEASE prepare_tables');
    return { refused: 'failed', message: messageOf(error) };
  }
}

function readSettings(db: DatabaseSync): Settings {
  const journal = db.prepare('PRAGMA journal_mode').get();
  const synchronous = db.prepare('PRAGMA synchronous').get();
  return {
    journalMode: String(journal?.['journal_mode']),
    synchronous: Number(synchronous?.['synchronous']),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

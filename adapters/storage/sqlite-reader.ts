// Reads, straight from the calling thread: with the statement cached they take microseconds, less than asking a
// thread would.

import type { DatabaseSync, StatementSync, SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable, type Stored } from '../../src/ports/store.ts';
import type { KeyRange, Range, Table } from './checks.ts';
import { isBusy } from './sqlite-connection.ts';
import { columnOf } from './sqlite-schema.ts';

/** The columns in the order they are asked for. Rows as arrays cost the database module a third less than objects. */
type Columns = [id: string, version: number, expires_at: number | null, doc: string];
const columns = 'id, version, expires_at, doc';
const live = '(expires_at IS NULL OR expires_at > ?)';

type Page = { after: string | undefined; limit: number; newestFirst: boolean };

/** A row as the port shows it. */
export function decode<T>(id: string, version: number, expiresAt: number | null, doc: string): Stored<T> {
  const parsed = JSON.parse(doc) as T;
  return expiresAt === null
    ? { id, version, doc: parsed }
    : { id, version, doc: parsed, expiresAt: new Date(expiresAt) };
}

/** Makes the reads of every table over one connection; `begin` is called before each. */
export function createReader(db: DatabaseSync, now: () => number, begin: () => void) {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      statement.setReturnArrays(true);
      statements.set(sql, statement);
    }
    return statement;
  };

  /** By table, then by key: to put the text of a statement together anew costs a good part of the read. */
  const finders = new Map<string, Map<string, StatementSync>>();
  const finderOf = ({ name }: Table, key: string): StatementSync => {
    let byKey = finders.get(name);
    if (byKey === undefined) finders.set(name, (byKey = new Map()));
    let statement = byKey.get(key);
    if (statement === undefined) {
      const where = `${columnOf(key)} = ? AND ${live}`;
      statement = prepare(`SELECT ${columns} FROM "${name}" WHERE ${where} ORDER BY id LIMIT 1`);
      byKey.set(key, statement);
    }
    return statement;
  };

  return {
    createGet(table: Table) {
      const sql = `SELECT ${columns} FROM "${table.name}" WHERE id = ?`;
      let statement: StatementSync | undefined;
      return <T>(id: string): Stored<T> | undefined => {
        begin();
        statement ??= prepare(sql);
        const row = statement.get(id) as unknown as Columns | undefined;
        if (row === undefined || (row[2] !== null && row[2] <= now())) return undefined;
        return decode<T>(...row);
      };
    },
    findOne<T>(table: Table, key: string, value: string): Stored<T> | undefined {
      begin();
      const row = finderOf(table, key).get(value, now()) as unknown as Columns | undefined;
      return row && decode<T>(...row);
    },
    list<T>(table: Table, range: Range | undefined, { after, limit, newestFirst }: Page): Stored<T>[] {
      begin();
      const conditions = [live];
      const parameters: SQLInputValue[] = [now()];
      const restrict = (condition: string, parameter: string | undefined) => {
        if (parameter === undefined) return;
        conditions.push(condition);
        parameters.push(parameter);
      };
      if (range !== undefined) {
        const column = columnOf(range.key);
        if ('value' in range) restrict(`${column} = ?`, range.value);
        else {
          restrict(`${column} >= ?`, range.from);
          restrict(`${column} < ?`, range.to);
        }
      }
      restrict(newestFirst ? 'id < ?' : 'id > ?', after);
      const order = newestFirst ? 'DESC' : 'ASC';
      const sql = `SELECT ${columns} FROM "${table.name}" WHERE ${conditions.join(' AND ')} ORDER BY id ${order} LIMIT ?`;
      const rows = prepare(sql).all(...parameters, limit) as unknown as Columns[];
      return rows.map((row) => decode<T>(...row));
    },
    listByKey<T>({ name }: Table, { key, from, to, after, limit }: KeyRange): Stored<T>[] {
      begin();
      const column = columnOf(key);
      const conditions = [
        `${column} >= ?`,
        ...(to === undefined ? [] : [`${column} < ?`]),
        ...(after === undefined ? [] : [`(${column}, id) > (?, ?)`]),
        live,
      ];
      const sql = `SELECT ${columns} FROM "${name}" WHERE ${conditions.join(' AND ')} ORDER BY ${column}, id LIMIT ?`;
      const bounds = [from, ...(to === undefined ? [] : [to]), ...(after ? [after.value, after.id] : [])];
      const rows = prepare(sql).all(...bounds, now(), limit) as unknown as Columns[];
      return rows.map((row) => decode<T>(...row));
    },
  };
}

/**
 * Makes the `begin` of a connection that only reads: what is read in one go of the event loop shares a transaction,
 * for taking and giving back the file's lock costs more than the read itself. It ends before the loop takes its next
 * event, so nobody who heard of a write, from here or from another process, is ever shown the time before it.
 */
export function createReadTurns(db: DatabaseSync): () => void {
  const begin = db.prepare('BEGIN');
  const commit = db.prepare('COMMIT');
  let isOpen = false;
  const end = () => {
    isOpen = false;
    if (!db.isOpen || !db.isTransaction) return;
    try {
      commit.run();
    } catch {
      // SQLite ends a transaction by itself after an I/O error; the read that met it has been answered already.
      if (db.isTransaction) db.exec('ROLLBACK');
    }
  };
  return () => {
    if (isOpen) return;
    begin.run();
    isOpen = true;
    // After the promises that are waiting now and those that follow from them.
    queueMicrotask(() => process.nextTick(end));
  };
}

/** Runs a read at once; where a lock is in the way (another process recovers the file) it is tried again later. */
export function read<Result>(run: () => Result): Result | Promise<Result> {
  try {
    return run();
  } catch (error) {
    if (isBusy(error)) return retry(run);
    throw unavailable(error);
  }
}

async function retry<Result>(run: () => Result): Promise<Result> {
  for (let waits = 0; ; waits += 1) {
    await sleep(5);
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || waits === 1000) throw unavailable(error);
    }
  }
}

const unavailable = (error: unknown): StoreUnavailable =>
  new StoreUnavailable(`sqlite: ${error instanceof Error ? error.message : String(error)}`, { cause: error });

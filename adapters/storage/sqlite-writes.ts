// The write statements of one table, each deciding its own outcome: an expired row that blocks is cleared and the
// write tried again, a live one is a conflict.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Table } from './checks.ts';
import { columnOf, extract } from './sqlite-schema.ts';

export type Content = { id: string; version: number; expiresAt: number | null; doc: string };
export type Row = { id: string; version: number; expires_at: number | null; doc: string };

/** Why a write was not done. */
export type Refusal =
  | { refused: 'conflict'; key: string | undefined }
  | { refused: 'stale' }
  | { refused: 'failed'; message: string };

export type TableWrites = ReturnType<typeof createTableWrites>;

/** Prepares the statements of a table; throws when the table is not there. */
export function createTableWrites(db: DatabaseSync, { name, unique }: Table) {
  // Parameters by number, for to find them by name would cost a quarter of a write: ?1 id, ?2 version, ?3 expiry, ?4 document,
  // ?5 now; statements about something else say what theirs are.
  const live = '(expires_at IS NULL OR expires_at > ?5)';
  const sameKey = unique.map((key) => `${columnOf(key)} = ${extract('?4', key)}`);

  const insert = db.prepare(`INSERT INTO "${name}" (id, version, expires_at, doc)
    VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`);
  const put = db.prepare(`INSERT INTO "${name}" (id, version, expires_at, doc)
    VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (id) DO UPDATE SET version = version + 1, expires_at = excluded.expires_at, doc = excluded.doc`);
  const replace = db.prepare(`UPDATE "${name}" SET version = version + 1, expires_at = ?3, doc = ?4
    WHERE id = ?1 AND version = ?2 AND ${live}`);
  const clearExpired = db.prepare(
    `DELETE FROM "${name}" WHERE expires_at <= ?5 AND (${['id = ?1', ...sameKey].join(' OR ')})`,
  );
  // ?6: whether the same id is in the way, too.
  const findBlocker = db.prepare(
    [
      `SELECT 'id' AS key FROM "${name}" WHERE id = ?1 AND ?6`,
      ...sameKey.map((same, i) => `SELECT '${unique[i]}' FROM "${name}" WHERE id <> ?1 AND ${same}`),
    ].join(' UNION ALL '),
  );
  const take = db.prepare(
    `DELETE FROM "${name}" WHERE id = ?1 AND (expires_at IS NULL OR expires_at > ?2)
    RETURNING id, version, expires_at, doc`,
  );
  const remove = db.prepare(`DELETE FROM "${name}" WHERE id = ?1`);
  const sweep = db.prepare(`DELETE FROM "${name}" WHERE rowid IN
    (SELECT rowid FROM "${name}" WHERE expires_at <= ?1 LIMIT ?2)`);
  const removeManyBy = new Map<string, StatementSync>();

  const conflict = (row: Numbered, sameIdBlocks: 0 | 1): Refusal => {
    const blocker = findBlocker.get(...row, sameIdBlocks);
    return { refused: 'conflict', key: blocker && String(blocker['key']) };
  };

  /** Runs a statement that throws where a constraint refuses it, over what has expired if need be. */
  const overwrite = (run: () => number | bigint, row: Numbered): number | Refusal => {
    try {
      return Number(run());
    } catch (error) {
      if (!isConstraint(error)) throw error;
    }
    clearExpired.run(...row);
    try {
      return Number(run());
    } catch (error) {
      if (!isConstraint(error)) throw error;
      return conflict(row, 0);
    }
  };

  return {
    insert({ id, version, expiresAt, doc }: Content, now: number): number | Refusal {
      const run = () => insert.run(id, version, expiresAt, doc).changes === 1;
      if (run()) return 1;
      const row: Numbered = [id, version, expiresAt, doc, now];
      clearExpired.run(...row);
      return run() ? 1 : conflict(row, 1);
    },
    put({ id, version, expiresAt, doc }: Content, now: number): number | Refusal {
      return overwrite(
        () => put.run(id, version, expiresAt, doc).changes,
        [id, version, expiresAt, doc, now],
      );
    },
    replace({ id, version, expiresAt, doc }: Content, now: number): number | Refusal {
      const row: Numbered = [id, version, expiresAt, doc, now];
      return overwrite(() => replace.run(...row).changes, row) || { refused: 'stale' };
    },
    take: (id: string, now: number): Row | 0 => (take.get(id, now) as Row | undefined) ?? 0,
    remove: (id: string): number => Number(remove.run(id).changes),
    removeMany(key: string, value: string, now: number): number {
      let statement = removeManyBy.get(key);
      if (statement === undefined) {
        statement = db.prepare(
          `DELETE FROM "${name}" WHERE ${columnOf(key)} = ?1 AND (expires_at IS NULL OR expires_at > ?2)`,
        );
        removeManyBy.set(key, statement);
      }
      return Number(statement.run(value, now).changes);
    },
    sweep: (limit: number, now: number): number => Number(sweep.run(now, limit).changes),
  };
}

/** A whole write in the order of its parameters. */
type Numbered = [id: string, version: number, expiresAt: number | null, doc: string, now: number];

const SQLITE_CONSTRAINT = 19;

/** Whether a constraint refused the statement; the low byte of SQLite's code is the class. */
const isConstraint = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_CONSTRAINT;

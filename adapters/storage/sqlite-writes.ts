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
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    // Statements take what they need from a whole write.
    statement.setAllowUnknownNamedParameters(true);
    return statement;
  };
  const live = '(expires_at IS NULL OR expires_at > :now)';
  const sameKey = unique.map((key) => `${columnOf(key)} = ${extract(':doc', key)}`);

  const insert = prepare(`INSERT INTO "${name}" (id, version, expires_at, doc)
    VALUES (:id, :version, :expiresAt, :doc) ON CONFLICT DO NOTHING`);
  const put = prepare(`INSERT INTO "${name}" (id, version, expires_at, doc)
    VALUES (:id, :version, :expiresAt, :doc)
    ON CONFLICT (id) DO UPDATE SET version = version + 1, expires_at = excluded.expires_at, doc = excluded.doc`);
  const replace = prepare(`UPDATE "${name}" SET version = version + 1, expires_at = :expiresAt, doc = :doc
    WHERE id = :id AND version = :version AND ${live}`);
  const take = prepare(
    `DELETE FROM "${name}" WHERE id = :id AND ${live} RETURNING id, version, expires_at, doc`,
  );
  const remove = prepare(`DELETE FROM "${name}" WHERE id = :id`);
  const sweep = prepare(`DELETE FROM "${name}" WHERE rowid IN
    (SELECT rowid FROM "${name}" WHERE expires_at <= :now LIMIT :limit)`);
  const clearExpired = prepare(
    `DELETE FROM "${name}" WHERE expires_at <= :now AND (${['id = :id', ...sameKey].join(' OR ')})`,
  );
  const findBlocker = prepare(
    [
      `SELECT 'id' AS key FROM "${name}" WHERE id = :id AND :sameIdBlocks`,
      ...sameKey.map((same, i) => `SELECT '${unique[i]}' FROM "${name}" WHERE id <> :id AND ${same}`),
    ].join(' UNION ALL '),
  );
  const removeManyBy = new Map<string, StatementSync>();

  const conflict = ({ id, doc }: Content, sameIdBlocks: 0 | 1): Refusal => {
    const blocker = findBlocker.get({ id, doc, sameIdBlocks });
    return { refused: 'conflict', key: blocker && String(blocker['key']) };
  };

  const overwrite = (statement: StatementSync, content: Content, now: number): number | Refusal => {
    const row = { ...content, now };
    try {
      return Number(statement.run(row).changes);
    } catch (error) {
      if (!isConstraint(error)) throw error;
    }
    clearExpired.run(row);
    try {
      return Number(statement.run(row).changes);
    } catch (error) {
      if (!isConstraint(error)) throw error;
      return conflict(content, 0);
    }
  };

  return {
    insert(content: Content, now: number): number | Refusal {
      if (insert.run(content).changes === 1) return 1;
      clearExpired.run({ ...content, now });
      return insert.run(content).changes === 1 ? 1 : conflict(content, 1);
    },
    put: (content: Content, now: number): number | Refusal => overwrite(put, content, now),
    replace(content: Content, now: number): number | Refusal {
      return overwrite(replace, content, now) || { refused: 'stale' };
    },
    take: (id: string, now: number): Row | 0 => (take.get({ id, now }) as Row | undefined) ?? 0,
    remove: (id: string): number => Number(remove.run({ id }).changes),
    removeMany(key: string, value: string, now: number): number {
      let statement = removeManyBy.get(key);
      if (statement === undefined) {
        statement = prepare(`DELETE FROM "${name}" WHERE ${columnOf(key)} = :value AND ${live}`);
        removeManyBy.set(key, statement);
      }
      return Number(statement.run({ value, now }).changes);
    },
    sweep: (limit: number, now: number): number => Number(sweep.run({ now, limit }).changes),
  };
}

const SQLITE_CONSTRAINT = 19;

/** Whether a constraint refused the statement; the low byte of SQLite's code is the class. */
const isConstraint = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_CONSTRAINT;

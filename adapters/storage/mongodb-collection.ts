// The verbs of the port in MongoDB's: each is one command, atomic by itself, and repeated where that is safe.

import type { Model, QueryFilter } from 'mongoose';
import { Conflict, Stale, type Collection, type Stored } from '../../src/ports/store.ts';
import {
  firstVersion,
  requireKey,
  requireKeyPage,
  requirePage,
  requireText,
  requireVersion,
  requireWhere,
  type Table,
} from './checks.ts';
import {
  isDuplicate,
  isDuplicateId,
  isWriteConflict,
  mostAttempts,
  pause,
  type Lanes,
} from './mongodb-retry.ts';
import {
  decodeRow,
  encodeRow,
  indexNameOf,
  putPipeline,
  sameKeysOf,
  sharedKey,
  storedOf,
  type Row,
} from './mongodb-rows.ts';

export type Rows = Model<Row>;
type Filter = QueryFilter<Row>;

/** Runs work that `close` waits for, and tells its failures in the words of the port. */
export type Guard = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** The operators that filters may hold; made by the file that knows mongoose. */
export type Operators = {
  readonly live: (now: number) => Filter;
  readonly expired: (now: number) => Filter;
  readonly otherThan: (text: string) => object;
  readonly before: (text: string) => object;
  readonly after: (text: string) => object;
  readonly between: (from: string, to: string | undefined) => object;
  readonly beyond: (text: string, to: string | undefined) => object;
};

export type Parts = {
  readonly rows: Rows;
  readonly operators: Operators;
  readonly now: () => number;
  readonly guard: Guard;
  readonly lanes: Lanes;
};

/** The verbs of the port over one collection of MongoDB. */
export function createCollection<T extends object, K extends keyof T & string>(
  table: Table,
  { rows, operators, now, guard, lanes }: Parts,
): Collection<T, K> {
  const ifLive = (row: Row | null): Stored<T> | undefined =>
    row === null || (row.expiresAt !== null && row.expiresAt.getTime() <= now())
      ? undefined
      : decodeRow<T>(row);

  /** Writes, and again once the expired are out of the way. `ownId`: the row's own id is no obstacle. */
  const clearing = async <Result>(
    row: Row,
    ownId: boolean,
    write: () => Promise<Result>,
  ): Promise<Result> => {
    const sameKeys = sameKeysOf(table, row);
    const others: Filter = ownId
      ? { _id: operators.otherThan(row._id), $or: sameKeys }
      : { $or: [{ _id: row._id }, ...sameKeys] };
    const refuseIfBlocked = async () => {
      const blocker = await rows.findOne({ ...others, ...operators.live(now()) }).lean<Row>();
      if (blocker !== null) throw new Conflict(table.name, sharedKey(table, row, blocker));
    };
    const attempts = async (): Promise<Result> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await write();
        } catch (error) {
          if (!(isDuplicate(error) || isWriteConflict(error)) || attempt === mostAttempts) throw error;
          // Two upserts made the id at once: now there is something to update.
          if (ownId && (isDuplicateId(error) || sameKeys.length === 0)) {
            await pause(attempt);
            continue;
          }
        }
        const { deletedCount } = await rows.deleteMany({ ...others, ...operators.expired(now()) });
        if (deletedCount > 0) continue;
        await refuseIfBlocked();
        // Someone else has cleared the way and is about to write.
        await pause(attempt);
        await refuseIfBlocked();
      }
    };
    return sameKeys.length === 0
      ? attempts()
      : lanes(`${table.name} ${JSON.stringify(sameKeys[0])}`, attempts);
  };

  /** DocumentDB passes over a row that is being replaced: a token must not outlive its removal that way. */
  const isMissed = async (filter: Filter, attempt: number): Promise<boolean> => {
    if (!(await rows.exists(filter))) return false;
    if (attempt === mostAttempts) throw new Error('the document could not be removed');
    return true;
  };

  return {
    async get(id) {
      const filter = { _id: requireText(id, 'id') };
      return guard(async () => ifLive(await rows.findOne(filter).lean<Row>()));
    },
    async findOne(key, value) {
      const filter = { ...equals(table, key, value), ...operators.live(now()) };
      const query = rows.findOne(filter).sort({ _id: 1 }).hint(indexNameOf(table, key));
      return guard(async () => ifLive(await query.lean<Row>()));
    },
    async list(where, page) {
      const range = requireWhere(table, where);
      const { after, limit, newestFirst } = requirePage(page);
      const conditions: Record<string, unknown>[] = [operators.live(now())];
      if (range !== undefined && 'value' in range) conditions.push(equals(table, range.key, range.value));
      if (range !== undefined && 'from' in range) {
        conditions.push({ [`keys.${range.key}`]: operators.between(range.from, range.to) });
      }
      if (after !== undefined) {
        conditions.push({ _id: newestFirst ? operators.before(after) : operators.after(after) });
      }
      const query = rows.find(Object.assign({}, ...conditions) as Filter).limit(limit);
      query.hint(range === undefined ? '_id_' : indexNameOf(table, range.key));
      const found = await guard(() => query.sort({ _id: newestFirst ? -1 : 1 }).lean<Row[]>());
      return found.map((row) => decodeRow<T>(row));
    },
    async listByKey(key, page) {
      const { key: column, from, to, after, limit } = requireKeyPage(table, key, page);
      const path = `keys.${column}`;
      const read = async (values: object | string, most: number, beyond?: string): Promise<Row[]> => {
        const filter = { [path]: values, ...(beyond !== undefined && { _id: operators.after(beyond) }) };
        const query = rows.find({ ...filter, ...operators.live(now()) } as Filter).limit(most);
        query.hint(indexNameOf(table, column));
        return query.sort({ [path]: 1, _id: 1 }).lean<Row[]>();
      };
      const found = await guard(async () => {
        if (after === undefined) return read(operators.between(from, to), limit);
        // Two ranges of the index: the rest of the value that the place is in, and what comes after it.
        const same = await read(after.value, limit, after.id);
        if (same.length === limit) return same;
        return [...same, ...(await read(operators.beyond(after.value, to), limit - same.length))];
      });
      return found.map((row) => decodeRow<T>(row));
    },
    async insert(id, doc, expiresAt) {
      const row = encodeRow(table, doc, { id, version: firstVersion(), expiresAt });
      // The driver's own insert: the row is checked, and mongoose would first make a model of it.
      await guard(() => clearing(row, false, () => rows.collection.insertOne(row as object)));
      return storedOf(row, doc);
    },
    async replace(seen, doc, expiresAt) {
      const version = requireVersion(seen.version);
      const row = encodeRow(table, doc, { id: seen.id, version: version + 1, expiresAt });
      await guard(async () => {
        const write = () => rows.replaceOne({ _id: row._id, version, ...operators.live(now()) }, row);
        const { matchedCount } = await clearing(row, true, write);
        if (matchedCount === 0) throw new Stale(table.name, row._id);
      });
      return storedOf(row, doc);
    },
    async put(id, doc, expiresAt) {
      const row = encodeRow(table, doc, { id, version: firstVersion(), expiresAt });
      const options = { upsert: true, updatePipeline: true };
      await guard(() =>
        clearing(row, true, () => rows.updateOne({ _id: row._id }, putPipeline(row), options)),
      );
    },
    async take(id) {
      const filter = { _id: requireText(id, 'id') };
      return guard(async () => {
        for (let attempt = 1; ; attempt += 1) {
          const row = await rows.findOneAndDelete(filter).lean<Row>();
          if (row !== null || !(await isMissed(filter, attempt))) return ifLive(row);
        }
      });
    },
    async remove(id) {
      const filter = { _id: requireText(id, 'id') };
      await guard(async () => {
        for (let attempt = 1; ; attempt += 1) {
          const { deletedCount } = await rows.deleteOne(filter);
          if (deletedCount > 0 || !(await isMissed(filter, attempt))) return;
        }
      });
    },
    async removeMany(key, value) {
      const filter = { ...equals(table, key, value), ...operators.live(now()) };
      return guard(async () => {
        let total = 0;
        for (let attempt = 1; ; attempt += 1) {
          total += (await rows.deleteMany(filter)).deletedCount;
          if (!(await isMissed(filter, attempt))) return total;
        }
      });
    },
  };
}

const equals = (table: Table, key: string, value: string): Filter => ({
  [`keys.${requireKey(table, key)}`]: requireText(value, key),
});

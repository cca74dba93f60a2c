// The store for production and more than one node: MongoDB through mongoose, which no other file loads.
// Filters are built from checked strings only; `sanitizeFilter` and `strictQuery` are the second net.

import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { Conflict, Stale, StoreUnavailable, type Shape, type Store } from '../../src/ports/store.ts';
import { requireShape, type Table } from './checks.ts';
import { createCollection, type Guard, type Operators, type Rows } from './mongodb-collection.ts';
import { createLanes, persist } from './mongodb-retry.ts';
import { indexesOf, type Row } from './mongodb-rows.ts';

export type MongodbOptions = {
  readonly uri: string;
  /** The clock that decides what has expired, in milliseconds. The server's own decides nothing. */
  readonly now: () => number;
  /** How long the server may be silent over an ordinary command, in milliseconds. */
  readonly silence?: number;
};

/** Opens the store; rejects with `StoreUnavailable` when no server answers within five seconds. */
export async function openMongodb({ uri, now, silence = 30_000 }: MongodbOptions): Promise<Store> {
  const { connection, guard, patiently, close } = await connect(uri, silence);
  const lanes = createLanes();
  const prepared = new Map<string, Rows>();

  return {
    kind: 'mongodb',
    collection: <T extends object, K extends keyof T & string>(shape: Shape<T, K>) => {
      const table = requireShape(shape);
      return createCollection<T, K>(table, {
        rows: modelOf(connection, table),
        operators,
        now,
        guard,
        lanes,
      });
    },
    async prepare(shapes) {
      const tables = shapes.map(requireShape);
      const missing: Indexes[] = [];
      for (const table of tables) missing.push(await guard(() => missingIndexes(connection, table)));
      if (missing.some(({ indexes }) => indexes.length > 0))
        await patiently((patient) => guard(() => makeIndexes(patient, missing)));
      for (const table of tables) prepared.set(table.name, modelOf(connection, table));
    },
    async sweep() {
      let total = 0;
      for (const rows of prepared.values()) {
        total += (await guard(() => rows.deleteMany(operators.expired(now())))).deletedCount;
      }
      return total;
    },
    async ping() {
      await guard(async () => connection.db?.command({ ping: 1 }));
    },
    close,
  };
}

/** The only operators there are. Everything else in a filter is taken literally. */
const operators: Operators = {
  // A null end is not "at most now", so it is live.
  live: (now: number) => ({ expiresAt: mongoose.trusted({ $not: { $lte: new Date(now) } }) }),
  expired: (now: number) => ({ expiresAt: mongoose.trusted({ $lte: new Date(now) }) }),
  otherThan: (text: string) => mongoose.trusted({ $ne: text }),
  before: (text: string) => mongoose.trusted({ $lt: text }),
  after: (text: string) => mongoose.trusted({ $gt: text }),
  between: (from: string, to: string | undefined) =>
    mongoose.trusted(to === undefined ? { $gte: from } : { $gte: from, $lt: to }),
  beyond: (text: string, to: string | undefined) =>
    mongoose.trusted(to === undefined ? { $gt: text } : { $gt: text, $lt: to }),
};

async function connect(uri: string, silence: number) {
  const options: ConnectOptions = {
    // What "acknowledged" means is not left to the connection string. `j` and `readConcernLevel`: the driver lets a
    // `journal` or a level in the string win over `journal` and `readConcern` here.
    writeConcern: { w: 'majority', j: true, wtimeoutMS: 10_000 },
    retryWrites: true,
    // A secondary would show what was before: a proof not yet there, a session that has ended.
    readPreference: 'primary',
    readConcernLevel: 'majority',
    serverSelectionTimeoutMS: 5000,
    socketTimeoutMS: silence,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  };
  const connection = mongoose.createConnection(uri, options);
  connection.set('sanitizeFilter', true);
  const inFlight = new Set<Promise<unknown>>();
  let closed = false;

  const guard: Guard = async (work) => {
    if (closed) throw new StoreUnavailable('mongodb: closed');
    const running = persist(work);
    inFlight.add(running);
    try {
      return await running;
    } catch (error) {
      throw error instanceof Conflict || error instanceof Stale ? error : unavailable(error);
    } finally {
      inFlight.delete(running);
    }
  };

  try {
    await connection.asPromise();
  } catch (error) {
    await connection.close(true);
    throw unavailable(error);
  }
  return {
    connection,
    guard,
    /** Lends a connection that waits for as long as the server works; a server that is gone is noticed by its socket. */
    patiently: async (work: (patient: Connection) => Promise<void>): Promise<void> => {
      const patient = mongoose.createConnection(uri, { ...options, socketTimeoutMS: 0 });
      try {
        await guard(() => patient.asPromise());
        await work(patient);
      } finally {
        await patient.close();
      }
    },
    close: async () => {
      closed = true;
      await Promise.allSettled(inFlight);
      await connection.close();
    },
  };
}

function modelOf(connection: Connection, { name, keys }: Table): Rows {
  const schema = new mongoose.Schema(
    {
      _id: { type: String },
      version: { type: Number },
      doc: { type: String },
      expiresAt: { type: Date },
      keys: Object.fromEntries(keys.map((key) => [key, { type: String }])),
    },
    { strict: 'throw', strictQuery: 'throw', versionKey: false, minimize: false },
  );
  // A shape may have grown a key since it was last asked for.
  return connection.model<Row>(name, schema as unknown as mongoose.Schema<Row>, name, {
    overwriteModels: true,
  });
}

type Indexes = { readonly table: Table; readonly indexes: ReturnType<typeof indexesOf> };

/** Asked first, so that a start with nothing to do writes nothing. */
async function missingIndexes(connection: Connection, table: Table): Promise<Indexes> {
  const existing = await connection
    .collection(table.name)
    .indexes()
    .catch(() => []);
  const names = new Set(existing.map(({ name }) => name));
  return { table, indexes: indexesOf(table).filter(({ name }) => !names.has(name)) };
}

/**
 * All that a collection lacks by one command, for which the server reads its documents once: over millions of them that
 * takes minutes. Making the same index twice is no error.
 */
async function makeIndexes(connection: Connection, missing: readonly Indexes[]): Promise<void> {
  for (const { table, indexes } of missing) {
    if (indexes.length > 0) await connection.collection(table.name).createIndexes(indexes);
  }
}

const unavailable = (error: unknown): StoreUnavailable =>
  new StoreUnavailable(`mongodb: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });

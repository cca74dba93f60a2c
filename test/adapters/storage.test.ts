// Every backend against the contract, and what is particular to each.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { openMongodb } from '../../adapters/storage/mongodb.ts';
import { openSqlite } from '../../adapters/storage/sqlite.ts';
import { StoreUnavailable, type Store } from '../../src/ports/store.ts';
import { things, type OpenForContract } from '../contracts/store-bench.ts';
import { storeContract } from '../contracts/store.ts';
import { dropDatabase, ownDatabase } from '../support/mongo-database.ts';
import { openLateServer } from '../support/late-server.ts';
import { openRemoteStore } from '../support/remote-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'vratny-storage-'));
let files = 0;
const newFile = () => join(folder, `${(files += 1)}`, 'store.db');
const rivals: Store[] = [];
const mongodbUri = process.env['TEST_MONGODB_URI'];
const databases: string[] = [];
const newDatabase = () => {
  const uri = ownDatabase(mongodbUri ?? '');
  databases.push(uri);
  return uri;
};

afterAll(async () => {
  await Promise.all(rivals.map((rival) => rival.close()));
  await Promise.all(databases.map(dropDatabase));
  await rm(folder, { recursive: true });
});

const besideAnotherProcess =
  (newSpec: () => string): OpenForContract =>
  async (now) => {
    const spec = newSpec();
    const store = await openStore(spec, { now });
    const rival = await openRemoteStore(spec, now);
    rivals.push(rival);
    return { store, rival };
  };

storeContract('SQLite in memory', (now) => openSqlite({ path: ':memory:', now }));
storeContract(
  'SQLite in a file with a second process on it',
  besideAnotherProcess(() => `sqlite:${newFile()}`),
);
describe.skipIf(!mongodbUri)('with TEST_MONGODB_URI', () => {
  storeContract('MongoDB with a second process on it', besideAnotherProcess(newDatabase));
});

test('where CI=true there is a MongoDB to test with', () => {
  expect(process.env['CI'] !== 'true' || Boolean(mongodbUri), 'set TEST_MONGODB_URI').toBe(true);
});

function preparationTests(newSpec: () => string): void {
  test('four openers may prepare an empty database at once', async () => {
    const spec = newSpec();
    const now = Date.now;
    const stores = await Promise.all([1, 2, 3].map(() => openStore(spec, { now })));
    stores.push(await openRemoteStore(spec, now));
    const shapes = [things, { name: 'others', unique: ['a', 'b'], index: ['c'] }];
    await Promise.all(stores.map((store) => store.prepare(shapes)));
    await stores[0]?.collection(things).insert('a', { login: 'anna' });
    for (const store of stores) {
      const conflict = store.collection(things).insert('b', { login: 'anna' });
      await expect(conflict).rejects.toMatchObject({ name: 'Conflict', key: 'login' });
    }
    await Promise.all(stores.map((store) => store.close()));
  });
}

describe('SQLite in a file', () => {
  preparationTests(() => `sqlite:${newFile()}`);
});
describe.skipIf(!mongodbUri)('MongoDB', () => {
  preparationTests(newDatabase);

  test('a server that does not answer is StoreUnavailable', async () => {
    const opening = openMongodb({ uri: 'mongodb://127.0.0.1:9/x', now: Date.now });
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('indexes are waited for as long as the server makes them, an ordinary command is not', async () => {
    const [silence, late] = [300, 900];
    const slow = await openLateServer(newDatabase(), ['createIndexes', 'findAndModify'], late);
    const store = await openMongodb({ uri: slow.uri, now: Date.now, silence });
    await store.prepare([things]);
    const collection = store.collection(things);
    await collection.insert('a', { login: 'anna' });
    await expect(collection.insert('b', { login: 'anna' })).rejects.toMatchObject({ key: 'login' });
    await expect(collection.take('a')).rejects.toBeInstanceOf(StoreUnavailable);
    await store.close();
    slow.close();
  });

  test('M8: what is written is on most servers and on disk, and read from there, whatever the address says', async () => {
    const uri = new URL(newDatabase());
    for (const [name, value] of [
      ['w', '1'],
      ['journal', 'false'],
      ['retryWrites', 'false'],
      ['readConcernLevel', 'local'],
      ['readPreference', 'secondaryPreferred'],
      ['monitorCommands', 'true'],
    ] as const)
      uri.searchParams.set(name, value);
    const known = new Set(mongoose.connections);
    const store = await openMongodb({ uri: uri.href, now: Date.now });
    await store.prepare([things]);
    const [connection] = mongoose.connections.filter((one) => !known.has(one));
    const client = connection!.getClient();
    const sent = new Map<string, Record<string, unknown>>();
    client.on('commandStarted', ({ commandName, command }) => sent.set(commandName, command));

    const collection = store.collection(things);
    await collection.insert('a', { login: 'anna' });
    const stored = (await collection.get('a'))!;
    await collection.replace(stored, { login: 'bara' });
    await collection.remove('a');
    const writes = ['insert', 'findAndModify', 'update', 'delete'].filter((name) => sent.has(name));
    expect(writes.length).toBeGreaterThan(1);
    for (const name of writes)
      expect([name, sent.get(name)]).toMatchObject([name, { writeConcern: { w: 'majority', j: true } }]);
    expect(sent.get('find')).toMatchObject({ readConcern: { level: 'majority' } });
    expect(client.options).toMatchObject({ retryWrites: true, readPreference: { mode: 'primary' } });

    // The second net under filters: an operator that came from outside, and a field that there is not.
    const rows = connection!.models[things.name]!;
    await expect(rows.findOne({ _id: { $ne: '' } })).rejects.toThrow('Cast to string failed');
    await expect(rows.findOne({ login: 'anna' })).rejects.toThrow('strictQuery');
    await store.close();
  });
});

// Every backend against the contract, and what is particular to each.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { openMongodb } from '../../adapters/storage/mongodb.ts';
import { openSqlite } from '../../adapters/storage/sqlite.ts';
import { StoreUnavailable, type Store } from '../../src/ports/store.ts';
import { things, type OpenForContract } from '../contracts/store-bench.ts';
import { storeContract } from '../contracts/store.ts';
import { dropDatabase, ownDatabase } from '../support/mongo-database.ts';
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
});

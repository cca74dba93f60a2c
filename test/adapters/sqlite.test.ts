// What SQLite promises beyond the contract: durability, group commit, growth of the schema, and a writer that may die.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { openSqlite } from '../../adapters/storage/sqlite.ts';
import { StoreUnavailable, type Shape } from '../../src/ports/store.ts';

type Thing = { login?: string; kind?: string };
const bare: Shape<Thing, never> = { name: 'things' };
const shape: Shape<Thing, 'login' | 'kind'> = { name: 'things', unique: ['login'], index: ['kind'] };
const now = Date.now;

const folder = await mkdtemp(join(tmpdir(), 'vratny-sqlite-'));
let files = 0;
const newFile = () => join(folder, `${(files += 1)}`, 'store.db');
afterAll(() => rm(folder, { recursive: true }));

const script = (name: string, path: string) =>
  spawn(process.execPath, [fileURLToPath(new URL(`../support/${name}`, import.meta.url)), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

test('the writing connection keeps a log and waits for the disk at every commit', async () => {
  const store = await openSqlite({ path: newFile(), now });
  const FULL = 2;
  expect(await store.settings()).toEqual({ journalMode: 'wal', synchronous: FULL });
  await store.close();
});

test('nothing that was acknowledged is lost when the process is killed', { timeout: 60_000 }, async () => {
  const path = newFile();
  const child = script('store-inserter.ts', path);
  const acknowledged: string[] = [];
  for await (const id of createInterface(child.stdout)) {
    acknowledged.push(id);
    if (acknowledged.length === 2000) child.kill('SIGKILL');
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(2000);

  const store = await openSqlite({ path, now });
  const things = store.collection(shape);
  // The last line may have been cut off in the middle.
  for (const id of acknowledged.slice(0, -1)) {
    expect(await things.findOne('login', `login ${id}`)).toMatchObject({ id });
  }
  await store.close();
  const db = new DatabaseSync(path, { readOnly: true });
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  db.close();
});

test('an open store does not keep the process alive, a pending write does', async () => {
  const path = newFile();
  const child = script('idle-store.ts', path);
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) lines.push(line);
  if (child.exitCode === null) await once(child, 'exit');
  expect({ code: child.exitCode, lines }).toEqual({ code: 0, lines: ['acknowledged'] });
  const store = await openSqlite({ path, now });
  expect(await store.collection(bare).get('pending')).toBeDefined();
  await store.close();
});

test('a writing thread that dies rejects what is pending, and the next write gets a new one', async () => {
  const path = newFile();
  const sound = await openSqlite({ path, now });
  await sound.prepare([shape]);
  const worker = new URL('../support/dying-worker.ts', import.meta.url);
  const store = await openSqlite({ path, now, worker });
  const things = store.collection(shape);
  for (const round of ['first', 'second']) {
    const writes = await Promise.allSettled([things.insert(round, {}), things.take('b'), store.ping()]);
    for (const write of writes) expect(write).toMatchObject({ reason: expect.any(StoreUnavailable) });
  }
  await sound.collection(shape).insert('a', {});
  expect(await things.get('a')).toBeDefined();
  await store.close();
  await sound.close();
});

test('a failure takes the whole batch back and leaves the store usable', async () => {
  const path = newFile();
  const store = await openSqlite({ path, now });
  await store.prepare([shape]);
  const db = new DatabaseSync(path);
  db.exec(`CREATE TRIGGER full BEFORE INSERT ON things WHEN new.id = 'full'
    BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END`);
  const things = store.collection(shape);
  // RAISE(ROLLBACK) ends the transaction as SQLITE_FULL does.
  const writes = await Promise.allSettled(['a', 'full', 'b'].map((id) => things.insert(id, {})));
  for (const write of writes) expect(write).toMatchObject({ reason: expect.any(StoreUnavailable) });
  expect(await things.list(undefined, { limit: 10 })).toEqual([]);
  expect(await things.insert('a', {})).toMatchObject({ id: 'a' });
  db.close();
  await store.close();
});

test('a collection that was never prepared is unavailable and spoils nobody else', async () => {
  const store = await openSqlite({ path: newFile(), now });
  await store.prepare([shape]);
  const unprepared = store.collection<Thing, never>({ name: 'unprepared' });
  const good = store.collection(shape).insert('a', {});
  await expect(unprepared.insert('a', {})).rejects.toBeInstanceOf(StoreUnavailable);
  await expect(unprepared.get('a')).rejects.toBeInstanceOf(StoreUnavailable);
  expect(await good).toMatchObject({ id: 'a' });
  await store.close();
});

test('while another process holds the lock reads go on and the write waits for it', async () => {
  const path = newFile();
  const store = await openSqlite({ path, now });
  await store.prepare([shape]);
  const things = store.collection(shape);
  await things.insert('a', {});
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const writing = things.insert('b', {});
  for (let i = 0; i < 100; i += 1) expect(await things.get('a')).toBeDefined();
  expect(await things.get('b')).toBeUndefined();
  other.exec('COMMIT');
  await writing;
  expect(await things.get('b')).toBeDefined();
  other.close();
  await store.close();
});

test('a key declared later finds and guards the documents that were there before', async () => {
  const path = newFile();
  const store = await openSqlite({ path, now });
  await store.prepare([bare]);
  await store.collection(bare).insert('a', { login: 'anna', kind: 'ž "x" \u0001' });
  const later = await openSqlite({ path, now });
  await later.prepare([shape]);
  const things = later.collection(shape);
  expect((await things.findOne('kind', 'ž "x" \u0001'))?.id).toBe('a');
  await expect(things.insert('b', { login: 'anna' })).rejects.toMatchObject({ key: 'login' });
  // A node that still runs the older shape writes rows that the newer one finds.
  await store.collection(bare).put('c', { login: 'cyril' });
  expect((await things.findOne('login', 'cyril'))?.id).toBe('c');
  await later.close();
  await store.close();
});

test('a file that cannot be opened is StoreUnavailable', async () => {
  for (const path of ['/dev/null/store.db', '/proc/nowhere/store.db', '/proc/nowhere/deeper/store.db']) {
    await expect(openSqlite({ path, now })).rejects.toBeInstanceOf(StoreUnavailable);
  }
  const path = newFile();
  await expect(openSqlite({ path: dirname(dirname(path)), now })).rejects.toBeInstanceOf(StoreUnavailable);
});

test('only the owner may read the file and its log', async () => {
  const path = newFile();
  const store = await openStore(`sqlite:${path}`, { now });
  await store.prepare([shape]);
  for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o077).toBe(0);
  await store.close();
});

test('a spec that names no backend is refused without repeating its secrets', async () => {
  for (const spec of [
    '',
    'sqlite',
    'sqlite:',
    'postgres://me:secret@host/db',
    'mongodb:secret',
    '__proto__://x',
  ]) {
    await expect(openStore(spec, { now })).rejects.toThrow(TypeError);
    await expect(openStore(spec, { now })).rejects.not.toThrow('secret');
  }
});

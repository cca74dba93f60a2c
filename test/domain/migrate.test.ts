// Bringing stored data up to date: once, by one node, and again after a crash.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { allShapes, collections } from '../../src/domain/collections.ts';
import { withLease } from '../../src/domain/lease.ts';
import { migrate, migrationStatus, type Migration } from '../../src/domain/migrate.ts';
import type { Store } from '../../src/ports/store.ts';
import { manualClock } from '../support/rules.ts';

const shape = { name: 'things' };
const folder = mkdtempSync(join(tmpdir(), 'vratny-migrate-'));
let clock = manualClock({ sleepMoves: true });
let spec: string;
let opened: Store[];
let databases = 0;

const open = async (): Promise<Store> => {
  const store = await openStore(spec, { now: () => clock.now().getTime() });
  opened.push(store);
  return store;
};

beforeEach(() => {
  clock = manualClock({ sleepMoves: true });
  spec = `sqlite:${join(folder, `${(databases += 1)}.sqlite`)}`;
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  if (opened.length > 0) rmSync(spec.slice('sqlite:'.length), { force: true });
});

/** A migration that notes when it ran. */
const noting = (id: string, ran: string[], fails = () => false): Migration => ({
  id,
  run() {
    if (fails()) return Promise.reject(new Error('the power is gone'));
    ran.push(id);
    return Promise.resolve();
  },
});

describe('migrations', () => {
  test('run once, oldest first, and the tables are there before', async () => {
    const store = await open();
    const ran: string[] = [];
    const all: Migration[] = [
      {
        id: '2026-01-01-first',
        async run(given) {
          ran.push('2026-01-01-first');
          await given.collection(shape).put('made', {});
        },
      },
      noting('2026-02-01-second', ran),
    ];
    expect(await migrate(store, clock, [shape], all)).toEqual(['2026-01-01-first', '2026-02-01-second']);
    expect(await migrate(store, clock, [shape], all)).toEqual([]);
    expect(ran).toEqual(['2026-01-01-first', '2026-02-01-second']);
    expect(await store.collection(shape).get('made')).toBeDefined();
  });

  test('that are new run at the next start, the others do not', async () => {
    const store = await open();
    const ran: string[] = [];
    await migrate(store, clock, [shape], [noting('a', ran)]);
    expect(await migrate(store, clock, [shape], [noting('a', ran), noting('b', ran)])).toEqual(['b']);
    expect(ran).toEqual(['a', 'b']);
  });

  test('go on after a crash between two of them, with the one that did not end', async () => {
    const store = await open();
    const ran: string[] = [];
    let crashes = true;
    const all = [noting('a', ran), noting('b', ran, () => crashes), noting('c', ran)];
    await expect(migrate(store, clock, [shape], all)).rejects.toThrow('the power is gone');
    crashes = false;
    expect(await migrate(store, clock, [shape], all)).toEqual(['b', 'c']);
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  test('of two nodes started at once on an empty database run once, and both nodes come up', async () => {
    const [one, two] = [await open(), await open()];
    const ran: string[] = [];
    const all = [noting('a', ran), noting('b', ran)];
    const results = await Promise.all([
      migrate(one, clock, allShapes, all),
      migrate(two, clock, allShapes, all),
    ]);
    expect(results.flat()).toEqual(['a', 'b']);
    expect(ran).toEqual(['a', 'b']);
  });

  test('wait for another node, and take over when it died', async () => {
    const store = await open();
    await store.prepare([collections.leases]);
    const dead = new Date(clock.now().getTime() + 60_000);
    await store.collection(collections.leases).insert('schema', { owner: 'a node that is no more' }, dead);
    const began = clock.now().getTime();
    expect(await migrate(store, clock, [shape], [noting('a', [])])).toEqual(['a']);
    expect(clock.now().getTime() - began).toBeGreaterThanOrEqual(60_000);
  });

  test('tell which have run', async () => {
    const store = await open();
    expect(await migrationStatus(store, allShapes)).toMatchObject({ prepared: false });
    await migrate(store, clock, allShapes);
    expect(await migrationStatus(store, allShapes)).toMatchObject({ prepared: true });
    expect(await migrationStatus(store, [...allShapes, shape])).toMatchObject({ prepared: false });
  });
});

describe('a lease', () => {
  test('is held by one at a time and given back at the end, also of work that fails', async () => {
    const store = await open();
    await store.prepare([collections.leases]);
    const inner = await withLease(store, clock, 'job', async () =>
      withLease(store, clock, 'job', async () => 'never'),
    );
    expect(inner).toEqual({ result: undefined });
    const failing = withLease(store, clock, 'job', () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await withLease(store, clock, 'job', () => Promise.resolve('done'))).toEqual({ result: 'done' });
  });

  test('that ran out and was taken by another node is not taken away from it', async () => {
    const store = await open();
    await store.prepare([collections.leases]);
    const leases = store.collection(collections.leases);
    await withLease(store, clock, 'job', async () => {
      clock.advance(61_000);
      await leases.insert('job', { owner: 'another node' }, new Date(clock.now().getTime() + 60_000));
    });
    expect((await leases.get('job'))?.doc.owner).toBe('another node');
  });
});

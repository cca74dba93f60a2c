// The contract of the storage port. Every backend passes all of it; there is no option to leave a part out.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailable, type Shape } from '../../src/ports/store.ts';
import { things } from './store-bench.ts';
import type { Bench, Opened, OpenForContract, Thing, Things } from './store-bench.ts';
import { contestTests } from './store-contests.ts';
import { documentTests } from './store-documents.ts';
import { expiryTests } from './store-expiry.ts';
import { listTests } from './store-lists.ts';
import { modelTests } from './store-model.ts';
import { refusalTests } from './store-refusals.ts';
import { stringTests } from './store-strings.ts';

/** Runs the contract over a backend that starts empty. The store is closed at the end, the rival by its opener. */
export function storeContract(name: string, open: OpenForContract): void {
  // The engine under a test of MongoDB may take a second to resolve each collision.
  describe(name, { timeout: 90_000 }, () => {
    let opened: Opened;
    // It begins at the real time: a backend's own clean-up goes by the server's clock.
    let time = Date.now();
    const bench: Bench = {
      things: () => opened.store.collection(things),
      rival: () => opened.rival.collection(things),
      store: () => opened.store,
      now: () => time,
      advance: (milliseconds) => {
        time += milliseconds;
      },
    };

    beforeAll(async () => {
      const result = await open(() => time);
      opened = 'store' in result ? result : { store: result, rival: result };
      await opened.store.prepare([things]);
    });
    beforeEach(async () => {
      await opened.store.sweep();
      await empty(bench.things());
    });
    afterAll(async () => opened.store.close());

    documentTests(bench);
    refusalTests(bench);
    expiryTests(bench);
    listTests(bench);
    contestTests(bench);
    stringTests(bench);
    modelTests(bench);
    storeTests(bench, open);
  });
}

async function empty(collection: Things): Promise<void> {
  const all = await collection.list(undefined, { limit: 1000 });
  await Promise.all(all.map(({ id }) => collection.remove(id)));
}

function storeTests({ store, things: collection, now }: Bench, open: OpenForContract): void {
  test('a store answers a ping and tells its kind', async () => {
    await expect(store().ping()).resolves.toBeUndefined();
    expect(store().kind).toMatch(/^[a-z]+$/);
  });

  test('preparing again changes nothing', async () => {
    const stored = await collection().insert('a', { login: 'anna' });
    await Promise.all([store().prepare([things]), store().prepare([things])]);
    expect(await collection().findOne('login', 'anna')).toEqual(stored);
  });

  test('collections do not see each other', async () => {
    const others: Shape<Thing, 'login'> = { name: 'other_things', unique: ['login'] };
    await store().prepare([others]);
    await collection().insert('a', { login: 'anna' });
    await store().collection(others).put('a', { login: 'anna', data: 'other' });
    await store().collection(others).remove('a');
    expect(await collection().get('a')).toBeDefined();
  });

  test('close ends what is in flight; afterwards the store is unavailable', async () => {
    const result = await open(now);
    const closing = 'store' in result ? result.store : result;
    await closing.prepare([things]);
    const closed = closing.collection(things);
    const writes = Array.from({ length: 20 }, (_, i) => closed.put(`last ${i}`, {}));
    await closing.close();
    await expect(Promise.all(writes)).resolves.toHaveLength(20);
    await expect(closed.put('late', {})).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(closed.get('late')).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(closing.ping()).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(closing.close()).resolves.toBeUndefined();
  });
}

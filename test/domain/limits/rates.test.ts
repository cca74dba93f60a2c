// How fast a program may ask, on all nodes together.

import { afterAll, expect, test } from 'vitest';
import { openSqlite } from '../../../adapters/storage/sqlite.ts';
import { collections } from '../../../src/domain/collections.ts';
import { createRates } from '../../../src/domain/limits/rates.ts';

let now = Date.parse('2026-11-28T12:00:00Z');
const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
const rate = { burst: 50, perMinute: 60 };
const store = await openSqlite({ path: ':memory:', now: () => now });
await store.prepare([collections.rates]);
afterAll(() => store.close());

const spendMany = async (nodes: readonly ReturnType<typeof createRates>[], id: string, count: number) => {
  const waits = await Promise.all(
    Array.from({ length: count }, (_, index) => nodes[index % nodes.length]!.spend(id, rate)),
  );
  return { passed: waits.filter((wait) => wait === 0).length, longest: Math.max(...waits) };
};

test('what is asked at once on two nodes is no more than on one', async () => {
  const nodes = [createRates(store, clock), createRates(store, clock)];
  expect(await spendMany(nodes, 'api:a', 200)).toEqual({ passed: 50, longest: 1 });
  expect(await spendMany(nodes, 'api:b', 10)).toEqual({ passed: 10, longest: 0 });
});

test('it fills up steadily, and no further than to the brim', async () => {
  const node = createRates(store, clock);
  await spendMany([node], 'api:c', 60);
  now += 5000;
  expect((await spendMany([node], 'api:c', 20)).passed).toBe(5);
  now += 3_600_000;
  expect((await spendMany([node], 'api:c', 100)).passed).toBe(50);
});

test('a clock that goes back gives nothing', async () => {
  const node = createRates(store, clock);
  await spendMany([node], 'api:d', 60);
  now -= 30_000;
  expect((await spendMany([createRates(store, clock)], 'api:d', 10)).passed).toBe(0);
  now += 31_000;
  expect((await spendMany([createRates(store, clock)], 'api:d', 10)).passed).toBe(1);
});

test('who runs wild costs a read a second and no more', async () => {
  let reads = 0;
  const counting = {
    ...store,
    collection: (shape: never) => {
      const inner = store.collection(shape);
      return { ...inner, get: (id: string) => ((reads += 1), inner.get(id)) };
    },
  } as typeof store;
  const node = createRates(counting, clock);
  await spendMany([node], 'api:e', 50);
  reads = 0;
  for (let index = 0; index < 500; index += 1) await node.spend('api:e', rate);
  expect(reads).toBe(1);
});

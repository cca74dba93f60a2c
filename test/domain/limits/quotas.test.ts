// Quotas: so many in any stretch of the window's length, over nodes and in parallel, and never blocked for good.

import { beforeEach, expect, test } from 'vitest';
import { createQuotas, originOf, type Quotas } from '../../../src/domain/limits/quotas.ts';
import type { Store } from '../../../src/ports/store.ts';
import { manualClock, memoryStore, type ManualClock } from '../../support/rules.ts';

const MINUTE = 60_000;
const hourly = (id: string, limit = 3) => ({ id, limit, windowSeconds: 3600 });

let clock: ManualClock;
let store: Store;
let quotas: Quotas;
beforeEach(async () => {
  clock = manualClock();
  store = await memoryStore(clock);
  quotas = createQuotas(store, clock);
});

test('three an hour: the fourth is told when the first is out of the window', async () => {
  const waits: number[] = [];
  for (let time = 0; time < 4; time += 1) {
    waits.push(await quotas.spend([hourly('a')]));
    clock.advance(10 * MINUTE);
  }
  expect(waits).toEqual([0, 0, 0, 30 * 60]);
  clock.advance(20 * MINUTE - 1);
  expect(await quotas.spend([hourly('a')])).toBe(1);
  clock.advance(1);
  expect(await quotas.spend([hourly('a')])).toBe(0);
  expect(await quotas.spend([hourly('a')])).toBe(10 * 60);
});

test('of fifty at once over two nodes three are taken', async () => {
  const other = createQuotas(store, clock);
  const waits = await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? other : quotas).spend([hourly('b')])),
  );
  expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
});

test('what one allowance refuses is not taken from the others', async () => {
  await quotas.spend([hourly('full', 1)]);
  for (let time = 0; time < 5; time += 1) {
    expect(await quotas.spend([hourly('mine'), hourly('full', 1)])).toBe(3600);
  }
  expect(await quotas.spend([hourly('mine')])).toBe(0);
  expect(await quotas.spend([hourly('mine')])).toBe(0);
  expect(await quotas.spend([hourly('mine')])).toBe(0);
});

test('a clock that was wrong blocks nobody for longer than the window', async () => {
  clock.advance(365 * 86_400_000);
  for (let time = 0; time < 3; time += 1) await quotas.spend([hourly('c')]);
  clock.advance(-365 * 86_400_000);
  expect(await quotas.spend([hourly('c')])).toBe(0);
});

test('where a request comes from: a /32, a /64, or unknown', () => {
  expect(originOf('192.0.2.7')).toBe('192.0.2.7/32');
  expect(originOf('2001:db8::1')).toBe(originOf('2001:db8::ffff:1'));
  expect(originOf('2001:db8:0:1::1')).not.toBe(originOf('2001:db8::1'));
  expect([originOf(undefined), originOf('nonsense')]).toEqual(['unknown', 'unknown']);
});

// The contract: expired documents are never returned and never in the way.

import { expect, test } from 'vitest';
import { Stale } from '../../src/ports/store.ts';
import type { Bench } from './store-bench.ts';

export function expiryTests({ things, rival, now, advance, store }: Bench): void {
  const inOneSecond = () => new Date(now() + 1000);

  test('a document ends at its very millisecond, for every way of reading', async () => {
    const stored = await things().insert('a', { login: 'anna', kind: 'x' }, inOneSecond());
    advance(999);
    expect(await things().get('a')).toEqual(stored);
    expect(await rival().findOne('login', 'anna')).toEqual(stored);
    advance(1);
    expect(await things().get('a')).toBeUndefined();
    expect(await rival().get('a')).toBeUndefined();
    expect(await things().findOne('login', 'anna')).toBeUndefined();
    expect(await things().findOne('kind', 'x')).toBeUndefined();
    expect(await things().list(undefined, { limit: 10 })).toEqual([]);
    expect(await things().list({ key: 'kind', prefix: '' }, { limit: 10 })).toEqual([]);
    await expect(things().replace(stored, {})).rejects.toBeInstanceOf(Stale);
    expect(await things().removeMany('kind', 'x')).toBe(0);
    expect(await things().take('a')).toBeUndefined();
  });

  test('an expired document blocks neither its id nor its unique keys', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      await things().insert(id, { login: `login ${id}`, email: `mail ${id}` }, inOneSecond());
    }
    const seen = await things().insert('live', {});
    advance(1000);
    await things().insert('a', { login: 'login b', email: 'mail a' });
    await things().put('c', { login: 'login c' });
    await things().put('e', { login: 'login a', email: 'mail b' });
    await things().replace(seen, { login: 'login d' });
    const all = await things().list(undefined, { limit: 10 });
    expect(all.map(({ id, doc }) => [id, doc.login])).toEqual([
      ['a', 'login b'],
      ['c', 'login c'],
      ['e', 'login a'],
      ['live', 'login d'],
    ]);
  });

  test('findOne passes over the expired to the living', async () => {
    await things().insert('a', { kind: 'x' }, inOneSecond());
    await things().insert('b', { kind: 'x' });
    advance(1000);
    expect((await things().findOne('kind', 'x'))?.id).toBe('b');
  });

  test('replace and put can give an end, move it and take it away', async () => {
    const seen = await things().insert('a', {}, inOneSecond());
    const moved = await things().replace(seen, {}, new Date(now() + 5000));
    advance(1000);
    expect(await things().get('a')).toEqual(moved);
    expect(await things().replace(moved, {})).not.toHaveProperty('expiresAt');
    advance(5000);
    expect(await things().get('a')).toBeDefined();
    await things().put('a', {}, inOneSecond());
    expect((await things().get('a'))?.expiresAt).toEqual(inOneSecond());
  });

  test('sweep deletes what has expired, however much, and nothing else', async () => {
    const end = inOneSecond();
    await Promise.all(
      Array.from({ length: 450 }, (_, i) => things().insert(`gone ${i}`, { kind: 'x' }, end)),
    );
    await things().insert('later', {}, new Date(now() + 1001));
    await things().insert('forever', {});
    advance(1000);
    expect(await store().sweep()).toBe(450);
    expect(await store().sweep()).toBe(0);
    expect((await things().list(undefined, { limit: 10 })).map(({ id }) => id)).toEqual(['forever', 'later']);
  });
}

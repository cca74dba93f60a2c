// The contract: who is refused, with which error, and that a refusal touches nothing else.

import { expect, test } from 'vitest';
import { Conflict, Stale } from '../../src/ports/store.ts';
import type { Bench } from './store-bench.ts';

export function refusalTests({ things }: Bench): void {
  const conflictOn = (key: string) => expect.objectContaining({ name: 'Conflict', key });

  test('insert conflicts on the id and on each unique key, and says on which', async () => {
    await things().insert('a', { login: 'anna', email: 'a@example.com' });
    await expect(things().insert('a', {})).rejects.toEqual(conflictOn('id'));
    await expect(things().insert('b', { login: 'anna' })).rejects.toEqual(conflictOn('login'));
    await expect(things().insert('b', { email: 'a@example.com' })).rejects.toEqual(conflictOn('email'));
    await expect(things().insert('b', { login: 'anna' })).rejects.toBeInstanceOf(Conflict);
    expect(await things().get('b')).toBeUndefined();
  });

  test('put and replace conflict on the unique key of another document and change nothing', async () => {
    await things().insert('a', { login: 'anna' });
    const seen = await things().insert('b', { login: 'bára' });
    await expect(things().put('b', { login: 'anna' })).rejects.toEqual(conflictOn('login'));
    await expect(things().put('c', { login: 'anna' })).rejects.toEqual(conflictOn('login'));
    await expect(things().replace(seen, { login: 'anna' })).rejects.toEqual(conflictOn('login'));
    expect(await things().get('b')).toEqual(seen);
    expect(await things().get('c')).toBeUndefined();
  });

  test('a document may keep its own unique key, and many may lack it', async () => {
    const seen = await things().insert('a', { login: 'anna' });
    await things().put('a', { login: 'anna', data: 1 });
    await expect(things().replace(seen, { login: 'anna' })).rejects.toBeInstanceOf(Stale);
    await things().insert('b', {});
    await things().insert('c', {});
    await things().put('d', {});
    expect(await things().list(undefined, { limit: 10 })).toHaveLength(4);
  });

  test('replace is stale after a write, a removal, and a removal followed by a new document', async () => {
    const seen = await things().insert('a', { kind: 'x' });
    const next = await things().replace(seen, { kind: 'y' });
    await expect(things().replace(seen, { kind: 'z' })).rejects.toBeInstanceOf(Stale);
    await things().remove('a');
    await expect(things().replace(next, { kind: 'z' })).rejects.toBeInstanceOf(Stale);
    await things().insert('a', { kind: 'new' });
    await expect(things().replace(seen, { kind: 'z' })).rejects.toBeInstanceOf(Stale);
    await things().remove('a');
    await things().put('a', { kind: 'newer' });
    await expect(things().replace(next, { kind: 'z' })).rejects.toBeInstanceOf(Stale);
    expect((await things().get('a'))?.doc).toEqual({ kind: 'newer' });
  });

  test('a write that is refused leaves the others of the same moment intact', async () => {
    await things().insert('taken', { login: 'anna' });
    const stale = await things().insert('stale', {});
    await things().put('stale', {});
    const good = Array.from({ length: 12 }, (_, i) => i);
    const writes = good.flatMap((i) => [
      things().insert(`good-${i}`, { login: `l${i}` }),
      things().insert('taken', {}),
      things().insert(`bad-${i}`, { login: 'anna' }),
      things().put(`bad-${i}`, { login: 'anna' }),
      things().replace(stale, { kind: 'x' }),
    ]);
    const names = (await Promise.allSettled(writes)).map((result) =>
      result.status === 'fulfilled' ? 'done' : (result.reason as Error).name,
    );
    expect(names).toEqual(good.flatMap(() => ['done', 'Conflict', 'Conflict', 'Conflict', 'Stale']));
    expect(await things().list(undefined, { limit: 100 })).toHaveLength(14);
  });
}

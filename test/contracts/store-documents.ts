// The contract: what is written is what is read, and what a document may be.

import { expect, test } from 'vitest';
import type { Bench } from './store-bench.ts';

export function documentTests({ things, rival }: Bench): void {
  test('a document inserted is read back by its id and by each of its keys', async () => {
    const stored = await things().insert('a', {
      login: 'anna',
      kind: 'x',
      data: { deep: [1, null, { b: true }] },
    });
    expect(stored).toEqual({ id: 'a', version: expect.any(Number), doc: expect.anything() });
    expect(await things().get('a')).toEqual(stored);
    expect(await things().findOne('login', 'anna')).toEqual(stored);
    expect(await things().findOne('kind', 'x')).toEqual(stored);
    expect(await rival().get('a')).toEqual(stored);
  });

  test('what is not there is undefined', async () => {
    expect(await things().get('nobody')).toBeUndefined();
    expect(await things().findOne('login', 'nobody')).toBeUndefined();
    expect(await things().take('nobody')).toBeUndefined();
    expect(await things().removeMany('kind', 'nobody')).toBe(0);
    await expect(things().remove('nobody')).resolves.toBeUndefined();
  });

  test('the version grows by one with every replace and put', async () => {
    const first = await things().insert('a', { kind: 'x' });
    const second = await things().replace(first, { kind: 'y' });
    expect(second).toEqual({ id: 'a', version: first.version + 1, doc: { kind: 'y' } });
    await things().put('a', { kind: 'z' });
    expect(await things().get('a')).toEqual({ id: 'a', version: first.version + 2, doc: { kind: 'z' } });
  });

  test('put makes a document and overwrites it whole, its end included', async () => {
    await things().put('a', { login: 'anna', data: 1 }, new Date(Date.now() + 1e9));
    await things().put('a', { login: 'bára' });
    const stored = await things().get('a');
    expect(stored).toEqual({ id: 'a', version: expect.any(Number), doc: { login: 'bára' } });
    expect(stored).not.toHaveProperty('expiresAt');
    expect(await things().findOne('login', 'anna')).toBeUndefined();
  });

  test('replace frees the old keys and takes the new ones', async () => {
    const seen = await things().insert('a', { login: 'old', kind: 'x' });
    await things().replace(seen, { login: 'new' });
    expect(await things().findOne('kind', 'x')).toBeUndefined();
    expect((await things().insert('b', { login: 'old' })).id).toBe('b');
    expect((await things().findOne('login', 'new'))?.id).toBe('a');
  });

  test('take returns the document and removes it', async () => {
    const stored = await things().insert('a', { login: 'anna' }, new Date(Date.now() + 1e9));
    expect(await things().take('a')).toEqual(stored);
    expect(await things().get('a')).toBeUndefined();
  });

  test('removeMany removes exactly the documents with the value and counts them', async () => {
    for (const id of ['a', 'b', 'c']) await things().insert(id, { owner: id === 'c' ? 'other' : 'one' });
    expect(await things().removeMany('owner', 'one')).toBe(2);
    expect((await things().list(undefined, { limit: 10 })).map(({ id }) => id)).toEqual(['c']);
  });

  test('findOne under a key that many share gives the first by id', async () => {
    for (const id of ['b', 'a', 'c']) await things().insert(id, { kind: 'x' });
    expect((await things().findOne('kind', 'x'))?.id).toBe('a');
  });

  test('changing an object after the call does not change the document', async () => {
    const doc = { login: 'anna', data: { n: 1 } };
    const inserting = things().insert('a', doc);
    doc.data.n = 2;
    await inserting;
    expect((await things().get('a'))?.doc).toEqual({ login: 'anna', data: { n: 1 } });
  });
}

// The contract: lists by equality and prefix, in pages, in both directions.

import { expect, test } from 'vitest';
import type { Bench, Things } from './store-bench.ts';

export function listTests({ things }: Bench): void {
  const ids = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'č1', 'ž1', '\uFFEE1', '😀1'];

  const pages = async (newestFirst: boolean, where?: Parameters<Things['list']>[0]) => {
    const seen: string[] = [];
    for (let after: string | undefined; ; after = seen.at(-1)) {
      const page = await things().list(where, {
        limit: 3,
        newestFirst,
        ...(after !== undefined && { after }),
      });
      expect(page.length).toBeLessThanOrEqual(3);
      if (page.length === 0) return seen;
      seen.push(...page.map(({ id }) => id));
    }
  };

  test('pages follow one another in the order of code points, both ways, without gap or repetition', async () => {
    for (const id of ids.toReversed()) await things().insert(id, { kind: 'x' });
    await things().insert('0', { kind: 'other' });
    expect(await pages(false)).toEqual(['0', ...ids]);
    expect(await pages(true)).toEqual(['0', ...ids].toReversed());
    expect(await pages(false, { key: 'kind', value: 'x' })).toEqual(ids);
    expect(await pages(true, { key: 'kind', prefix: 'x' })).toEqual(ids.toReversed());
  });

  test('a prefix is taken letter by letter: no wildcard, no pattern, no case', async () => {
    const values = [
      '%',
      '%a',
      '_b',
      'a%',
      'ab',
      'aB',
      'A',
      '.*',
      '^a',
      '$ne',
      '\\',
      'ž',
      'žluť',
      '😀x',
      '\u{10FFFF}z',
    ];
    for (const [i, owner] of values.entries()) await things().insert(String(i).padStart(2, '0'), { owner });
    await things().insert('none', { kind: 'has no owner' });
    const prefixes = [...values, '', 'a', 'ž', '😀', '\u{10FFFF}', '\uD7FF', '.', '^', '$', 'zzz'];
    for (const prefix of prefixes) {
      const found = await things().list({ key: 'owner', prefix }, { limit: 100 });
      expect([prefix, found.map(({ doc }) => doc.owner)]).toEqual([
        prefix,
        values.filter((v) => v.startsWith(prefix)),
      ]);
    }
  });

  test('what shares a prefix is listed by value and then by id, in pages, whatever else there is', async () => {
    const values = ['a', 'ab', 'ab', 'ab', 'aB', 'až', 'až', 'a\uFFEE', 'a😀', 'b', 'A', ''];
    const all = values.map((owner, i) => ({ id: String(99 - i), owner }));
    for (const { id, owner } of all) await things().insert(id, { owner });
    await things().insert('none', { kind: 'has no owner' });
    const byCodePoint = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));
    for (const prefix of ['a', 'ab', 'až', '', 'b', 'x', 'a😀']) {
      for (const limit of [1, 2, 100]) {
        const seen: string[] = [];
        for (let after: { value: string; id: string } | undefined; ;) {
          const page = await things().listByKey('owner', { prefix, limit, ...(after && { after }) });
          seen.push(...page.map(({ id, doc }) => `${doc.owner} ${id}`));
          const last = page.at(-1);
          if (page.length < limit || !last) break;
          after = { value: last.doc.owner!, id: last.id };
        }
        const expected = all
          .filter(({ owner }) => owner.startsWith(prefix))
          .sort((one, other) => byCodePoint(one.owner, other.owner) || byCodePoint(one.id, other.id));
        expect([prefix, limit, seen]).toEqual([
          prefix,
          limit,
          expected.map(({ id, owner }) => `${owner} ${id}`),
        ]);
      }
    }
    const outside = { prefix: 'ab', after: { value: 'b', id: '1' }, limit: 5 };
    await expect(things().listByKey('owner', outside)).rejects.toBeInstanceOf(TypeError);
    await expect(things().listByKey('data' as never, { prefix: '', limit: 5 })).rejects.toBeInstanceOf(
      TypeError,
    );
  });

  test('a place in the order of a key may be that of a document that is gone; a unique key has one, too', async () => {
    for (const id of ['a', 'b', 'c']) await things().insert(id, { owner: `o${id}`, login: `l${id}` });
    await things().remove('b');
    const owners = await things().listByKey('owner', {
      prefix: 'o',
      after: { value: 'ob', id: 'b' },
      limit: 5,
    });
    expect(owners.map(({ id }) => id)).toEqual(['c']);
    const logins = await things().listByKey('login', {
      prefix: 'l',
      after: { value: 'la', id: 'a' },
      limit: 5,
    });
    expect(logins.map(({ id }) => id)).toEqual(['c']);
  });

  test('after may name a document that is gone', async () => {
    for (const id of ['a', 'b', 'c']) await things().insert(id, {});
    await things().remove('b');
    expect((await things().list(undefined, { limit: 5, after: 'b' })).map(({ id }) => id)).toEqual(['c']);
    const before = await things().list(undefined, { limit: 5, after: 'b', newestFirst: true });
    expect(before.map(({ id }) => id)).toEqual(['a']);
  });
}

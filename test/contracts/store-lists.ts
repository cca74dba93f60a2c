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

  test('after may name a document that is gone', async () => {
    for (const id of ['a', 'b', 'c']) await things().insert(id, {});
    await things().remove('b');
    expect((await things().list(undefined, { limit: 5, after: 'b' })).map(({ id }) => id)).toEqual(['c']);
    const before = await things().list(undefined, { limit: 5, after: 'b', newestFirst: true });
    expect(before.map(({ id }) => id)).toEqual(['a']);
  });
}

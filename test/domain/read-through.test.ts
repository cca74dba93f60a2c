// Lists read further than one page: full pages of what fits, and everything to the end.

import { expect, test } from 'vitest';
import { fullPage, readThrough } from '../../src/domain/read-through.ts';
import type { Page } from '../../src/ports/store.ts';

const idOf = (number: number) => String(number).padStart(5, '0');
const rows = Array.from({ length: 1234 }, (_, number) => ({ id: idOf(number), version: 1, doc: { number } }));
const find = ({ after = '', limit }: Page) =>
  Promise.resolve(rows.filter(({ id }) => id > after).slice(0, limit));

test('a list is read to its end', async () => {
  expect(await readThrough(find)).toEqual(rows);
});

test('a page is full of what fits, goes on where it ended, and the last one is short', async () => {
  const everyHundredth = ({ id, doc }: (typeof rows)[number]) =>
    Promise.resolve(doc.number % 100 === 0 ? id : undefined);
  const first = await fullPage(find, { limit: 7 }, everyHundredth);
  expect(first).toEqual([0, 1, 2, 3, 4, 5, 6].map((number) => idOf(number * 100)));
  const last = await fullPage(find, { limit: 7, after: first.at(-1)! }, everyHundredth);
  expect(last).toEqual([7, 8, 9, 10, 11, 12].map((number) => idOf(number * 100)));
});

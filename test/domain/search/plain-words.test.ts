// Names as they are written for being found, and numbers as people say them.

import { expect, test } from 'vitest';
import { hasWords, phonePrefixes, plainWords, rotationsOf } from '../../../src/domain/search/plain-words.ts';

test('words are without case, diacritics and punctuation', () => {
  const rows: [string, string[]][] = [
    ['Žofie Křížová', ['zofie', 'krizova']],
    ['Hvězda, s.r.o.', ['hvezda', 'sro']],
    ['O’Brien-Šťastný', ['obrien', 'stastny']],
    ['Łukasz Đorđević', ['lukasz', 'dordevic']],
    ['Straße ﬁn', ['strasse', 'fin']],
    ['Иван Петров', ['иван', 'петров']],
    ['  \u200B. - ', []],
    ['\uD800', []],
  ];
  for (const [text, words] of rows) expect([text, plainWords(text)]).toEqual([text, words]);
});

test('a name begins at each of its words, the last one first', () => {
  expect(rotationsOf(['jan', 'maria', 'novak'], 4)).toEqual([
    'novak jan maria',
    'jan maria novak',
    'maria novak jan',
  ]);
  expect(rotationsOf(['a', 'b', 'c'], 2)).toEqual(['c a b', 'a b c']);
  expect(rotationsOf([], 4)).toEqual([]);
  expect(rotationsOf(['x'.repeat(100)], 4)).toEqual(['x'.repeat(64)]);
});

test('typed words each begin a word of their own', () => {
  const name = ['jan', 'jaroslav', 'novak'];
  expect(hasWords(name, ['nov', 'ja'])).toBe(true);
  expect(hasWords(name, ['ja', 'jan', 'n'])).toBe(true);
  expect(hasWords(name, ['jan', 'jan'])).toBe(false);
  expect(hasWords(name, ['ovak'])).toBe(false);
});

test('a phone number is understood with its country, without, and in part', () => {
  const rows: [string, string[]][] = [
    ['+420 601 123 456', ['+420601123456']],
    ['00420601123456', ['+420601123456']],
    ['601 123 456', ['+420601123456', '+601123456']],
    ['601', ['+420601']],
    ['421911222333', ['+421911222333']],
    ['60', []],
    ['601 abc', []],
    ['601+', []],
  ];
  for (const [typed, prefixes] of rows) expect([typed, phonePrefixes(typed)]).toEqual([typed, prefixes]);
});

// Texts in columns, as a terminal shows them.

import { expect, test } from 'vitest';
import { displayWidth, fields, printable, table } from '../../src/cli/columns.ts';

test('a letter is one column however it is written, an ideograph or an emoji two', () => {
  expect(displayWidth('Žluťoučký kůň')).toBe(13);
  expect(displayWidth('Žluťoučký kůň'.normalize('NFD'))).toBe(13);
  expect(displayWidth('登録')).toBe(4);
  expect(displayWidth('👩‍👩‍👧')).toBe(2);
  expect(displayWidth('')).toBe(0);
});

test('columns stand under each other by what a terminal shows', () => {
  const lines = table([
    { name: 'Křížová'.normalize('NFD'), id: '1' },
    { name: '登録', id: '2' },
    { name: 'Ann', id: '3' },
  ]);
  expect(lines).toEqual(['name     id', `${'Křížová'.normalize('NFD')}  1`, '登録     2', 'Ann      3']);
  expect(table([])).toEqual(['(none)']);
});

test('fields are aligned, lists take a line for each value, and what is not there is left out', () => {
  expect(fields({ a: 'x', long: ['y', 'z'], none: [], no: undefined, yes: true, object: { b: 1 } })).toEqual([
    'a       x',
    'long    y',
    '        z',
    'none    (none)',
    'yes     yes',
    'object  {"b":1}',
  ]);
});

test('a name cannot give orders to the terminal or turn the line around', () => {
  expect(printable('\u001b[2Jx\r\ny\u202eevil\u2028\u0007')).toBe(
    String.raw`\u{1b}[2Jx\u{d}\u{a}y\u{202e}evil\u{2028}\u{7}`,
  );
});

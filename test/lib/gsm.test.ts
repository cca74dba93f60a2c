// The alphabet of text messages.

import { expect, test } from 'vitest';
import { toGsm } from '../../src/lib/gsm.ts';

test.each([
  ['Žluťoučký kůň – příšerně „úpěl“ ďábelské ódy…', 'Zlutoucky kun - priserne "upel" dabelske ody...'],
  ['k\u00a0vašemu účtu', 'k vasemu uctu'],
  ['123456 https://id.example.cz/x_-?a=1&b=2#c', '123456 https://id.example.cz/x_-?a=1&b=2#c'],
  ['one\ntwo', 'one\ntwo'],
  ['one\r\ntwo\u0000\u2028', 'one?\ntwo??'],
  ['日本 🙂', '?? ?'],
  ['[~^]{|}\\€', '[~^]{|}\\€'],
])('%j becomes %j', (text, expected) => {
  expect(toGsm(text)).toBe(expected);
});

// Company numbers by their check digits and shapes.

import { describe, expect, test } from 'vitest';
import { readDic, readIco } from '../../../src/domain/customers/company-numbers.ts';

describe('an IČO', () => {
  test.for([
    ['27082440', '27082440'],
    ['25596641', '25596641'],
    ['00006947', '00006947'],
    ['6947', '00006947'],
    [' 270 82 440 ', '27082440'],
    ['27082441', undefined],
    ['0', undefined],
    ['123456789', undefined],
    ['2708244O', undefined],
    ['', undefined],
  ] as const)('%s is read as %s', ([typed, expected]) => {
    expect(readIco(typed)).toBe(expected);
  });
});

describe('a DIČ', () => {
  test.for([
    ['CZ27082440', 'CZ27082440'],
    ['cz 27082440', 'CZ27082440'],
    ['CZ27082441', undefined],
    ['CZ7801233539', 'CZ7801233539'],
    ['CZ7801233538', undefined],
    ['SK2020317068', 'SK2020317068'],
    ['SK2020317069', undefined],
    ['DE136695976', 'DE136695976'],
    ['ATU12345678', 'ATU12345678'],
    ['AT12345678', undefined],
    ['EL123456789', 'EL123456789'],
    ['GB999999973', undefined],
    ['US123456789', undefined],
    ['27082440', undefined],
    ['__proto__', undefined],
  ] as const)('%s is read as %s', ([typed, expected]) => {
    expect(readDic(typed)).toBe(expected);
  });
});

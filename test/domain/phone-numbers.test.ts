// Phone numbers as people write them.

import { expect, test } from 'vitest';
import { readPhone, shownPhone } from '../../src/domain/phone-numbers.ts';

test.for([
  ['601234567', '+420601234567'],
  ['601 234 567', '+420601234567'],
  ['+420 601 234 567', '+420601234567'],
  ['00420601234567', '+420601234567'],
  ['+420 (601) 234–567', '+420601234567'],
  ['\u00a0601\u00a0234\u00a0567\r\n', '+420601234567'],
  ['+421 901 123 456', '+421901123456'],
  ['+1 (415) 555.2671', '+14155552671'],
  ['+44 20/7946 0958', '+442079460958'],
  ['', undefined],
  ['60123456', undefined],
  ['6012345678', undefined],
  ['012345678', undefined],
  ['+420601', undefined],
  ['+4206012345678', undefined],
  ['+0601234567', undefined],
  ['++420601234567', undefined],
  ['+1234567890123456', undefined],
  ['601234567;ext=1', undefined],
  ['601234567\u0000', undefined],
  ['６０１２３４５６７', undefined],
  ['sms:601234567', undefined],
  ['+420601234567'.padEnd(60), undefined],
] as const)('%j is %j', ([typed, phone]) => {
  expect(readPhone(typed)).toBe(phone);
});

test('are shown in groups where we know them, else as they are', () => {
  expect(shownPhone('+420601234567')).toBe('+420\u00a0601\u00a0234\u00a0567');
  expect(shownPhone('+14155552671')).toBe('+14155552671');
});

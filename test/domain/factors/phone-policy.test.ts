// Phone numbers as people write them, and which of them get a text message.

import { expect, test } from 'vitest';
import { createPhonePolicy } from '../../../src/domain/factors/phone-policy.ts';

const { judge } = createPhonePolicy(['CZ', 'SK']);

test.for([
  ['601234567', '+420601234567'],
  ['601 234 567', '+420601234567'],
  ['+420 601 234 567', '+420601234567'],
  ['00420601234567', '+420601234567'],
  ['+420 (601) 234–567', '+420601234567'],
  ['\u00a0601\u00a0234\u00a0567\r\n', '+420601234567'],
  ['+421 905 123 456', '+421905123456'],
  ['+1 (415) 555.2671', 'phone_country'],
  ['+44 7911 123456', 'phone_country'],
  ['+881 6 1234 5678', 'phone_country'],
  ['+420 222 222 222', 'phone_not_mobile'],
  ['900 123 456', 'phone_not_mobile'],
  ['800 123 456', 'phone_not_mobile'],
  ['+421 900 0', 'no_number'],
  ['', 'no_number'],
  ['jana', 'no_number'],
  ['60123456', 'no_number'],
  ['6012345678', 'no_number'],
  ['012345678', 'no_number'],
  ['+420601', 'no_number'],
  ['+4206012345678', 'no_number'],
  ['601234567;ext=1', 'no_number'],
  ['601234567 x 12', 'no_number'],
  ['sms:601234567', 'no_number'],
  ['+420601234567'.padEnd(60), 'no_number'],
] as const)('%j is %j', ([typed, answer]) => {
  const judged = judge(typed);
  expect(judged.kind === 'good' ? judged.phone : judged.problem).toBe(answer);
});

test('other countries where the hoster serves them; the first is that of numbers without a prefix', () => {
  const german = createPhonePolicy(['DE', 'CZ']);
  expect(german.judge('01512 3456789')).toEqual({ kind: 'good', phone: '+4915123456789' });
  expect(german.judge('+420601234567')).toEqual({ kind: 'good', phone: '+420601234567' });
  expect(german.judge('+421905123456')).toEqual({ kind: 'refused', problem: 'phone_country' });
});

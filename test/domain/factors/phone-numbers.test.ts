// Phone numbers as pages show them.

import { expect, test } from 'vitest';
import { shownPhone } from '../../../src/domain/factors/phone-numbers.ts';

test('are shown in the groups of their country, and what is none as it is', () => {
  expect(shownPhone('+420601234567')).toBe('+420\u00a0601\u00a0234\u00a0567');
  expect(shownPhone('+421905123456')).toBe('+421\u00a0905\u00a0123\u00a0456');
  expect(shownPhone('+14155552671')).toBe('+1\u00a0415\u00a0555\u00a02671');
  expect(shownPhone('+491701234567')).toBe('+49\u00a0170\u00a01234567');
  for (const none of ['', '+420 601', '•••567', '+0123456789', '+420601234567<b>'])
    expect(shownPhone(none)).toBe(none);
});

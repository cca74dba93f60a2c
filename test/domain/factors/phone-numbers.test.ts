// Phone numbers as pages show them.

import { expect, test } from 'vitest';
import { shownPhone } from '../../../src/domain/factors/phone-numbers.ts';

test('are shown in groups where we know them, else as they are', () => {
  expect(shownPhone('+420601234567')).toBe('+420\u00a0601\u00a0234\u00a0567');
  expect(shownPhone('+421905123456')).toBe('+421\u00a0905\u00a0123\u00a0456');
  expect(shownPhone('+14155552671')).toBe('+14155552671');
});

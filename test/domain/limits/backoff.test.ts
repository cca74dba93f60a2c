// When messages are tried again: soon at first, hourly later, and not for ever.

import { expect, test } from 'vitest';
import { nextAttempt } from '../../../src/domain/limits/backoff.ts';

test('10 s, 1 min, 5 min, 15 min, 1 h, then hourly, for 24 hours', () => {
  const waits: number[] = [];
  let now = 0;
  for (let attempts = 1; ; attempts += 1) {
    const next = nextAttempt(attempts, 0, now);
    if (next === undefined) break;
    waits.push((next - now) / 1000);
    now = next;
  }
  expect(waits.slice(0, 7)).toEqual([10, 60, 300, 900, 3600, 3600, 3600]);
  expect(new Set(waits.slice(4))).toEqual(new Set([3600]));
  expect(now / 3_600_000).toBeGreaterThan(23);
  expect(now / 3_600_000).toBeLessThanOrEqual(24);
});

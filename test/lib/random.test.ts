// Ids that sort by time.

import { expect, test } from 'vitest';
import { timeOrderedId } from '../../src/lib/random.ts';

test('ids sort by their time, and those of one millisecond in the order in which they were made', () => {
  const times = [1000, 1000, 1000, 1001, 1001, ...Array<number>(1000).fill(2000), 3000];
  const ids = times.map((time) => timeOrderedId(new Date(time)));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(times.length);
  for (const id of ids)
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test('what is given makes the same id at the same time', () => {
  const given = Buffer.alloc(16, 0xab);
  const id = timeOrderedId(new Date(2000), given);
  timeOrderedId(new Date(2000));
  expect(timeOrderedId(new Date(2000), given)).toBe(id);
  expect(given).toEqual(Buffer.alloc(16, 0xab));
});

// Work done again and again: one turn at a time, failures told, an end that waits.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRepetition } from '../../src/lib/repetition.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('works at every turn, never twice at once, and not after its end, which waits for what is under way', async () => {
  let begun = 0;
  let finish = () => {};
  const repetition = createRepetition(
    () =>
      new Promise((resolve) => {
        begun += 1;
        finish = resolve;
      }),
    () => {},
  );
  repetition.start(100);
  repetition.start(1);
  expect(begun).toBe(0);
  await vi.advanceTimersByTimeAsync(350);
  expect(begun).toBe(1);
  finish();
  await vi.advanceTimersByTimeAsync(100);
  expect(begun).toBe(2);

  let isClosed = false;
  const close = async () => {
    await repetition.close();
    isClosed = true;
  };
  const closing = close();
  await vi.advanceTimersByTimeAsync(1000);
  expect([isClosed, begun]).toEqual([false, 2]);
  finish();
  await closing;
  await vi.advanceTimersByTimeAsync(1000);
  expect(begun).toBe(2);
});

test('tells what fails, and goes on at the next turn', async () => {
  const failures: unknown[] = [];
  let turns = 0;
  const repetition = createRepetition(
    async () => {
      turns += 1;
      if (turns === 1) throw new Error('the store is away');
    },
    (error) => failures.push(error),
  );
  repetition.start(100);
  await vi.advanceTimersByTimeAsync(300);
  await repetition.close();
  expect([turns, failures]).toEqual([3, [new Error('the store is away')]]);
});

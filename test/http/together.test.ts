// Requests that come at once are begun together.

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTogether } from '../../src/http/together.ts';

test('what comes in one turn of the loop takes its steps side by side', async () => {
  const together = createTogether();
  const steps: string[] = [];
  const walk = (name: string) => async () => {
    for (let step = 1; step <= 3; step += 1) {
      steps.push(`${name}${step}`);
      await Promise.resolve();
    }
  };
  for (const name of ['a', 'b']) {
    together(() => void walk(name)());
    // Each request is an event of its own; what it has left for later is done before the next.
    await Promise.resolve();
  }
  expect(steps).toEqual([]);
  await turn();
  expect(steps).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
});

test('what comes while they begin is for the next turn', async () => {
  const together = createTogether();
  const begun: string[] = [];
  together(() => {
    begun.push('first');
    together(() => void begun.push('third'));
  });
  together(() => void begun.push('second'));
  await turn();
  expect(begun).toEqual(['first', 'second']);
  await turn();
  expect(begun).toEqual(['first', 'second', 'third']);
});

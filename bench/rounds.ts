// The order of measuring: the servers take turns in every round, so that what changes on the machine meanwhile
// touches all of them, and the middle of the rounds is what counts.

import { openConnection, measure, median, type Measured } from './load.ts';
import type { Scenario } from './scenarios.ts';
import type { Subject } from './subject.ts';

/** In milliseconds. What is done in the warm-up does not count. */
export type Time = { readonly warmUp: number; readonly duration: number };

/** A rate, its latencies, and the milliseconds of processor time that the server used for one operation. */
export type Round = Omit<Measured, 'count'> & { readonly processor: number };

/**
 * Measures one scenario once: opens connections, prepares each, waits until the server has done what that left it to
 * do, lets them repeat.
 */
export async function measureOnce(
  subject: Subject,
  scenario: Scenario,
  { connections, warmUp, duration }: Time & { connections: number },
): Promise<Round> {
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(subject.port)));
  try {
    const operations = await Promise.all(
      opened.map((connection, index) => scenario.prepare(connection, index)),
    );
    await subject.rest();
    await measure(operations, warmUp);
    const before = subject.processorTime();
    const { count, ...measured } = await measure(operations, duration);
    return { ...measured, processor: (subject.processorTime() - before) / count };
  } finally {
    for (const connection of opened) connection.close();
  }
}

/** The medians of several rounds. */
export const middleOf = (rounds: readonly Round[]): Round => ({
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  p50: median(rounds.map(({ p50 }) => p50)),
  p99: median(rounds.map(({ p99 }) => p99)),
  processor: median(rounds.map(({ processor }) => processor)),
});

// The order of measuring: the servers take turns in every round, so that what changes on the machine meanwhile
// touches all of them, and the middle of the rounds is what counts.

import { openConnection, measure, median, type Measured } from './load.ts';
import type { Scenario } from './scenarios.ts';
import type { Subject } from './subject.ts';

export type Time = { readonly warmUp: number; readonly duration: number };

/** Measures one scenario once: opens connections, prepares each, lets them repeat. */
export async function measureOnce(
  subject: Subject,
  scenario: Scenario,
  { connections, ...time }: Time & { connections: number },
): Promise<Measured> {
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(subject.port)));
  try {
    const operations = await Promise.all(
      opened.map((connection, index) => scenario.prepare(connection, index)),
    );
    return await measure(operations, time);
  } finally {
    for (const connection of opened) connection.close();
  }
}

/** The medians of several rounds. */
export const middleOf = (rounds: readonly Measured[]): Measured => ({
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  p50: median(rounds.map(({ p50 }) => p50)),
  p99: median(rounds.map(({ p99 }) => p99)),
});

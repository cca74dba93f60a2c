// Answers that must not tell by their time what was found: they wait for the next whole multiple of a floor.

import type { Clock } from '../../ports/clock.ts';

/** Long enough for whatever differs: a hash of another scheme, a look-up more, a letter put into the outbox. */
export const ANSWER_FLOOR_MILLISECONDS = 250;

/** Waits until a whole multiple of the floor has passed since `startedAt` (milliseconds since 1970). */
export function waitForFloor(
  clock: Clock,
  startedAt: number,
  floor = ANSWER_FLOOR_MILLISECONDS,
): Promise<void> {
  const elapsed = Math.max(0, clock.now().getTime() - startedAt);
  return clock.sleep(floor - (elapsed % floor));
}

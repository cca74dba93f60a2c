// When a message that was not taken is tried again, and when it is given up.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds to wait after the first, second, … attempt; after more attempts the last of them holds. */
export const delays = [10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR] as const;

/** How long a message is tried, in milliseconds. */
export const TRIED_FOR = 24 * HOUR;

/**
 * When the next attempt is due after so many failed ones, in milliseconds since 1970; `undefined` when that would be
 * later than 24 hours after `since`: the message is given up.
 */
export function nextAttempt(attempts: number, since: number, now: number): number | undefined {
  const next = now + (delays[attempts - 1] ?? HOUR);
  return next <= since + TRIED_FOR ? next : undefined;
}

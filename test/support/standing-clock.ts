// A clock that stands still while a test runs, so that nothing runs out between two lines of it.

import { afterEach, beforeEach, vi } from 'vitest';

const TOTP_STEP_MILLISECONDS = 30_000;

/** The next moment at which a code of an authenticator app begins. */
export const nextCode = (): number => Math.ceil(Date.now() / TOTP_STEP_MILLISECONDS) * TOTP_STEP_MILLISECONDS;

/**
 * For the tests of the block that calls it: each begins so many milliseconds after the one before has ended, so that what
 * that has used up is there again. `pass` moves the clock on.
 */
export function standingClock({ apart, from = Date.now() }: { apart: number; from?: number }) {
  let time = from;
  beforeEach(() => {
    time += apart;
    vi.useFakeTimers({ toFake: ['Date'], now: time });
  });
  afterEach(() => {
    time = Date.now();
    vi.useRealTimers();
  });
  return { pass: (milliseconds: number): void => void vi.setSystemTime(Date.now() + milliseconds) };
}

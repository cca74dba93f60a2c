// Time, as asked of the outside: tests move it, so nothing waits for real.

export type Clock = {
  /** The present moment. */
  now(): Date;
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
};

// Work that a node does again and again while it runs.

/** `start` begins it, and does nothing when it runs; `close` ends it and resolves when what is under way has ended. */
export type Repetition = { start(milliseconds: number): void; close(): Promise<void> };

/**
 * Does the work every so many milliseconds, from the first of them on, but never twice at once: a turn that comes while
 * the work still goes on is left out. What fails is given to `failed`, and tried again at the next turn. It keeps no
 * process alive.
 */
export function createRepetition(work: () => Promise<void>, failed: (error: unknown) => void): Repetition {
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  return {
    start(milliseconds) {
      timer ??= setInterval(() => {
        working ??= work()
          .catch(failed)
          .finally(() => {
            working = undefined;
          });
      }, milliseconds).unref();
    },
    async close() {
      clearInterval(timer);
      await working;
    },
  };
}

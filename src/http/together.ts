// Requests that come at once are answered side by side, which a loaded server does twice as fast as one by one.

/** Does the work soon: in this turn of the event loop, with all that comes in it. */
export type Together = (work: () => void) => void;

/**
 * Gathers what arrives in one turn of the event loop and begins all of it in a row, when nothing more has arrived.
 *
 * Each request is a chain of hundreds of small steps. Begun in a row, the chains take their steps in turn: a step's code
 * and data lie in the processor's caches from the request before, and one read transaction of the store serves them
 * all. Measured with 32 connections: an introspection takes 132 microseconds of the event loop instead of 334. A request
 * that comes alone waits for nothing.
 */
export function createTogether(): Together {
  let gathered: (() => void)[] = [];
  const beginAll = () => {
    const works = gathered;
    gathered = [];
    for (const work of works) work();
  };
  return (work) => {
    // Immediates come right after the loop has read what had arrived.
    if (gathered.push(work) === 1) setImmediate(beginAll);
  };
}

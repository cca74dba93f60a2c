// Giving the event loop its turn: an embedded database answers within the same one, so that a walk over all of a
// collection would keep every request and every timer waiting until its end.

/** Resolves in the next turn of the event loop; for between two pages of a long walk. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** A connection is accepted in one turn, read in the next, and answered some turns later, when its reads are done. */
const TURNS_OF_A_REQUEST = 8;

/** Resolves when requests that had come could be answered; for between two pieces of work that take long each. */
export async function letRequestsThrough(): Promise<void> {
  for (let turn = 0; turn < TURNS_OF_A_REQUEST; turn += 1) await nextTurn();
}

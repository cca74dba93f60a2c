// Giving the event loop its turn: an embedded database answers within the same one, so that a walk over all of a
// collection would keep every request and every timer waiting until its end.

/** Resolves in the next turn of the event loop; for between two pages of a long walk. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

// Writing what may be there already, by an earlier run of the same work or by somebody who was quicker.

import { Conflict } from '../ports/store.ts';

/** Waits for an insert; when something is in its place already, that stays as it is. */
export async function ignoreConflict(insert: Promise<unknown>): Promise<void> {
  try {
    await insert;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}

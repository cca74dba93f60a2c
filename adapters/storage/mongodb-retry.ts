// Trying again: what the server gave up on in favour of another command has done nothing and may be repeated.

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export const mostAttempts = 15;

/** Longer with each attempt, and never the same for two that collided. */
export const pause = (attempt: number): Promise<void> => sleep(randomInt(Math.min(15 * 2 ** attempt, 1000)));

/** Runs work again that ended in a write conflict; its parts must be safe to repeat. */
export async function persist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isWriteConflict(error) || attempt === mostAttempts) throw error;
    }
    await pause(attempt);
  }
}

/** Runs work of the same name one after the other. */
export type Lanes = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/**
 * Makes the lanes of a store. Many writes of one unique value at once are nothing to MongoDB, but DocumentDB deadlocks
 * on them and takes a second for each to find out: a node at least does not collide with itself.
 */
export function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = last.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}

/** Whether a unique index refused the write. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === 11_000;

/** Whether that index is the one of the id. */
export const isDuplicateId = (error: unknown): boolean =>
  isDuplicate(error) && '_id' in ((error as { keyPattern?: object }).keyPattern ?? {});

/** Whether the server gave up on the command because of another one. */
export const isWriteConflict = (error: unknown): boolean => codeOf(error) === 112;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

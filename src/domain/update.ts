// Changing one document by compare-and-swap: counters and throttles, also when many requests hit the same one.

import { Conflict, Stale, type Collection, type Stored } from '../ports/store.ts';

type Write<T> = { readonly doc: T; readonly expiresAt?: Date };

/** What a change wants: the new document and when it ends, or `undefined` to leave everything as it is. */
export type Change<T, R> = (doc: T | undefined) => {
  readonly result: R;
  readonly write?: Write<T>;
};

/** A document as it has just been read, if it was there. */
type Known<T> = { readonly seen: Stored<T> | undefined };

const MAX_ATTEMPTS = 20;

type Waiting<T> = {
  /** What to write, if anything. A change that throws writes nothing and fails by itself, at `settle`. */
  apply: (doc: T | undefined) => Write<T> | undefined;
  settle: () => void;
  fail: (error: unknown) => void;
};

/**
 * Applies changes to documents of one collection. Changes to the same id that wait at the same time are applied in
 * order and written together, so a hot counter costs one write per commit and not one per request; other nodes are
 * met by retrying on `Stale`. Rejects with `Stale` after 20 lost races. Who has just read the document gives it along, and
 * it is not read again.
 */
export function createUpdater<T extends object, K extends keyof T & string>(collection: Collection<T, K>) {
  const queues = new Map<string, Waiting<T>[]>();

  async function writeOnce(id: string, batch: readonly Waiting<T>[], known?: Known<T>): Promise<void> {
    const { seen } = known ?? { seen: await collection.get(id) };
    let doc = seen?.doc;
    let last: Write<T> | undefined;
    for (const waiting of batch) {
      const write = waiting.apply(doc);
      if (write === undefined) continue;
      last = write;
      doc = write.doc;
    }
    if (last === undefined) return;
    if (seen) await collection.replace(seen, last.doc, last.expiresAt);
    else await collection.insert(id, last.doc, last.expiresAt);
  }

  async function drain(id: string, known?: Known<T>): Promise<void> {
    let first = known;
    let queue = queues.get(id);
    while (queue && queue.length > 0) {
      const batch = queue.splice(0);
      for (let attempt = 1; ; attempt += 1) {
        try {
          await writeOnce(id, batch, first);
          for (const waiting of batch) waiting.settle();
          break;
        } catch (error) {
          const lostRace = error instanceof Stale || error instanceof Conflict;
          first = undefined;
          if (lostRace && attempt < MAX_ATTEMPTS) continue;
          for (const waiting of batch) waiting.fail(error);
          break;
        }
      }
      first = undefined;
      queue = queues.get(id);
    }
    queues.delete(id);
  }

  return function update<R>(id: string, change: Change<T, R>, known?: Known<T>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const waiting: Waiting<T> = {
        apply(doc) {
          try {
            const { result, write } = change(doc);
            waiting.settle = () => resolve(result);
            return write;
          } catch (error) {
            waiting.settle = () => reject(error);
            return undefined;
          }
        },
        settle: () => {},
        fail: reject,
      };
      const queue = queues.get(id);
      if (queue) queue.push(waiting);
      else {
        queues.set(id, [waiting]);
        void drain(id, known);
      }
    });
  };
}

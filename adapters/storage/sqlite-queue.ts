// Group commit: writes gather while a batch is being committed and then go together; a caller hears back only
// after the commit that covers its write.

import { Conflict, Stale, StoreUnavailable } from '../../src/ports/store.ts';
import type { Outcome, Write } from './sqlite-executor.ts';
import type { Refusal } from './sqlite-writes.ts';
import type { Writer } from './sqlite-writer.ts';

type Pending = {
  readonly write: Write;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
};

/** More would hold the lock long enough for another process to feel it. */
const largestBatch = 512;
/** So many share a commit cheaply enough: a write alone costs a processor five times what one of these costs. */
const worthwhileBatch = 16;
/** One on its way to the disk and one that the writer finds waiting, so that it need not wait for us in between. */
const mostCommitting = 2;

/** Makes the queue. A writer that died is started anew with the next batch. */
export function createWriteQueue({
  writer: first,
  start,
  now,
}: {
  writer: Writer;
  start: () => Promise<Writer>;
  now: () => number;
}) {
  let writer: Promise<Writer> | undefined = Promise.resolve(first);
  const committing = new Set<Promise<void>>();
  const waiting: Pending[] = [];
  let stopGathering = () => {};
  let running: Promise<void> | undefined;
  let closed = false;

  const commit = async (batch: Pending[]): Promise<void> => {
    const current = (writer ??= start());
    try {
      const { execute } = await current;
      const answer = await execute({ now: now(), writes: batch.map(({ write }) => write) });
      if ('failure' in answer) rejectAll(batch, new StoreUnavailable(`sqlite: ${answer.failure}`));
      else batch.forEach((pending, i) => settle(pending, answer.outcomes[i]));
    } catch (error) {
      if (writer === current) writer = undefined;
      rejectAll(batch, new StoreUnavailable('sqlite: the writer is gone', { cause: error }));
    }
  };

  /**
   * Whoever writes in this turn of the event loop comes along. A busy server, which serves many requests in a turn,
   * so commits once for many of them, and an idle one waits for nobody.
   */
  const gather = (): Promise<void> =>
    new Promise((resolve) => {
      stopGathering = resolve;
      if (waiting.length < worthwhileBatch) setImmediate(resolve);
      else resolve();
    });

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      await gather();
      if (committing.size === mostCommitting) await Promise.race(committing);
      const batch = waiting.splice(0, largestBatch);
      const committed = commit(batch).then(() => void committing.delete(committed));
      committing.add(committed);
    }
    running = undefined;
  };

  return {
    /** Resolves with the outcome once it is on disk; rejects with the error the outcome stands for. */
    submit: (write: Write): Promise<Outcome> => {
      if (closed) return Promise.reject(new StoreUnavailable('sqlite: closed'));
      return new Promise((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        if (waiting.length >= worthwhileBatch) stopGathering();
        running ??= run();
      });
    },
    /** Ends what is pending and takes nothing more, then ends the writer; `between` runs between the two. */
    close: async (between: () => void): Promise<void> => {
      closed = true;
      await running;
      await Promise.all(committing);
      between();
      const last = writer;
      writer = undefined;
      await last?.then(
        ({ close }) => close(),
        () => {},
      );
    },
  };
}

function settle({ write, resolve, reject }: Pending, outcome: Outcome | undefined): void {
  if (outcome === undefined) reject(new StoreUnavailable('sqlite: no answer'));
  else if (typeof outcome === 'object' && 'refused' in outcome) reject(errorOf(write, outcome));
  else resolve(outcome);
}

function rejectAll(batch: Pending[], error: StoreUnavailable): void {
  for (const { reject } of batch) reject(error);
}

function errorOf(write: Write, refusal: Refusal): Error {
  const name = 'table' in write ? write.table.name : write.kind;
  if (refusal.refused === 'conflict') return new Conflict(name, refusal.key);
  if (refusal.refused === 'stale') return new Stale(name, 'id' in write ? write.id : '');
  return new StoreUnavailable(`sqlite: ${name}: ${refusal.message}`);
}

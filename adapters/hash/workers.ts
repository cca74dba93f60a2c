// A few threads and two lines before them: jobs go first-in first-out to whichever thread is free, those that go ahead
// before all others.

import { Worker } from 'node:worker_threads';
import { threadEnvironment } from '../../src/lib/thread-environment.ts';
import { HasherBusy, type Turn } from '../../src/ports/hasher.ts';

type Task<Job, Result> = {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
};
type Slot<Job, Result> = { worker?: Worker | undefined; task?: Task<Job, Result> | undefined };
type Answer<Result> = { readonly result: Result } | { readonly error: unknown };

export type WorkersOptions = {
  /** The module each thread runs: it answers every message with `{ result }` or `{ error }`. */
  readonly script: URL;
  readonly data?: unknown;
  readonly count: number;
  /** So many jobs may wait in each line; one more rejects with `HasherBusy` at once. */
  readonly queueLimit: number;
};

export type Workers<Job, Result> = {
  /** What the thread answered. Rejects with `HasherBusy` when its line is full, or when the thread died. */
  run(job: Job, turn?: Turn): Promise<Result>;
  /** Ends the threads; unfinished jobs reject. */
  close(): Promise<void>;
};

/**
 * Threads that start when first needed and keep no process alive while idle. A thread that dies rejects its own
 * job only; the next job starts another.
 */
export function createWorkers<Job, Result>(options: WorkersOptions): Workers<Job, Result> {
  const { script, data, count, queueLimit } = options;
  const slots = Array.from({ length: count }, (): Slot<Job, Result> => ({}));
  const ahead: Task<Job, Result>[] = [];
  const waiting: Task<Job, Result>[] = [];
  let closed = false;

  function start(slot: Slot<Job, Result>): Worker {
    // The environment holds secrets that hashing has no use for.
    const worker = new Worker(script, {
      workerData: data,
      env: threadEnvironment(),
      execArgv: [],
      name: 'hash',
    });
    const died = (reason: unknown): void => {
      if (slot.worker !== worker) return;
      slot.worker = undefined;
      finish(slot)?.reject(new Error('a hashing thread died', { cause: reason }));
    };
    worker.on('message', (answer: Answer<Result>) => {
      const task = finish(slot);
      if ('error' in answer) task?.reject(answer.error);
      else task?.resolve(answer.result);
    });
    worker.on('error', died);
    worker.on('exit', (code) => died(`exit code ${code}`));
    slot.worker = worker;
    return worker;
  }

  function assign(slot: Slot<Job, Result>, task: Task<Job, Result>): void {
    slot.task = task;
    try {
      const worker = slot.worker ?? start(slot);
      worker.ref();
      worker.postMessage(task.job, []);
    } catch (error) {
      finish(slot)?.reject(error);
    }
  }

  /** Frees the slot, gives it the next job, and returns the task it had. */
  function finish(slot: Slot<Job, Result>): Task<Job, Result> | undefined {
    const { task } = slot;
    slot.task = undefined;
    slot.worker?.unref();
    const next = ahead.shift() ?? waiting.shift();
    if (next !== undefined) assign(slot, next);
    return task;
  }

  return {
    run(job, turn) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the hasher is closed'));
        const task = { job, resolve, reject };
        const free = slots.filter((slot) => slot.task === undefined);
        const slot = free.find(({ worker }) => worker !== undefined) ?? free[0];
        if (slot !== undefined) return assign(slot, task);
        const line = turn?.ahead === true ? ahead : waiting;
        if (line.length >= queueLimit) return reject(new HasherBusy(`${line.length} hashes are waiting`));
        line.push(task);
      });
    },

    async close() {
      closed = true;
      for (const { reject } of [...ahead.splice(0), ...waiting.splice(0)])
        reject(new Error('the hasher is closed'));
      await Promise.all(slots.map(async ({ worker }) => worker?.terminate()));
    },
  };
}

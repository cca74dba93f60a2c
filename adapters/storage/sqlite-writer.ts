// Who carries out batches: a worker thread for a file, the calling thread for a database in memory.

import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { threadEnvironment } from '../../src/lib/thread-environment.ts';
import { createExecutor, type Answer, type Batch } from './sqlite-executor.ts';

/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */

/** Batches are carried out in the order they come. `execute` rejects only when the writer is gone for good. */
export type Writer = {
  execute(batch: Batch): Promise<Answer>;
  close(): Promise<void>;
};

/** Writes on the connection of the caller, which stays its own. */
export function createLocalWriter(db: DatabaseSync): Writer {
  const execute = createExecutor(db);
  return {
    execute: async (batch) => execute(batch),
    close: async () => {},
  };
}

/** Starts the thread and resolves when its connection is open. It keeps the process alive only while it works. */
export async function startWorkerWriter(path: string, module: URL): Promise<Writer> {
  const worker = new Worker(module, { workerData: path, env: threadEnvironment(), name: 'sqlite' });
  const expected: { resolve(message: unknown): void; reject(error: Error): void }[] = [];
  let gone: Error | undefined;

  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (gone !== undefined) {
        reject(gone);
        return;
      }
      worker.ref();
      expected.push({ resolve, reject });
    });
  const end = (error: Error) => {
    gone ??= error;
    for (const { reject } of expected.splice(0)) reject(gone);
  };
  worker.on('message', (message) => {
    const waiting = expected.shift();
    if (expected.length === 0) worker.unref();
    waiting?.resolve(message);
  });
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => end(new Error(`the writing thread ended with code ${code}`)));

  await next();
  return {
    async execute(batch) {
      const answer = next();
      worker.postMessage(batch);
      return (await answer) as Answer;
    },
    async close() {
      if (gone !== undefined) return;
      worker.ref();
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('close');
      await ended;
    },
  };
}

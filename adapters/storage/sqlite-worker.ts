// The thread that owns the writing connection: it waits for locks and disks so that the event loop never does.

import { parentPort, workerData } from 'node:worker_threads';
import { collectGarbage } from '../../src/lib/lean-start.ts';
import { openWriteConnection, waitForLock } from './sqlite-connection.ts';
import { createExecutor, type Batch } from './sqlite-executor.ts';

/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */

const db = openWriteConnection(workerData as string);
const begin = db.prepare('BEGIN IMMEDIATE');
const execute = createExecutor(db, () => waitForLock(() => begin.run()));

parentPort?.on('message', (message: Batch | 'close') => {
  if (message !== 'close') {
    parentPort?.postMessage(execute(message));
    return;
  }
  db.close();
  parentPort?.close();
});
parentPort?.postMessage('ready');
collectGarbage();

// A writing thread that opens and then dies of its first batch.

import { parentPort } from 'node:worker_threads';

parentPort?.on('message', () => process.exit(1));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage('ready');

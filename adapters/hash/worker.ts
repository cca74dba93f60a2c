// The body of a hashing thread: one job in, one answer out, always in that order.

import { parentPort, workerData } from 'node:worker_threads';
import { type HashJob, deriveHash, loadNativeArgon2, nodeArgon2 } from './derive-hash.ts';

const { engine } = workerData as { engine: 'native' | 'node' };
const argon2 = (engine === 'native' ? await loadNativeArgon2() : undefined) ?? nodeArgon2;

parentPort!.on('message', (job: HashJob) => parentPort!.postMessage(answer(job), []));

function answer(job: HashJob): { result: Uint8Array } | { error: unknown } {
  try {
    return { result: Uint8Array.from(deriveHash(job, argon2)) };
  } catch (error) {
    return { error };
  }
}

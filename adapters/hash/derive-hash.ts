// The slow function itself: password, salt and cost in, bytes out. Runs inside a worker, so it may block.

import { argon2Sync, createHmac, pbkdf2Sync } from 'node:crypto';
import type { PhcCost } from '../../src/lib/phc.ts';

/** One hash to compute. */
export type HashJob = {
  readonly cost: PhcCost;
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly bytes: number;
  readonly pepper?: Uint8Array;
};

type Argon2Job = HashJob & { readonly cost: { readonly scheme: 'argon2id' } };
export type Argon2 = (job: Argon2Job) => Uint8Array;

/**
 * The hash of a job. Argon2 takes the pepper as its secret (RFC 9106 §3.1); PBKDF2 has none, so there the password
 * is first authenticated with it.
 */
export function deriveHash(job: HashJob, argon2: Argon2): Uint8Array {
  const { cost, password, salt, bytes, pepper } = job;
  if (cost.scheme === 'argon2id') return argon2({ ...job, cost });
  const input = pepper === undefined ? password : createHmac('sha512', pepper).update(password).digest();
  return pbkdf2Sync(input, salt, cost.iterations, bytes, cost.scheme.slice('pbkdf2-'.length));
}

/** Argon2id of `node:crypto`: always there, about a third as fast as the native package. */
export const nodeArgon2: Argon2 = ({ cost, password, salt, bytes, pepper }) =>
  argon2Sync('argon2id', {
    message: password,
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.lanes,
    tagLength: bytes,
    ...(pepper && { secret: pepper }),
  });

/** Argon2id, v=19 (the defaults) of the package `@node-rs/argon2`; `undefined` on a platform it has no binary for. */
export async function loadNativeArgon2(): Promise<Argon2 | undefined> {
  try {
    const { hashRawSync } = await import('@node-rs/argon2');
    return ({ cost, password, salt, bytes, pepper }) =>
      hashRawSync(password, {
        salt,
        memoryCost: cost.memoryKib,
        timeCost: cost.passes,
        parallelism: cost.lanes,
        outputLen: bytes,
        ...(pepper && { secret: pepper }),
      });
  } catch {
    return undefined;
  }
}

// The slow function itself: password, salt and cost in, bytes out. Runs inside a worker, so it may block.

import { argon2Sync, createHmac, pbkdf2Sync, scryptSync } from 'node:crypto';
import { hashSync as bcryptSync } from 'bcryptjs';
import type { HashCost } from '../../src/lib/stored-hash.ts';
import { md5Crypt, shaCrypt } from './crypt.ts';

/** One hash to compute. */
export type HashJob = {
  readonly cost: HashCost;
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly bytes: number;
  readonly pepper?: Uint8Array;
};

type Argon2Job = HashJob & { readonly cost: { readonly scheme: 'argon2id' | 'argon2i' } };
export type Argon2 = (job: Argon2Job) => Uint8Array;

/**
 * The hash of a job. Argon2 takes the pepper as its secret (RFC 9106 §3.1); PBKDF2 has none, so there the password
 * is first authenticated with it. The schemes of old systems have no pepper.
 */
export function deriveHash(job: HashJob, argon2: Argon2): Uint8Array {
  const { cost, password, salt, bytes, pepper } = job;
  switch (cost.scheme) {
    case 'argon2id':
    case 'argon2i':
      return argon2({ ...job, cost });
    case 'scrypt': {
      const { logN, blockSize: r, parallel: p } = cost;
      // The limit of OpenSSL is 32 MiB unless given; what is read is bounded already.
      const maxmem = 128 * r * (2 ** logN + p + 2) + 1_048_576;
      return scryptSync(password, salt, bytes, { N: 2 ** logN, r, p, maxmem });
    }
    case 'bcrypt':
      return bcryptOf(password, salt, cost.logRounds);
    case 'md5-crypt':
      return md5Crypt(password, salt, '$1$');
    case 'apr1':
      return md5Crypt(password, salt, '$apr1$');
    case 'sha256-crypt':
      return shaCrypt(password, salt, cost.rounds, 'sha256');
    case 'sha512-crypt':
      return shaCrypt(password, salt, cost.rounds, 'sha512');
    case 'pbkdf2-sha1':
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512': {
      const input = pepper === undefined ? password : createHmac('sha512', pepper).update(password).digest();
      return pbkdf2Sync(input, salt, cost.iterations, bytes, cost.scheme.slice('pbkdf2-'.length));
    }
    default:
      return cost satisfies never;
  }
}

/** The last 31 characters of a bcrypt text. Like every bcrypt it looks at the first 72 bytes of a password. */
function bcryptOf(password: Uint8Array, salt: Uint8Array, logRounds: number): Buffer {
  const text = `$2b$${String(logRounds).padStart(2, '0')}$${Buffer.from(salt).toString('latin1')}`;
  return Buffer.from(bcryptSync(Buffer.from(password).toString(), text).slice(text.length), 'latin1');
}

/** Argon2 of `node:crypto`: always there, about a third as fast as the native package. */
export const nodeArgon2: Argon2 = ({ cost, password, salt, bytes, pepper }) =>
  argon2Sync(cost.scheme, {
    message: password,
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.lanes,
    tagLength: bytes,
    ...(pepper && { secret: pepper }),
  });

/** The numbers that the package has for them; its own names are of a `const enum`, which is gone at run time. */
const algorithms = { argon2i: 1, argon2id: 2 } as const;

/** Argon2, v=19 (the default) of the package `@node-rs/argon2`; `undefined` on a platform it has no binary for. */
export async function loadNativeArgon2(): Promise<Argon2 | undefined> {
  try {
    const { hashRawSync } = await import('@node-rs/argon2');
    return ({ cost, password, salt, bytes, pepper }) =>
      hashRawSync(password, {
        algorithm: algorithms[cost.scheme],
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

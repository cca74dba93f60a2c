// The signing key of the simulated MojeID: RSA of 4096 bits, published without `alg` and `use`. It is made in another
// thread while the server already answers, and only who asks for it waits.

import { generateKeyPair, hash, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';

const makePair = promisify(generateKeyPair);

export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject; readonly jwk: JWK };

async function makeKey(bits: number): Promise<SigningKey> {
  const { privateKey, publicKey } = await makePair('rsa', { modulusLength: bits });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const kid = hash('sha256', n!, 'base64url').slice(0, 16);
  return { kid, privateKey, jwk: { kty: 'RSA', n: n!, e: e!, kid } };
}

/** The keys: the published one, and one that is nobody's. */
export function createKeys(bits: number) {
  let published: Promise<SigningKey> | undefined;
  let foreign: Promise<SigningKey> | undefined;
  return {
    published: (): Promise<SigningKey> => (published ??= makeKey(bits)),
    foreign: (): Promise<SigningKey> => (foreign ??= makeKey(2048)),
    /** Publishes a new key in the place of the old one. */
    async rotate(): Promise<void> {
      published = makeKey(bits);
      await published;
    },
  };
}

export type Keys = ReturnType<typeof createKeys>;

// The public keys of clients that prove themselves by a signature: which are taken, how one is named in a log, and which
// fields go when another way to prove oneself is chosen.

import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { z } from 'zod';

const LEAST_RSA_BITS = 2048;
/** As JSON: an RSA key of 16384 bits, and what may be said beside it. */
const LONGEST_KEY = 16_000;
/** Members that only a private or a secret key has (RFC 7518 §6). */
const PRIVATE = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];
/** What a thumbprint is made of (RFC 7638 §3.2, RFC 8037 §2), in the order of names. */
const NAMING = { RSA: ['e', 'kty', 'n'], EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'] } as const;

const publicKey = z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) });
type PublicKey = z.output<typeof publicKey>;

function read(key: PublicKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** A JWK Set of public keys that can be used. */
export const publicJwks = z
  .object({ keys: z.array(publicKey).min(1).max(20) })
  .superRefine(({ keys }, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', message });
    if (keys.some((key) => PRIVATE.some((member) => member in key)))
      return issue('must hold public keys only');
    if (keys.some((key) => JSON.stringify(key).length > LONGEST_KEY))
      return issue(`has a key of more than ${LONGEST_KEY} characters`);
    for (const key of keys) {
      const bits = read(key)?.asymmetricKeyDetails?.modulusLength;
      if (!read(key)) issue(`has a key of type ${key.kty} that cannot be read`);
      else if (bits !== undefined && bits < LEAST_RSA_BITS)
        issue(`RSA keys need ${LEAST_RSA_BITS} bits or more`);
    }
  });

/** The thumbprints of keys: names that nobody chooses (RFC 7638). */
export const thumbprintsOf = ({ keys }: z.output<typeof publicJwks>): string[] =>
  keys.map((key) => {
    const named = NAMING[key.kty].map((member) => [member, key[member as 'kty']]);
    return hash('sha256', JSON.stringify(Object.fromEntries(named)), 'base64url');
  });

type ClientKeys = {
  readonly token_endpoint_auth_method?: unknown;
  readonly jwks?: unknown;
  readonly jwks_uri?: unknown;
};

/**
 * A change of a registration with what follows from it for the keys: they go with the method that needs them, and keys
 * that are given take the place of an address, and the other way round. What the change says itself stays as it is.
 */
export function withKeysInPlace<T extends ClientKeys>(change: T): T {
  const method = change.token_endpoint_auth_method;
  const leaves = method !== undefined && method !== 'private_key_jwt';
  return {
    ...(leaves || change.jwks_uri !== undefined ? { jwks: undefined } : {}),
    ...(leaves || change.jwks !== undefined ? { jwks_uri: undefined } : {}),
    ...change,
  };
}

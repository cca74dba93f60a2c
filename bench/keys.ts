// Signing keys for the bare engine, of the kinds and sizes that ours makes for itself.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';

const jwkOf = (privateKey: KeyObject, alg: string) => ({
  ...privateKey.export({ format: 'jwk' }),
  alg,
  use: 'sig',
  kid: alg,
});

/** A JWKS with a private key for each algorithm. */
export const newKeys = () => ({
  keys: [
    jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256'),
    jwkOf(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey, 'RS256'),
    jwkOf(generateKeyPairSync('ed25519').privateKey, 'EdDSA'),
  ],
});

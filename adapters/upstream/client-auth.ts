// How we prove at a token endpoint that it is us (OpenID Connect Core §9).

import { createPrivateKey } from 'node:crypto';
import * as openid from 'openid-client';

export type ClientCredentials = {
  /** The secret, or with `private_key_jwt` a private key in PEM. */
  readonly clientSecret: string;
  /** What that key is called there, where it must be called something. */
  readonly clientKeyId?: string | undefined;
  /** Exactly as it is registered there. */
  readonly authMethod: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt';
};

const methods = {
  client_secret_basic: ({ clientSecret }) => openid.ClientSecretBasic(clientSecret),
  client_secret_post: ({ clientSecret }) => openid.ClientSecretPost(clientSecret),
  client_secret_jwt: ({ clientSecret }) => openid.ClientSecretJwt(clientSecret),
  private_key_jwt: ({ clientSecret, clientKeyId: kid }) => {
    const key = privateKeyOf(clientSecret);
    return openid.PrivateKeyJwt(kid === undefined ? key : { key, kid });
  },
} satisfies Record<ClientCredentials['authMethod'], (credentials: ClientCredentials) => openid.ClientAuth>;

/** A private key for assertions: RS256, ES256 or Ed25519, by its kind. */
function privateKeyOf(pem: string): openid.CryptoKey {
  const key = createPrivateKey(pem);
  const algorithm =
    key.asymmetricKeyType === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : key.asymmetricKeyType === 'ec'
        ? { name: 'ECDSA', namedCurve: 'P-256' }
        : { name: 'Ed25519' };
  return key.toCryptoKey(algorithm, false, ['sign']) as openid.CryptoKey;
}

/** The proof, by the method that is registered and no other. */
export const clientAuthOf = (credentials: ClientCredentials): openid.ClientAuth =>
  methods[credentials.authMethod](credentials);

// What a provider publishes of itself is read only when it is sent as JSON.

import { describe, expect, test } from 'vitest';
import { createProviderDocuments } from '../../../adapters/upstream/provider-documents.ts';

const issuer = 'https://provider.example';
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
};

/** The documents of a provider that sends each of the two as the type that is given for it. */
const documentsSentAs = (metadataType: string, keysType: string) =>
  createProviderDocuments({
    issuer,
    hosts: [],
    signingAlg: 'ES256',
    clock: { now: () => new Date(0), sleep: () => Promise.resolve() },
    fetcher: (url) => {
      const [body, type] = url === metadata.jwks_uri ? [{ keys: [] }, keysType] : [metadata, metadataType];
      // Bytes have no type of their own.
      const bytes = new TextEncoder().encode(JSON.stringify(body));
      return Promise.resolve(new Response(bytes, { headers: type === '' ? {} : { 'content-type': type } }));
    },
  });

describe('S-6: metadata and keys', () => {
  test.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/jwk-set+json'])(
    'sent as %s are read',
    async (type) => {
      await expect(documentsSentAs(type, type).keys()).resolves.toBeTypeOf('function');
    },
  );

  test.each(['text/html', 'text/plain', 'text/json', 'application/jsonp', 'image/png; application/json', ''])(
    'sent as “%s” are not',
    async (type) => {
      const refused = (what: string) => ({
        reason: 'unavailable',
        message: expect.stringContaining(`${what}: the answer is not sent as JSON`) as string,
      });
      await expect(documentsSentAs(type, 'application/json').metadata()).rejects.toMatchObject(
        refused('metadata'),
      );
      await expect(documentsSentAs('application/json', type).keys()).rejects.toMatchObject(refused('keys'));
    },
  );
});

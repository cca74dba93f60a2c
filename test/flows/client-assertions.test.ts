// Clients that authenticate with a key: what an assertion must be (RFC 7523 §3), and where the key may come from.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as jose from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

type Claims = Record<string, unknown>;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let pair: jose.GenerateKeyPairResult;
  let publicJwk: jose.JWK;
  beforeAll(async () => {
    world = await openWorld({ storage });
    pair = await jose.generateKeyPair('ES256', { extractable: true });
    publicJwk = { ...(await jose.exportJWK(pair.publicKey)), kid: 'k1' };
    client = await withKeys({ jwks: { keys: [publicJwk as { kty: 'EC' }] } });
  });
  afterAll(() => closeWorld(world, storage));

  const withKeys = (keys: Parameters<World['createClient']>[0]): Promise<IssuedClient> =>
    world.createClient({
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      ...keys,
    });

  const claimsOf = (more: Claims = {}, of: IssuedClient = client): Claims => {
    const now = Math.floor(Date.now() / 1000);
    const { client_id: id } = of.metadata;
    const jti = crypto.randomUUID();
    return { iss: id, sub: id, aud: world.issuer, jti, iat: now, exp: now + 60, ...more };
  };

  const sign = (claims: Claims, header: Partial<jose.JWTHeaderParameters> = {}, key = pair.privateKey) =>
    new jose.SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key);

  const use = (assertion: string, more: Record<string, string> = {}) =>
    fetch(`${world.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        ...more,
      }),
    });

  test('R13: a good one is good once, for any of our names', async () => {
    for (const aud of [world.issuer, `${world.issuer}/token`, [world.issuer, 'https://other.example']]) {
      const assertion = await sign(claimsOf({ aud }));
      expect([(await use(assertion)).status, (await use(assertion)).status]).toEqual([200, 401]);
    }
  });

  test('R13: of many at once exactly one is taken', async () => {
    const assertion = await sign(claimsOf());
    const answers = await Promise.all(Array.from({ length: 20 }, () => use(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  const now = () => Math.floor(Date.now() / 1000);
  test.each<[string, () => Claims]>([
    ['for somebody else', () => ({ aud: 'https://other.example' })],
    ['for nobody', () => ({ aud: undefined })],
    ['that ran out ten minutes ago', () => ({ iat: now() - 660, exp: now() - 600 })],
    ['without an end', () => ({ exp: undefined })],
    ['that begins tomorrow', () => ({ nbf: now() + 86_400 })],
    ['without an id', () => ({ jti: undefined })],
    ['by another issuer', () => ({ iss: 'https://evil.example' })],
    ['about another client', () => ({ sub: 'nobody' })],
    ['about nobody', () => ({ sub: undefined })],
  ])('R13: one %s is refused', async (_what, wrong) => {
    const response = await use(await sign(claimsOf(wrong())));
    expect([400, 401]).toContain(response.status);
    expect(await response.json()).toMatchObject({ error: expect.stringMatching(/^invalid_/) as string });
  });

  describe('A76: the key and the algorithm are those of the registration', () => {
    test('not the sender’s', async () => {
      const own = await jose.generateKeyPair('ES256', { extractable: true });
      const jwk = await jose.exportJWK(own.publicKey);
      for (const header of [
        {},
        { jwk },
        { kid: 'k2' },
        { kid: '../../k1' },
        { jku: 'https://evil.example/jwks' },
        { x5u: 'https://evil.example/x5u' },
      ]) {
        const response = await use(await sign(claimsOf(), header, own.privateKey));
        expect([header, response.status]).toEqual([header, 401]);
      }
    });

    test('not none, and not a public key used as a secret', async () => {
      const [none, claims] = [{ alg: 'none' }, claimsOf()].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      expect((await use(`${none}.${claims}.`)).status).toBe(401);
      const secrets = [JSON.stringify(publicJwk), await jose.exportSPKI(pair.publicKey)];
      for (const secret of secrets) {
        const forged = await new jose.SignJWT(claimsOf())
          .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
          .sign(new TextEncoder().encode(secret));
        expect((await use(forged)).status).toBe(401);
      }
    });

    test('not another client’s', async () => {
      const other = await jose.generateKeyPair('ES256', { extractable: true });
      const jwk = { ...(await jose.exportJWK(other.publicKey)), kid: 'k1' };
      const second = await withKeys({ jwks: { keys: [jwk as { kty: 'EC' }] } });
      expect((await use(await sign(claimsOf({}, second)))).status).toBe(401);
      expect((await use(await sign(claimsOf({}, second), {}, other.privateKey))).status).toBe(200);
    });

    test('and nothing else opens such a client', async () => {
      const { client_id: id } = client.metadata;
      const ask = (form: Record<string, string>, headers: Record<string, string> = {}) =>
        fetch(`${world.issuer}/token`, {
          method: 'POST',
          headers,
          body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
        });
      expect((await ask({ client_id: id })).status).toBe(401);
      expect((await ask({ client_id: id, client_secret: 'undefined' })).status).toBe(401);
      expect((await ask({}, { authorization: `Basic ${btoa(`${id}:x`)}` })).status).toBe(401);
      const twice = await use(await sign(claimsOf()), { client_id: 'somebody-else' });
      expect([400, 401]).toContain(twice.status);
    });
  });

  describe('M4: keys that the client publishes itself', () => {
    let server: Server;
    let uri: string;
    let asked = 0;
    let sentAs = 'application/json';
    beforeAll(async () => {
      server = createServer((_req, res) => {
        asked += 1;
        if (sentAs !== '') res.setHeader('Content-Type', sentAs);
        res.end(JSON.stringify({ keys: [publicJwk] }));
      });
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    });
    afterAll(() => server.close());

    test('are not fetched from a private network', async () => {
      const inside = await withKeys({ jwks_uri: uri });
      expect((await use(await sign(claimsOf({}, inside)))).status).toBeGreaterThanOrEqual(400);
      expect(asked).toBe(0);
      // Only the log tells why, or the answer would map the network.
      const refusals = world.logs.filter(({ message }) => message === 'request refused');
      expect(refusals.at(-1)!['detail']).toContain('127.0.0.1 is not a public address');
    });

    test('but where the operator allows it, and only what is sent as JSON', async () => {
      const open = await openWorld({ env: { VRATNY_FETCH_ALLOW: '127.0.0.0/8' } });
      const inside = await open.createClient({
        token_endpoint_auth_method: 'private_key_jwt',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        jwks_uri: uri,
      });
      const statusAt = async (): Promise<number> => {
        const assertion = await sign({ ...claimsOf({}, inside), aud: open.issuer });
        const response = await fetch(`${open.issuer}/token`, {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: assertion,
          }),
        });
        return response.status;
      };
      // A file that somebody uploaded there is no set of keys (S-6).
      for (const foreign of [
        'text/html',
        'text/plain; charset=utf-8',
        'application/jsonp',
        'image/png',
        '',
      ]) {
        sentAs = foreign;
        expect([foreign, await statusAt()]).toEqual([foreign, 401]);
      }
      const refusals = open.logs.filter(({ message }) => message === 'request refused');
      expect(refusals.at(-1)!['detail']).toContain('not sent as JSON');
      sentAs = 'application/jwk-set+json; charset=utf-8';
      expect([await statusAt(), asked]).toEqual([200, 6]);
      await open.close();
    });
  });
});

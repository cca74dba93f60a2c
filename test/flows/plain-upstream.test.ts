// A second, plain provider as an upstream, by configuration alone: a bare oidc-provider that knows nothing of us, and
// people who go there and come back through the public door.

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { Provider, type Configuration } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { Browser } from '../support/browser.ts';
import { departureOf } from '../support/fake-upstream.ts';
import { atSignIn, exchange } from '../support/journeys.ts';
import { temporaryFolder } from '../support/program.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PAGE = '/account/security/identities';
const GOLD = 'urn:corp:gold';

/** A server whose handler comes later: its address must be known before. */
async function listening() {
  let handle: RequestListener = (_req, res) => void res.end();
  const server: Server = createServer((req, res) => handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (handler: RequestListener) => void (handle = handler),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

onEveryStorage((newStorage) => {
  describe('a plain upstream', () => {
    const storage = newStorage();
    const folder = temporaryFolder();
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    let corp: Awaited<ReturnType<typeof listening>>;
    let bare: Awaited<ReturnType<typeof listening>>;
    let world: World;
    let client: IssuedClient;

    beforeAll(async () => {
      [corp, bare] = [await listening(), await listening()];
      const files = { key: join(folder.path, 'key.pem'), list: join(folder.path, 'upstreams.json') };
      writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const entry = { kind: 'oidc', client_id: 'vratny' };
      writeFileSync(
        files.list,
        JSON.stringify([
          { ...entry, name: 'corp', label: 'Corp', issuer: corp.issuer, client_secret: 'a secret of ours' },
          {
            ...entry,
            name: 'bare',
            label: 'Bare',
            issuer: bare.issuer,
            token_endpoint_auth_method: 'private_key_jwt',
            client_key_file: files.key,
            client_key_id: 'ours',
            id_token_signed_response_alg: 'ES256',
            levels: { gold: [GOLD] },
          },
        ]),
      );
      world = await openWorld({
        storage,
        env: { VRATNY_UPSTREAMS_FILE: files.list, VRATNY_FETCH_ALLOW: '127.0.0.0/8' },
      });
      client = await world.createClient();

      const shared: Configuration = {
        claims: { email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
        findAccount: (_ctx, accountId) => ({
          accountId,
          claims: () => ({
            sub: accountId,
            email: `${accountId}@corp.example`,
            preferred_username: accountId,
          }),
        }),
      };
      const redirect = (name: string) => [`${world.issuer}/callback/${name}`];
      const plain = new Provider(corp.issuer, {
        ...shared,
        clients: [
          { client_id: 'vratny', client_secret: 'a secret of ours', redirect_uris: redirect('corp') },
        ],
      });
      const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
      // No userinfo, no secret, other signatures.
      const odd = new Provider(bare.issuer, {
        ...shared,
        acrValues: [GOLD],
        conformIdTokenClaims: false,
        features: { userinfo: { enabled: false }, claimsParameter: { enabled: true } },
        jwks: { keys: [{ ...key.export({ format: 'jwk' }), kid: 'theirs' }] },
        clientAuthMethods: ['private_key_jwt'],
        clients: [
          {
            client_id: 'vratny',
            redirect_uris: redirect('bare'),
            token_endpoint_auth_method: 'private_key_jwt',
            token_endpoint_auth_signing_alg: 'ES256',
            id_token_signed_response_alg: 'ES256',
            jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'ours' }] },
          },
        ],
      });
      for (const [server, provider] of [
        [corp, plain],
        [bare, odd],
      ] as const) {
        const answer = provider.callback();
        server.serve((req, res) => void answer(req, res));
      }
    });
    afterAll(async () => {
      await closeWorld(world, storage);
      await Promise.all([corp.close(), bare.close()]);
      folder.remove();
    });

    /** From the page of departure to the provider, on its own pages, and back. */
    async function through(browser: Browser, who: string, there: Browser): Promise<Browser> {
      await there.open(departureOf(browser).to);
      if (!there.hasLeft && there.html.includes('name="login"'))
        await there.submit({ login: who, password: 'any' });
      if (!there.hasLeft) await there.submit();
      return browser.open(there.url);
    }

    test('S74, S76, S78: unknown identity, pairing, sign-in, unlinking and linking, by configuration alone', async () => {
      const { id, email } = await world.createAccount();
      const there = new Browser(corp.issuer);
      const browser = await (await atSignIn(world, client)).submit({}, 'corp');
      // It tells how old a sign-in is only when it is asked for a fresh one.
      await through(browser, 'lucy', there);
      expect(browser.heading).toBe('Please sign in at Corp once more');
      await through(await browser.submit({}, 'corp'), 'lucy', there);
      expect(browser.heading).toBe('We do not know this identity yet');
      await browser.open(new URL(browser.url).pathname.replace(/[^/]+$/, 'password'));
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.html).toContain('lucy');
      await browser.submit({}, 'link');
      expect(browser.callback['code']).toBeDefined();

      const again = await through(await (await atSignIn(world, client)).submit({}, 'corp'), 'lucy', there);
      const { body } = await exchange(world, client, again);
      expect(decodeJwt(body.id_token!)).toMatchObject({ sub: id, amr: ['fed'] });

      await browser.open(`${PAGE}/corp`);
      await browser.submit({ password: PASSWORD });
      expect(browser.html).toContain('The link is removed');
      const gone = await through(await (await atSignIn(world, client)).submit({}, 'corp'), 'lucy', there);
      expect(gone.heading).toBe('Please sign in at Corp once more');

      // From the account pages the sign-in there is anew, whoever is signed in there.
      await browser.open(`${PAGE}/corp`);
      await browser.submit({ password: PASSWORD });
      await through(browser, 'lucy', there);
      expect(browser.heading).toBe('Link your account to Corp?');
      await browser.submit({});
      const { issuer } = corp;
      expect((await world.core.federation.links.of(id, issuer))?.doc).toMatchObject({
        subject: 'lucy',
        upstream: 'corp',
      });
    });

    test('a provider without userinfo, with a key in the place of a secret, says who somebody is in its token', async () => {
      const browser = await (await atSignIn(world, client)).submit({}, 'bare');
      await through(browser, 'max', new Browser(bare.issuer));
      expect(browser.heading).toBe('We do not know this identity yet');
      expect(browser.html).toContain('max');
      const discovery = await fetch(`${world.issuer}/.well-known/openid-configuration`);
      expect(((await discovery.json()) as { acr_values_supported: string[] }).acr_values_supported).toContain(
        'gold',
      );
    });
  });
});

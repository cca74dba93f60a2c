// What may be used once is used once, however many come at the same moment: over a store that was slowed down on
// purpose, and from two nodes on one storage (security.md M1).

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as jose from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { engineCollections } from '../../src/domain/collections.ts';
import { codeGrant, exchange, signedIn } from '../support/journeys.ts';
import { dropDatabase, ownDatabase } from '../support/mongo-database.ts';
import { slowStore } from '../support/slow-store.ts';
import { closeWorld, onEveryStorage, openWorld, token, type World } from '../support/world.ts';

// Small MongoDB servers take their time over 20 writers of one document.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MANY = 20;
const many = <T>(what: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: MANY }, (_, index) => what(index)));

type Answer = Awaited<ReturnType<typeof token>>;

/** One got tokens; the others were refused in the words of RFC 6749 §5.2, and none with a fault. */
function expectOneWinner(answers: readonly Answer[]): void {
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const others = answers
    .filter(({ status }) => status !== 200)
    .map(({ status, body }) => [status, body['error']]);
  expect(new Set(others.map((pair) => pair.join(' ')))).toEqual(new Set(['400 invalid_grant']));
}

const storedTokens = async ({ store }: World): Promise<number> => {
  const { AccessToken, RefreshToken } = engineCollections;
  const lists = await Promise.all(
    [AccessToken, RefreshToken].map((shape) => store.collection(shape).list(undefined, { limit: 1000 })),
  );
  return lists.flat().length;
};

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let email: string;
  beforeAll(async () => {
    world = await openWorld({ storage, wrap: (store) => slowStore(store, 5) });
    client = await world.createClient();
    ({ email } = await world.createAccount());
  });
  afterAll(() => closeWorld(world, storage));

  test('of 20 exchanges of one code at once exactly one gets tokens', async () => {
    const browser = await signedIn(world, client, email);
    expectOneWinner(await many(() => token(world, client, codeGrant(browser.callback['code']!))));
  });

  test('of 20 uses of one refresh token at once exactly one gets tokens', async () => {
    const browser = await signedIn(world, client, email, { scope: 'openid offline_access' });
    const { body } = await exchange(world, client, browser);
    const tokensBefore = await storedTokens(world);
    expectOneWinner(
      await many(() =>
        token(world, client, { grant_type: 'refresh_token', refresh_token: body.refresh_token! }),
      ),
    );
    // What the others had begun to write is gone: an access and a refresh token are new, those of the winner.
    expect(await storedTokens(world)).toBeLessThanOrEqual(tokensBefore + 2);
  });

  test('a code that is used again after its exchange ends what it gave', async () => {
    const browser = await signedIn(world, client, email);
    const { body } = await exchange(world, client, browser);
    expect((await exchange(world, client, browser)).body['error']).toBe('invalid_grant');
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(userinfo.status).toBe(401);
  });

  test('of 20 uses of one pushed request at once at most one leads to a code', async () => {
    const browser = await signedIn(world, client, email);
    const basic = Buffer.from(`${client.metadata.client_id}:${client.secret}`).toString('base64');
    const pushed = await fetch(`${world.issuer}/par`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URL(world.authorizeUrl(client)).searchParams,
    });
    const { request_uri: uri } = (await pushed.json()) as { request_uri: string };
    const query = new URLSearchParams({ client_id: client.metadata.client_id, request_uri: uri });
    const answers = await many(() =>
      fetch(`${world.issuer}/authorize?${query.toString()}`, {
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: browser.cookieHeader('/authorize') },
      }),
    );
    const locations = answers.map(({ headers }) => headers.get('location') ?? '');
    expect(locations.filter((location) => location.includes('code='))).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });

  test('of 20 uses of one private_key_jwt assertion at once exactly one is believed', async () => {
    const { privateKey, publicKey } = await jose.generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
    const { metadata } = await world.createClient({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk as { kty: 'EC' }] },
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    const id = metadata.client_id;
    const assertion = await new jose.SignJWT({ jti: 'the same' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(world.issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    const answers = await many(() =>
      token(
        world,
        { metadata },
        {
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        },
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 200);
    expect(new Set(others.map(({ status, body }) => `${status} ${String(body['error'])}`))).toEqual(
      new Set(['401 invalid_client']),
    );
  });

  test('of 20 uses of one set-password link at once exactly one sets the password', async () => {
    const account = await world.core.accounts.get((await world.createAccount()).id);
    const { url } = await world.core.setPassword.offer(account!);
    const browser = await world.browser().open(url);
    const form = browser.forms[0]!;
    const answers = await many((index) =>
      fetch(url, {
        method: 'POST',
        headers: { accept: 'text/html', cookie: browser.cookieHeader('/'), origin: world.issuer },
        body: new URLSearchParams({
          ...form.fields,
          password: `a new phrase ${index}`,
          repeat: `a new phrase ${index}`,
        }),
      }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(MANY - 1);
    const changed = await world.core.accounts.get(account!.id);
    expect(changed!.doc.credentialVersion).toBe(account!.doc.credentialVersion + 1);
  });

  test('of two links of one account used at once exactly one sets the password', async () => {
    const account = await world.core.accounts.get((await world.createAccount()).id);
    const secrets = await Promise.all(
      [1, 2].map(async () => (await world.core.setPassword.offer(account!)).url),
    );
    const outcomes = await Promise.all(
      secrets.map((url, index) => {
        const phrase = `a new phrase ${index}`;
        return world.core.setPassword.use(url.split('/').at(-1)!, phrase, phrase, `browser ${index}`);
      }),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['link_over', 'set']);
  });
});

describe('two nodes on one storage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vratny-nodes-'));
  const uri = process.env['TEST_MONGODB_URI'];
  const database = uri ? ownDatabase(uri) : '';
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    if (database !== '') await dropDatabase(database);
  });

  test.for([
    { storage: `sqlite:${join(folder, 'nodes.sqlite')}`, name: 'a SQLite file' },
    ...(uri ? [{ storage: database, name: 'MongoDB' }] : []),
  ])('on $name a code and a refresh token work once, wherever they are used', async ({ storage }) => {
    const clock = {
      now: () => new Date(),
      sleep: (ms: number) => new Promise<void>((done) => void setTimeout(done, ms)),
    };
    const wrap = (store: World['store']) => slowStore(store, 5);
    const one = await openWorld({ storage, clock, wrap });
    // The second node answers under the address of the first, as behind a load balancer.
    const two = await openWorld({
      storage,
      clock,
      wrap,
      env: { VRATNY_ISSUER: one.issuer },
    });
    try {
      const client = await one.createClient();
      const { email } = await one.createAccount();
      const at = (index: number) =>
        index % 2 === 0 ? one : { ...two, issuer: `http://localhost:${two.port}` };
      const ask = (index: number, params: Record<string, string>) => token(at(index), client, params);
      const browser = await signedIn(one, client, email, { scope: 'openid offline_access' });
      const code = codeGrant(browser.callback['code']!);
      expectOneWinner(await many((index) => ask(index, code)));

      const again = await signedIn(one, client, email, { scope: 'openid offline_access' });
      const { body } = await exchange(one, client, again);
      const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token! };
      expectOneWinner(await many((index) => ask(index, refresh)));
    } finally {
      await two.close();
      await one.close();
    }
  });
});

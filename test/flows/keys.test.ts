// Signing keys: a new one is published before it signs, an old one verifies after it has stopped, and every node
// follows without a restart.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as jose from 'jose';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { RETIRED_KEPT_SECONDS } from '../../src/domain/signing-keys.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { exchange, obtain, signIn } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, token, type World } from '../support/world.ts';

const API = 'https://api.example.com';
const HOUR = 3600;

onEveryStorage((newStorage, name) => {
  const folder = mkdtempSync(join(tmpdir(), 'vratny-'));
  let files = 0;
  let storage: string;
  let world: World;
  const env = { VRATNY_RESOURCES: JSON.stringify({ [API]: 'read' }) };
  beforeEach(async () => {
    files += 1;
    storage = name === 'sqlite' ? `sqlite:${join(folder, `${files}.sqlite`)}` : newStorage();
    world = await openWorld({ storage, env });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await closeWorld(world, storage);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function pass(seconds: number): void {
    const now = Date.now() + seconds * 1000;
    if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(now);
  }

  const published = async (of: World = world): Promise<string[]> => {
    const { keys } = (await (await fetch(`${of.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid).toSorted();
  };
  const kidsIn = async (...states: string[]): Promise<string[]> =>
    (await world.core.signingKeys.list())
      .filter(({ state }) => states.includes(state))
      .map(({ kid }) => kid)
      .toSorted();

  const robot = () =>
    world.createClient({ grant_types: ['client_credentials'], redirect_uris: [], scope: 'read' });
  const issue = async (client: IssuedClient, of: World = world): Promise<string> => {
    const form = { grant_type: 'client_credentials', scope: 'read', resource: API };
    return (await token(of, client, form)).body.access_token!;
  };
  const kidOf = (jwt: string) => jose.decodeProtectedHeader(jwt).kid!;
  const verifies = (jwt: string, of: World = world): Promise<boolean> =>
    jose
      .jwtVerify(jwt, jose.createRemoteJWKSet(new URL(`${of.issuer}/jwks`)), {
        // Only the signature is looked at: its key is what this is about.
        currentDate: new Date(jose.decodeJwt(jwt).iat! * 1000),
      })
      .then(
        () => true,
        () => false,
      );

  test('a rotation publishes first, signs after the overlap, and drops the old keys in the end', async () => {
    pass(0);
    const client = await robot();
    const first = await issue(client);
    const before = await kidsIn('active');
    expect(await published()).toEqual(before);

    await world.core.signingKeys.rotate(24 * HOUR);
    await world.app.engine.refresh();
    const coming = await kidsIn('next');
    expect(coming).toHaveLength(3);
    expect(await published()).toEqual([...before, ...coming].toSorted());
    expect(kidOf(await issue(client))).toBe(kidOf(first));

    pass(24 * HOUR - 2);
    await world.app.engine.refresh();
    expect(kidOf(await issue(client))).toBe(kidOf(first));
    pass(2);
    await world.app.engine.refresh();
    const second = await issue(client);
    expect(coming).toContain(kidOf(second));
    expect(await published()).toEqual([...before, ...coming].toSorted());
    expect([await verifies(first), await verifies(second)]).toEqual([true, true]);

    pass(RETIRED_KEPT_SECONDS - 2);
    await world.app.engine.refresh();
    expect(await published()).toHaveLength(6);
    pass(2);
    await world.app.engine.refresh();
    expect(await published()).toEqual(coming);
    expect([await verifies(first), await verifies(second)]).toEqual([false, true]);
  });

  test('in an emergency the new keys sign at once', async () => {
    const client = await robot();
    const first = await issue(client);
    await world.core.signingKeys.rotate(24 * HOUR);
    // Once more would leave two waiting; an emergency does not wait.
    await expect(world.core.signingKeys.rotate(24 * HOUR)).rejects.toMatchObject({ code: 'bad_request' });
    await world.core.signingKeys.rotate(0);
    await world.app.engine.refresh();
    const second = await issue(client);
    expect(kidOf(second)).not.toBe(kidOf(first));
    expect(await kidsIn('active')).toContain(kidOf(second));
    // The ones that were waiting never come to sign.
    pass(25 * HOUR);
    await world.app.engine.refresh();
    expect(kidOf(await issue(client))).toBe(kidOf(second));
  });

  test('everybody stays signed in over a rotation, and an old ID token is a good hint', async () => {
    const client = await world.createClient();
    const account = await world.createAccount();
    const { browser, tokens } = await obtain(world, client, account);
    await browser.open(world.authorizeUrl(client));
    await world.core.signingKeys.rotate(0);
    await world.app.engine.refresh();
    const { status, body } = await exchange(world, client, browser);
    expect(status).toBe(200);
    expect(kidOf(body.id_token!)).not.toBe(kidOf(tokens.id_token!));
    const hinted = { prompt: 'none', id_token_hint: tokens.id_token };
    await browser.open(world.authorizeUrl(client, hinted));
    expect(browser.callback['code']).toBeDefined();
  });

  test.each(['RS256', 'ES256', 'EdDSA'] as const)(
    'ID tokens by %s, as the client is registered',
    async (alg) => {
      const client = await world.createClient({ id_token_signed_response_alg: alg });
      const browser = await signIn(world, client, await world.createAccount());
      const { body } = await exchange(world, client, browser);
      expect(jose.decodeProtectedHeader(body.id_token!).alg).toBe(alg);
      expect(await verifies(body.id_token!)).toBe(true);
    },
  );

  test('the published keys are public, each with its id, use and algorithm', async () => {
    const response = await fetch(`${world.issuer}/jwks`);
    expect(response.headers.get('content-type')).toContain('json');
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    expect(keys.map(({ alg }) => String(alg)).toSorted()).toEqual(['ES256', 'EdDSA', 'RS256']);
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) as string });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'])
        expect(key).not.toHaveProperty(secret);
    }
  });

  describe('two nodes on one storage', () => {
    let other: World;
    beforeEach(async () => {
      other = await openWorld({ storage, env });
    });
    afterEach(() => other.close());

    test('have the same keys, and both follow a rotation', async () => {
      expect(await published(other)).toEqual(await published());
      const client = await robot();
      expect(await verifies(await issue(client), other)).toBe(true);
      await world.core.signingKeys.rotate(0);
      await Promise.all([world.app.engine.refresh(), other.app.engine.refresh()]);
      expect(await published(other)).toEqual(await published());
      const [here, there] = [await issue(client), await issue(client, other)];
      expect(kidOf(there)).toBe(kidOf(here));
    });

    test('know each other’s clients, new, changed and deleted', async () => {
      const client = await robot();
      const ask = async () => (await token(other, client, { grant_type: 'client_credentials' })).status;
      expect(await ask()).toBe(200);
      await world.core.clients.rotateSecret(client.metadata.client_id);
      await other.app.engine.refresh();
      expect(await ask()).toBe(401);
      await world.core.clients.delete(client.metadata.client_id);
      await other.app.engine.refresh();
      expect(await ask()).toBe(401);
      // One that was asked for before it was there.
      const late = { metadata: { ...client.metadata, client_id: `late-${files}` }, secret: 'x'.repeat(43) };
      expect((await token(other, late, { grant_type: 'client_credentials' })).status).toBe(401);
      const created = await world.createClient({
        client_id: `late-${files}`,
        grant_types: ['client_credentials'],
        redirect_uris: [],
      });
      await other.app.engine.refresh();
      expect((await token(other, created, { grant_type: 'client_credentials' })).status).toBe(200);
    });

    test('and without being told they look for themselves', async () => {
      await world.core.signingKeys.rotate(24 * HOUR);
      await vi.waitFor(async () => expect(await published(other)).toHaveLength(6), { timeout: 5000 });
    });
  });

  test('a key that leaked is out at once, and the next one signs', async () => {
    pass(0);
    const client = await robot();
    const signed = await issue(client);
    const leaked = kidOf(signed);
    const olga = { ...atTheMachine('olga'), actor: { kind: 'operator', accountId: 'olga' } as const };
    await world.core.acts.keys.rotate(olga);
    const coming = await kidsIn('next');
    expect(await world.core.acts.keys.revoke(olga, leaked, 'the backup was stolen')).toBe(true);
    expect(await world.core.acts.keys.revoke(olga, leaked, 'again')).toBe(false);
    await world.app.engine.refresh();
    expect(await published()).not.toContain(leaked);
    expect(await verifies(signed)).toBe(false);
    const next = await issue(client);
    expect(coming).toContain(kidOf(next));
    expect(await verifies(next)).toBe(true);
    // With none published beforehand, a new one is made.
    expect(await world.core.acts.keys.revoke(olga, kidOf(next), 'stolen too')).toBe(true);
    await world.app.engine.refresh();
    const last = await issue(client);
    expect([leaked, kidOf(next)]).not.toContain(kidOf(last));
    expect(await verifies(last)).toBe(true);
    const { entries } = await world.core.audit.list({ action: 'keys.revoked' }, { limit: 9 });
    expect(entries.map(({ doc }) => [doc.actor, doc.target, doc.reason, doc.before])).toEqual([
      ['operator:olga', kidOf(next), 'stolen too', { state: 'active' }],
      ['operator:olga', leaked, 'the backup was stolen', { state: 'active' }],
    ]);
  });

  test('a key is revoked when the first eight characters of its id are typed, and by no others', async () => {
    const { kid } = (await world.core.acts.keys.list()).find(({ state }) => state === 'active')!;
    const path = `/admin/keys/${kid}/revoke`;
    const browser = await atConsole(world, await createOperator(world, 'owner'), path);
    for (const typed of ['', kid.slice(0, 7), kid.slice(-8)]) {
      await browser.open(path);
      await browser.submit({ typed, reason: 'the backup was stolen' });
      expect([browser.status, browser.html.includes('What you typed is not the same')]).toEqual([422, true]);
    }
    await browser.open(path);
    await browser.submit({ typed: kid.slice(0, 8), reason: 'the backup was stolen' });
    expect(browser.html).toContain('The key is revoked.');
  });
});

// Asking about tokens and ending them: who may, and what ends with an account or a client.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { engineCollections } from '../../src/domain/collections.ts';
import { digest } from '../../src/lib/digest.ts';
import { storedIdOf } from '../../src/oidc/token-kinds.ts';
import {
  basic,
  introspect,
  obtain,
  postAs,
  refresh,
  revoke,
  userinfo,
  type Tokens,
} from '../support/relying-party.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  const inactive = { active: false };

  describe('introspection (RFC 7662)', () => {
    test('a client learns about its own tokens, with or without a hint', async () => {
      const client = await world.createClient();
      const { id, email } = await world.createAccount();
      const { tokens } = await obtain(world, client, { email }, { scope: 'openid email' });
      for (const [value, hint] of [
        [tokens.access_token, undefined],
        [tokens.access_token, 'access_token'],
        [tokens.access_token, 'refresh_token'],
        [tokens.refresh_token, undefined],
        [tokens.refresh_token, 'access_token'],
      ] as const) {
        const { status, body } = await introspect(world, client, value, hint);
        expect(status).toBe(200);
        expect(body).toMatchObject({
          active: true,
          sub: id,
          client_id: client.metadata.client_id,
          iss: world.issuer,
          scope: 'openid email',
        });
        expect(body['exp']).toBeGreaterThan(Date.now() / 1000);
        expect(body).not.toHaveProperty('jti');
      }
    });

    test('a token says its kind and moment, and one from before either is found as well', async () => {
      const client = await world.createClient({ grant_types: ['authorization_code', 'client_credentials'] });
      const { tokens } = await obtain(world, client, await world.createAccount(), { scope: 'openid' });
      const { body } = await postAs(world, client, '/token', { grant_type: 'client_credentials' });
      const value = tokens.access_token!;
      expect(value).toMatch(/^vratny_at_[0-9a-z]{8}_[\w-]{43}$/);
      expect(body['access_token']).toMatch(/^vratny_ct_[0-9a-z]{8}_[\w-]{43}$/);
      expect(parseInt(value.slice(10, 18), 36) / 1000).toBeCloseTo(Date.now() / 1000, -2);

      const stored = world.store.collection(engineCollections.AccessToken);
      const { doc, expiresAt } = (await stored.get(storedIdOf(value)))!;
      // Without its moment, which is nothing that anybody must know, it is another value.
      for (const part of [value.slice(-43), `vratny_at_${value.slice(-43)}`])
        expect((await introspect(world, client, part)).body).toEqual(inactive);
      // One whose random letters look like a moment is not taken for one that has it.
      for (const former of [value.slice(-43), `vratny_at_00000000_${value.slice(-34)}`]) {
        await stored.insert(digest(former), doc, expiresAt);
        expect((await introspect(world, client, former)).body).toMatchObject({ active: true });
        await revoke(world, client, former);
        expect((await introspect(world, client, former)).body).toEqual(inactive);
      }
      // The name of another kind makes nothing of it.
      const renamed = value.replace('_at_', '_rt_');
      await stored.insert(storedIdOf(renamed), doc, expiresAt);
      expect((await introspect(world, client, renamed)).body).toEqual(inactive);
    });

    test('A77: of other clients’ tokens only a resource server learns anything', async () => {
      const [client, other] = [await world.createClient(), await world.createClient()];
      const server = await world.createClient({ resource_server: true });
      const { tokens } = await obtain(world, client, await world.createAccount());
      expect((await introspect(world, other, tokens.access_token)).body).toEqual(inactive);
      expect((await introspect(world, other, tokens.refresh_token)).body).toEqual(inactive);
      expect((await introspect(world, server, tokens.access_token)).body).toMatchObject({
        active: true,
        client_id: client.metadata.client_id,
      });
    });

    test('what is no token is inactive, and says nothing more', async () => {
      const client = await world.createClient();
      const { browser, tokens } = await obtain(world, client, await world.createAccount());
      const session = [...browser.cookies].find(([name]) => name.startsWith('vratny_session'))![1].value;
      for (const value of ['x', 'x'.repeat(43), session, browser.callback['code']!, '\u0000', '💥']) {
        expect((await introspect(world, client, value)).body).toEqual(inactive);
      }
      const { status, body } = await introspect(world, client, tokens.id_token);
      expect([status, body['active']]).not.toEqual([200, true]);
    });

    test.each(['/token/introspection', '/token/revocation'])('A88: %s asks who is asking', async (path) => {
      const client = await world.createClient();
      const { tokens } = await obtain(world, client, await world.createAccount());
      const body = new URLSearchParams({ token: tokens.access_token! });
      const without = await fetch(world.issuer + path, { method: 'POST', body });
      expect(without.status).toBe(400);
      const stranger = await postAs(world, { metadata: client.metadata, secret: 'guess' }, path, {
        token: tokens.access_token!,
      });
      expect(stranger.status).toBe(401);
      expect((await userinfo(world, tokens.access_token)).status).toBe(200);
    });
  });

  describe('revocation (RFC 7009)', () => {
    test('R10: a refresh token takes everything of its grant along', async () => {
      const client = await world.createClient();
      const { tokens } = await obtain(world, client, await world.createAccount());
      expect((await revoke(world, client, tokens.refresh_token)).status).toBe(200);
      expect((await userinfo(world, tokens.access_token)).status).toBe(401);
      expect((await refresh(world, client, tokens.refresh_token)).status).toBe(400);
      // Ended already, or never there: the same answer (RFC 7009 §2.2).
      expect((await revoke(world, client, tokens.refresh_token)).status).toBe(200);
      expect((await revoke(world, client, 'never there')).status).toBe(200);
    });

    test('an access token ends at once', async () => {
      const client = await world.createClient();
      const { tokens } = await obtain(world, client, await world.createAccount());
      await revoke(world, client, tokens.access_token);
      expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    });

    test('another client ends nothing', async () => {
      const [client, other] = [await world.createClient(), await world.createClient()];
      const { tokens } = await obtain(world, client, await world.createAccount());
      // The engine says on the terminal what it was not told how to do; the log is JSON and nothing else.
      const said = vi.spyOn(console, 'info');
      for (const value of [tokens.access_token, tokens.refresh_token])
        expect((await revoke(world, other, value)).body['error']).toBe('invalid_request');
      expect(said).not.toHaveBeenCalled();
      said.mockRestore();
      expect((await userinfo(world, tokens.access_token)).status).toBe(200);
      expect((await refresh(world, client, tokens.refresh_token)).status).toBe(200);
    });
  });

  async function expectNothingLeft(client: IssuedClient, tokens: Tokens, server: IssuedClient) {
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    expect((await refresh(world, client, tokens.refresh_token)).status).toBeGreaterThanOrEqual(400);
    for (const value of [tokens.access_token, tokens.refresh_token]) {
      expect(await introspect(world, server, value)).toMatchObject({ status: 200, body: inactive });
    }
  }

  test('S18: with the account its session and tokens end at once', async () => {
    const client = await world.createClient();
    const server = await world.createClient({ resource_server: true });
    const { id, email } = await world.createAccount();
    const { browser, tokens } = await obtain(world, client, { email });
    await world.core.accounts.change(id, () => ({ status: 'disabled' }));
    await expectNothingLeft(client, tokens, server);
    expect((await introspect(world, client, tokens.access_token)).body).toEqual(inactive);

    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(browser.callback).toMatchObject({ error: 'login_required' });
    await browser.open(world.authorizeUrl(client));
    expect(browser.heading).toBe(text('step.password.title'));
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.html).toContain(text('step.password.problem.wrong_credentials'));
  });

  test('a code that was on its way when the account ended is worth nothing', async () => {
    const client = await world.createClient();
    const { id, email } = await world.createAccount();
    const { browser } = await obtain(world, client, { email });
    await browser.open(world.authorizeUrl(client));
    await world.core.accounts.change(id, () => ({ status: 'disabled' }));
    const { status, body } = await token(world, client, {
      grant_type: 'authorization_code',
      code: browser.callback['code']!,
      redirect_uri: client.metadata.redirect_uris[0]!,
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    });
    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
  });

  test('a deleted client is unknown everywhere, and its tokens are worth nothing', async () => {
    const client = await world.createClient();
    const server = await world.createClient({ resource_server: true });
    const { browser, tokens } = await obtain(world, client, await world.createAccount());
    await world.core.clients.delete(client.metadata.client_id);
    await world.app.engine.refresh();
    await expectNothingLeft(client, tokens, server);
    await browser.open(world.authorizeUrl(client));
    expect([browser.hasLeft, browser.status, browser.heading]).toEqual([
      false,
      400,
      text('oauth.invalid_client.title'),
    ]);
  });

  describe('A88: client secrets', () => {
    const authorize = (id: string, secret: string) =>
      fetch(`${world.issuer}/token`, {
        method: 'POST',
        headers: { authorization: basic(id, secret) },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
    const robot = { grant_types: ['client_credentials' as const], redirect_uris: [] };

    test('a wrong one is refused with the scheme to use (RFC 6749 §5.2)', async () => {
      const client = await world.createClient(robot);
      const { client_id: id } = client.metadata;
      for (const wrong of [
        'guess',
        `${client.secret}x`,
        client.secret!.slice(1),
        client.secret!.toUpperCase(),
      ]) {
        const response = await authorize(id, wrong);
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(await response.json()).toMatchObject({ error: 'invalid_client' });
      }
      expect((await authorize(id, client.secret!)).status).toBe(200);
      expect((await authorize('nobody', client.secret!)).status).toBe(401);
    });

    test('neither the stored hash nor another way of sending it opens anything', async () => {
      const client = await world.createClient(robot);
      const { client_id: id } = client.metadata;
      const record = await world.core.clients.find(id);
      expect((await authorize(id, record!.secrets[0]!.hash)).status).toBe(401);
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: id,
        client_secret: record!.secrets[0]!.hash,
      });
      expect((await fetch(`${world.issuer}/token`, { method: 'POST', body })).status).toBe(401);
    });

    test('a new one replaces the old at once', async () => {
      const client = await world.createClient(robot);
      const { client_id: id } = client.metadata;
      const { secret } = await world.core.clients.rotateSecret(id);
      await world.app.engine.refresh();
      expect((await authorize(id, client.secret!)).status).toBe(401);
      expect((await authorize(id, secret!)).status).toBe(200);
    });
  });
});

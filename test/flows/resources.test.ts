// Access tokens for APIs: which API, which scopes, for whom (RFC 8707, RFC 9068).

import * as jose from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { exchange, introspect, obtain, refresh, signIn, userinfo } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

const API = 'https://api.example.com';
const DNS = 'https://dns.example.com/v2';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    const resources = { [API]: 'read write', [DNS]: 'read zones' };
    world = await openWorld({ storage, env: { VRATNY_RESOURCES: JSON.stringify(resources) } });
  });
  afterAll(() => closeWorld(world, storage));

  async function verify(accessToken: string | undefined, audience: string) {
    const keys = jose.createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
    const options = { issuer: world.issuer, audience, typ: 'at+jwt', algorithms: ['ES256'] };
    return (await jose.jwtVerify(accessToken ?? '', keys, options)).payload;
  }

  test('R11: the access token is a JWT for this one API', async () => {
    const client = await world.createClient({ scope: 'openid email read write zones' });
    const { id, email } = await world.createAccount();
    const { tokens } = await obtain(
      world,
      client,
      { email },
      { scope: 'openid email read zones', resource: API },
    );
    expect(await verify(tokens.access_token, API)).toMatchObject({
      sub: id,
      client_id: client.metadata.client_id,
      scope: 'read',
    });
    await expect(verify(tokens.access_token, DNS)).rejects.toThrow();
    const { iat, exp, jti } = jose.decodeJwt(tokens.access_token!);
    expect([exp! - iat!, typeof jti]).toEqual([3600, 'string']);
    expect(JSON.stringify(jose.decodeJwt(tokens.access_token!))).not.toContain(email);
    // It is for the API and opens nothing here.
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
  });

  test('R11: an API that nobody knows is refused, everywhere', async () => {
    const client = await world.createClient({
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: 'openid read',
    });
    const account = await world.createAccount();
    for (const resource of ['https://evil.example', `${API}/`, `${API}#x`, 'api', 'urn:x', '__proto__']) {
      const browser = await world.browser().open(world.authorizeUrl(client, { resource }));
      expect(browser.callback).toMatchObject({ error: 'invalid_target', state: 'st', iss: world.issuer });
      const own = await token(world, client, { grant_type: 'client_credentials', resource });
      expect(own).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    }
    const { tokens } = await obtain(world, client, account, { scope: 'openid read', resource: API });
    const elsewhere = await refresh(world, client, tokens.refresh_token, { resource: DNS });
    expect(elsewhere).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  });

  test('scopes are those of the API that the client is registered for', async () => {
    const client = await world.createClient({ scope: 'openid read' });
    const { tokens } = await obtain(world, client, await world.createAccount(), {
      scope: 'openid read write zones delete',
      resource: API,
    });
    expect(tokens['scope']).toBe('read');
    expect(jose.decodeJwt(tokens.access_token!)['scope']).toBe('read');
  });

  test('a client that is registered for none of them gets a token that allows nothing', async () => {
    const client = await world.createClient({ scope: 'openid' });
    const browser = await signIn(world, client, await world.createAccount(), {
      scope: 'openid read',
      resource: API,
    });
    const { body } = await exchange(world, client, browser);
    expect(jose.decodeJwt(body.access_token!)['scope'] ?? '').toBe('');
  });

  test('two APIs in one sign-in, and a token for each', async () => {
    const client = await world.createClient({ scope: 'openid read write zones' });
    const account = await world.createAccount();
    const url = `${world.authorizeUrl(client, { scope: 'openid read zones', resource: API })}&resource=${encodeURIComponent(DNS)}`;
    const browser = await world.browser().open(url);
    await browser.submit({ login: account.email, password: PASSWORD });
    const { body } = await exchange(world, client, browser, { resource: API });
    expect(await verify(body.access_token, API)).toMatchObject({ scope: 'read' });
    const other = await refresh(world, client, body.refresh_token, { resource: DNS });
    expect(await verify(other.body.access_token, DNS)).toMatchObject({ scope: 'read zones' });
  });

  test('without a resource the token is for userinfo, as before', async () => {
    const client = await world.createClient({ scope: 'openid read' });
    const { tokens } = await obtain(world, client, await world.createAccount(), { scope: 'openid read' });
    expect(tokens['scope']).toBe('openid');
    expect((await userinfo(world, tokens.access_token)).status).toBe(200);
  });

  describe('client credentials', () => {
    const robot = (scope: string): Promise<IssuedClient> =>
      world.createClient({ grant_types: ['client_credentials'], redirect_uris: [], scope });

    test('R14: a JWT whose subject is the client, within its registration', async () => {
      const client = await robot('read');
      const { status, body } = await token(world, client, {
        grant_type: 'client_credentials',
        scope: 'read write',
        resource: API,
      });
      if (status === 400) expect(body['error']).toBe('invalid_scope');
      else expect(body['scope']).toBe('read');
      const own = await token(world, client, {
        grant_type: 'client_credentials',
        scope: 'read',
        resource: API,
      });
      expect(own.body['expires_in']).toBe(3600);
      const { sub, client_id: id, scope } = await verify(own.body.access_token, API);
      expect([sub, id, scope]).toEqual([client.metadata.client_id, client.metadata.client_id, 'read']);
    });

    test('scopes about persons mean nothing here', async () => {
      const client = await robot('openid email');
      const { body } = await token(world, client, {
        grant_type: 'client_credentials',
        scope: 'openid email',
      });
      if (body.access_token) expect((await userinfo(world, body.access_token)).status).toBe(401);
    });
  });

  test('RFC 9068: nobody asks us about a JWT, it is validated by its signature', async () => {
    const client = await world.createClient({ scope: 'openid read' });
    const { tokens } = await obtain(world, client, await world.createAccount(), {
      scope: 'openid read',
      resource: API,
    });
    const { body } = await introspect(world, client, tokens.access_token);
    expect(body['active']).not.toBe(true);
  });

  describe('a third party asks for an API', () => {
    test('A93: and the person is shown which one and what for', async () => {
      const client = await world.createClient({ first_party: false, scope: 'openid read write' });
      const { email } = await world.createAccount();
      const browser = await world
        .browser()
        .open(world.authorizeUrl(client, { scope: 'openid read', resource: API }));
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.html).toContain(`<code>${API}</code>`);
      expect(browser.html).toContain('<code>read</code>');
      expect(browser.html).not.toContain('<code>write</code>');
      await browser.submit({}, 'Allow');
      const { body } = await exchange(world, client, browser);
      expect(await verify(body.access_token, API)).toMatchObject({ scope: 'read' });

      // Remembered; asked again for more, and only for that.
      await browser.open(world.authorizeUrl(client, { scope: 'openid read', resource: API }));
      expect(browser.hasLeft).toBe(true);
      await browser.open(world.authorizeUrl(client, { scope: 'openid read write', resource: API }));
      expect(browser.html).toContain('<code>write</code>');
      expect(browser.html).not.toContain('<code>read</code>');
    });
  });
});

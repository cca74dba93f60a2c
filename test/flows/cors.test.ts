// Which other sites' scripts may read an answer: metadata anybody's, tokens only those of a public client's own origin.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { basic, obtain } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, verifier, type World } from '../support/world.ts';

const OWN = 'https://app.example';
const foreign = [
  'null',
  'https://evil.example',
  'https://app.example.evil.example',
  'https://app.example:8443',
  'http://app.example',
  'https://xapp.example',
];

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let app: IssuedClient;
  let panel: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    app = await world.createClient({
      token_endpoint_auth_method: 'none',
      redirect_uris: [`${OWN}/callback`],
    });
    panel = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));

  const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

  test('A24: metadata is for everybody, without credentials', async () => {
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      '/jwks',
    ]) {
      for (const origin of [undefined, 'https://first.example', 'null']) {
        const response = await fetch(world.issuer + path, { headers: origin ? { origin } : {} });
        expect([path, allowed(response)]).toEqual([path, '*']);
        expect(response.headers.has('access-control-allow-credentials')).toBe(false);
      }
    }
  });

  test('a public client’s own origin reads its tokens and userinfo', async () => {
    const { tokens, browser } = await obtain(world, app, await world.createAccount());
    await browser.open(world.authorizeUrl(app));
    const body = new URLSearchParams({
      client_id: app.metadata.client_id,
      grant_type: 'authorization_code',
      code: browser.callback['code']!,
      redirect_uri: `${OWN}/callback`,
      code_verifier: verifier,
    });
    const answer = await fetch(`${world.issuer}/token`, { method: 'POST', headers: { origin: OWN }, body });
    expect([answer.status, allowed(answer)]).toEqual([200, OWN]);
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
    expect(answer.headers.get('vary')).toContain('Origin');
    const headers = { origin: OWN, authorization: `Bearer ${tokens.access_token}` };
    const person = await fetch(`${world.issuer}/userinfo`, { headers });
    expect([person.status, allowed(person)]).toEqual([200, OWN]);
  });

  test.each(foreign)('A24: %s reads nothing', async (origin) => {
    const { tokens } = await obtain(world, app, await world.createAccount());
    const refreshing = {
      grant_type: 'refresh_token',
      client_id: app.metadata.client_id,
      refresh_token: tokens.refresh_token!,
    };
    const asks: [string, RequestInit][] = [
      ['/token', { method: 'POST', body: new URLSearchParams(refreshing) }],
      ['/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) }],
      ['/token', { method: 'POST', body: new URLSearchParams({ client_id: 'nobody' }) }],
      ['/userinfo', { headers: { authorization: `Bearer ${tokens.access_token}` } }],
      ['/userinfo', { headers: { authorization: 'Bearer x' } }],
      ['/userinfo', {}],
      ['/token/introspection', { method: 'POST', body: new URLSearchParams({ token: 'x' }) }],
      ['/token/revocation', { method: 'POST', body: new URLSearchParams({ token: 'x' }) }],
      ['/par', { method: 'POST', body: new URLSearchParams({ client_id: 'nobody' }) }],
      ['/nothing', {}],
      ['/', {}],
      ['/health/live', {}],
    ];
    for (const [path, init] of asks) {
      const headers = { ...(init.headers as Record<string, string>), origin };
      const response = await fetch(world.issuer + path, { ...init, headers });
      expect([path, allowed(response)]).toEqual([path, null]);
      expect(response.headers.has('access-control-expose-headers')).toBe(false);
    }
    // Refused before anything was done: the token is as good as before.
    const own = await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: { origin: OWN },
      body: new URLSearchParams(refreshing),
    });
    expect(own.status).toBe(200);
  });

  test('a client with a secret is no script: its origin reads nothing', async () => {
    const response = await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: {
        origin: 'https://panel.example',
        authorization: basic(panel.metadata.client_id, panel.secret!),
      },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
    });
    expect([response.status, allowed(response)]).toEqual([400, null]);
  });

  describe('R21: pages are for people', () => {
    test.each(['/authorize', '/logout', '/interaction/x/password', '/'])(
      'no preflight for %s',
      async (path) => {
        const response = await fetch(world.issuer + path, {
          method: 'OPTIONS',
          headers: { origin: OWN, 'access-control-request-method': 'GET' },
        });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(allowed(response)).toBeNull();
        const get = await fetch(world.issuer + path, { headers: { origin: OWN }, redirect: 'manual' });
        expect(allowed(get)).toBeNull();
      },
    );
  });
});

// Codes: bound to one client, one verifier, one redirect URI, good once and for a minute.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { exchange, obtain, refresh, signIn, userinfo } from '../support/relying-party.ts';
import { text } from '../support/texts.ts';
import {
  CALLBACK,
  challenge,
  closeWorld,
  onEveryStorage,
  openWorld,
  token,
  verifier,
  type World,
} from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Lets `seconds` go by for everything in this process; from the first call on the clock stands still in between. */
  function pass(seconds: number): void {
    const now = Date.now() + seconds * 1000;
    if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(now);
  }

  describe('an authorization code', () => {
    test('A82: used again it is refused, and what it had given ends (RFC 6749 §4.1.2)', async () => {
      const client = await world.createClient();
      const { browser, tokens } = await obtain(world, client, await world.createAccount());
      expect((await userinfo(world, tokens.access_token)).status).toBe(200);

      const again = await exchange(world, client, browser);
      expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect((await userinfo(world, tokens.access_token)).status).toBe(401);
      expect(await refresh(world, client, tokens.refresh_token)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
      // The person is still signed in and is not asked again.
      await browser.open(world.authorizeUrl(client));
      expect((await exchange(world, client, browser)).status).toBe(200);
    });

    test('A82: it lives for 60 seconds', async () => {
      const client = await world.createClient();
      const account = await world.createAccount();
      pass(0);
      const early = await signIn(world, client, account);
      pass(58);
      expect((await exchange(world, client, early)).status).toBe(200);
      const late = await signIn(world, client, account);
      pass(60);
      expect(await exchange(world, client, late)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    });

    test.each([
      ['a wrong verifier', { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
      ['the challenge in the place of the verifier', { code_verifier: challenge }, 'invalid_grant'],
      ['another redirect URI', { redirect_uri: 'https://panel.example/other' }, 'invalid_grant'],
      ['a redirect URI with a slash more', { redirect_uri: `${CALLBACK}/` }, 'invalid_grant'],
      ['a code with one letter changed', { code: 'x'.repeat(43) }, 'invalid_grant'],
    ])('A85, R6: is worth nothing with %s, and stays good for its owner', async (_what, wrong, error) => {
      const client = await world.createClient();
      const browser = await signIn(world, client, await world.createAccount());
      expect(await exchange(world, client, browser, wrong)).toMatchObject({ status: 400, body: { error } });
      expect((await exchange(world, client, browser)).status).toBe(200);
    });

    test('A85, R4: without the verifier it is refused', async () => {
      const client = await world.createClient();
      const browser = await signIn(world, client, await world.createAccount());
      const { code } = browser.callback;
      const form = { grant_type: 'authorization_code', code: code!, redirect_uri: CALLBACK };
      expect(await token(world, client, form)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    });

    test('R6: another client cannot use it, with its own secret or without', async () => {
      const client = await world.createClient();
      const [other, open] = [
        await world.createClient(),
        await world.createClient({ token_endpoint_auth_method: 'none' }),
      ];
      const browser = await signIn(world, client, await world.createAccount());
      for (const thief of [other, open]) {
        expect(await exchange(world, thief, browser)).toMatchObject({
          status: 400,
          body: { error: 'invalid_grant' },
        });
      }
      // The owner's identity without the owner's secret.
      expect(await exchange(world, { metadata: client.metadata }, browser)).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
      expect((await exchange(world, client, browser)).status).toBe(200);
    });

    test('A78: finished in another browser it signs nobody in there', async () => {
      const client = await world.createClient();
      const browser = await signIn(world, client, await world.createAccount());
      await exchange(world, client, browser);
      const stranger = await world.browser().open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(stranger.callback).toMatchObject({ error: 'login_required' });
    });
  });

  describe('A85, R3: PKCE by S256 is asked of every client', () => {
    test.each([
      ['missing', { code_challenge: undefined, code_challenge_method: undefined }],
      ['plain', { code_challenge: verifier, code_challenge_method: 'plain' }],
      ['without a method, which means plain', { code_challenge_method: undefined }],
      ['a method without a challenge', { code_challenge: undefined }],
      ['a challenge that is none', { code_challenge: 'short' }],
    ])('%s: the client is told, with issuer and state', async (_what, parameters) => {
      for (const method of ['client_secret_basic', 'none'] as const) {
        const client = await world.createClient({ token_endpoint_auth_method: method });
        const browser = await world.browser().open(world.authorizeUrl(client, parameters));
        expect(browser.url.startsWith(`${CALLBACK}?`)).toBe(true);
        expect(browser.callback).toMatchObject({
          error: 'invalid_request',
          state: 'st',
          iss: world.issuer,
        });
      }
    });
  });

  describe('an access token', () => {
    test('ends with its life, to the second', async () => {
      pass(0);
      const client = await world.createClient();
      const { tokens } = await obtain(world, client, await world.createAccount());
      expect(tokens['expires_in']).toBe(3600);
      pass(3598);
      expect((await userinfo(world, tokens.access_token)).status).toBe(200);
      pass(2);
      const { status, headers } = await userinfo(world, tokens.access_token);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    });

    test('without one, userinfo answers 401 and names the scheme', async () => {
      const response = await fetch(`${world.issuer}/userinfo`);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    });

    test('A80: one that is not about signing in opens no userinfo', async () => {
      const client = await world.createClient({
        grant_types: ['authorization_code', 'client_credentials'],
      });
      const own = await token(world, client, { grant_type: 'client_credentials' });
      expect(own.status).toBe(200);
      expect((await userinfo(world, own.body.access_token)).status).toBe(401);
    });

    test('A77: an ID token is no access token, nor an access token an ID token', async () => {
      const client = await world.createClient();
      const { browser, tokens } = await obtain(world, client, await world.createAccount());
      expect((await userinfo(world, tokens.id_token)).status).toBe(401);
      await browser.open(world.authorizeUrl(client, { id_token_hint: tokens.access_token }));
      expect(browser.hasLeft ? browser.callback['error'] : text('oauth.unknown.title')).toBe(
        'invalid_request',
      );
    });

    test('does not come in by the address line', async () => {
      const client = await world.createClient();
      const { tokens } = await obtain(world, client, await world.createAccount());
      const response = await fetch(`${world.issuer}/userinfo?access_token=${tokens.access_token}`);
      expect(response.status).toBeGreaterThanOrEqual(400);
    });
  });
});

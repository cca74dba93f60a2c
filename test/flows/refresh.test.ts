// Refresh tokens: used once, ending with the session unless offline access was asked for, and never for ever.

import * as jose from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { introspect, obtain, refresh, userinfo } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const DAY = 86_400;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    const env = {
      VRATNY_REFRESH_TOKEN_LIFE: '14d',
      VRATNY_REFRESH_TOKEN_MAX: '30d',
      VRATNY_SESSION_LIFE: '60d',
      VRATNY_SESSION_MAX: '60d',
    };
    world = await openWorld({ storage, env });
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

  test('A84: each is good once, and one that comes back ends everything it led to', async () => {
    const client = await world.createClient();
    const { tokens } = await obtain(world, client, await world.createAccount());
    const second = await refresh(world, client, tokens.refresh_token);
    const third = await refresh(world, client, second.body.refresh_token);
    expect([second.status, third.status]).toEqual([200, 200]);
    expect(new Set([tokens, second.body, third.body].map((body) => body.refresh_token)).size).toBe(3);

    expect(await refresh(world, client, tokens.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    for (const { body } of [{ body: tokens }, second, third]) {
      expect((await userinfo(world, body.access_token)).status).toBe(401);
      expect((await refresh(world, client, body.refresh_token)).status).toBe(400);
      expect((await introspect(world, client, body.refresh_token)).body).toEqual({ active: false });
    }
  });

  test('another client cannot use it, and its attempt ends nothing', async () => {
    const [client, other] = [await world.createClient(), await world.createClient()];
    const { tokens } = await obtain(world, client, await world.createAccount());
    expect(await refresh(world, other, tokens.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await refresh(world, client, tokens.refresh_token)).status).toBe(200);
  });

  test('keeps who, how and when somebody signed in', async () => {
    const client = await world.createClient();
    const { tokens } = await obtain(world, client, await world.createAccount(), { nonce: 'n-7' });
    pass(90);
    const { body } = await refresh(world, client, tokens.refresh_token);
    const [before, after] = [jose.decodeJwt(tokens.id_token!), jose.decodeJwt(body.id_token!)];
    for (const claim of ['sub', 'auth_time', 'amr', 'acr', 'aud', 'iss']) {
      expect(after[claim]).toEqual(before[claim]);
    }
    expect(after.iat).toBeGreaterThan(before.iat!);
  });

  test('scopes can be narrowed and never widened', async () => {
    const client = await world.createClient();
    const { tokens } = await obtain(world, client, await world.createAccount(), {
      scope: 'openid email phone',
    });
    const narrow = await refresh(world, client, tokens.refresh_token, { scope: 'openid email' });
    expect(narrow.body['scope']).toBe('openid email');
    expect((await userinfo(world, narrow.body.access_token)).body).not.toHaveProperty('phone_number');
    const wide = await refresh(world, client, narrow.body.refresh_token, { scope: 'openid profile' });
    expect(wide).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    // What was not asked for this time is not lost.
    const whole = await refresh(world, client, narrow.body.refresh_token);
    expect(whole.body['scope']).toBe('openid email phone');
  });

  test('a client that is not registered for refreshing gets none', async () => {
    const client = await world.createClient({ grant_types: ['authorization_code'] });
    const { tokens } = await obtain(world, client, await world.createAccount());
    expect(tokens.refresh_token).toBeUndefined();
  });

  describe('R10: without offline_access it ends with the session', () => {
    test('when the person signs out', async () => {
      const client = await world.createClient();
      const account = await world.createAccount();
      const [online, offline] = [
        await obtain(world, client, account),
        await obtain(world, client, account, { scope: 'openid offline_access', prompt: 'consent' }),
      ];
      for (const { browser } of [online, offline]) {
        await browser.open('/logout');
        await browser.submit({}, 'yes');
      }
      expect((await refresh(world, client, online.tokens.refresh_token)).status).toBe(400);
      expect((await userinfo(world, online.tokens.access_token)).status).toBe(401);
      expect((await refresh(world, client, offline.tokens.refresh_token)).status).toBe(200);
    });

    test('when the session is over', async () => {
      pass(0);
      const short = await openWorld({ env: { VRATNY_SESSION_LIFE: '1h' } });
      const client = await short.createClient();
      const account = await short.createAccount();
      const online = await obtain(short, client, account);
      const offline = await obtain(short, client, account, {
        scope: 'openid offline_access',
        prompt: 'consent',
      });
      pass(3601);
      expect((await refresh(short, client, online.tokens.refresh_token)).status).toBe(400);
      expect((await refresh(short, client, offline.tokens.refresh_token)).status).toBe(200);
      vi.useRealTimers();
      await short.close();
    });
  });

  describe('A84: how long', () => {
    test('14 days after the last use', async () => {
      pass(0);
      const client = await world.createClient();
      const account = await world.createAccount();
      const [used, idle] = [await obtain(world, client, account), await obtain(world, client, account)];
      pass(14 * DAY - 2);
      const { status, body } = await refresh(world, client, used.tokens.refresh_token);
      expect(status).toBe(200);
      pass(2);
      expect((await refresh(world, client, idle.tokens.refresh_token)).status).toBe(400);
      expect((await refresh(world, client, body.refresh_token)).status).toBe(200);
    });

    test('30 days after the sign-in at most, however often it is used', async () => {
      pass(0);
      const client = await world.createClient();
      const { tokens } = await obtain(world, client, await world.createAccount());
      let { refresh_token: current } = tokens;
      for (const days of [10, 10, 9]) {
        pass(days * DAY);
        const { status, body } = await refresh(world, client, current);
        expect(status).toBe(200);
        current = body.refresh_token;
      }
      pass(DAY - 3);
      const last = await refresh(world, client, current);
      expect(last.status).toBe(200);
      pass(3);
      expect((await refresh(world, client, last.body.refresh_token)).status).toBe(400);
    });

    test('a session that goes on for long gives tokens of full length again', async () => {
      const client = await world.createClient();
      const account = await world.createAccount();
      const { browser } = await obtain(world, client, account);
      pass(29 * DAY);
      const { tokens } = await obtain(world, client, account, {}, browser);
      pass(13 * DAY);
      expect((await refresh(world, client, tokens.refresh_token)).status).toBe(200);
    });
  });
});

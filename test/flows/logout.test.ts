// Signing out: asked for by a client or by the person, done only by a click on a page of ours.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { obtain, refresh, signIn, userinfo } from '../support/relying-party.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const HOME = 'https://panel.example/';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient({ client_uri: HOME });
  });
  afterAll(() => closeWorld(world, storage));

  const logoutUrl = (params: Record<string, string | undefined>) => {
    const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return `${world.issuer}/logout?${new URLSearchParams(given).toString()}`;
  };

  const isSignedIn = async (browser: Browser): Promise<boolean> => {
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    return browser.callback['code'] !== undefined;
  };

  /** The same cookies in another browser, as a thief or a restored backup would have them. */
  function copyOf(browser: Browser): Browser {
    const copy = world.browser();
    for (const [name, cookie] of browser.cookies) copy.cookies.set(name, cookie);
    return copy;
  }

  test('A92: opening the address signs nobody out, however it came to be opened', async () => {
    const { browser, tokens } = await obtain(world, client, await world.createAccount());
    for (const params of [
      {},
      { id_token_hint: tokens.id_token },
      { id_token_hint: tokens.id_token, post_logout_redirect_uri: HOME },
      { client_id: client.metadata.client_id, logout: 'yes', xsrf: 'x' },
    ]) {
      await browser.open(logoutUrl(params));
      expect([browser.status, browser.heading]).toEqual([200, text('page.sign_out.title')]);
      expect(browser.responseHeaders.get('referrer-policy')).toBe('no-referrer');
    }
    expect(await isSignedIn(browser)).toBe(true);
    expect((await userinfo(world, tokens.access_token)).status).toBe(200);
  });

  test('R10: the button ends session and tokens in the store, so a kept cookie is worth nothing', async () => {
    const account = await world.createAccount();
    const { browser, tokens } = await obtain(world, client, account);
    const kept = copyOf(browser);
    await browser.open(logoutUrl({ id_token_hint: tokens.id_token }));
    expect(browser.html).toContain('Hosting panel');
    await browser.submit({}, 'yes');
    expect([browser.status, browser.heading]).toEqual([200, text('page.signed_out.title')]);
    expect([...browser.cookies.keys()].filter((name) => name.startsWith('vratny_session'))).toEqual([]);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await isSignedIn(kept)).toBe(false);
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    expect((await refresh(world, client, tokens.refresh_token)).status).toBe(400);
  });

  test('offline access that was asked for goes on, and other browsers stay signed in', async () => {
    const account = await world.createAccount();
    const offline = await obtain(world, client, account, {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    const elsewhere = await signIn(world, client, account);
    await offline.browser.open('/logout');
    await offline.browser.submit({}, 'yes');
    expect((await refresh(world, client, offline.tokens.refresh_token)).status).toBe(200);
    expect(await isSignedIn(elsewhere)).toBe(true);
  });

  test('all clients of the session are signed out', async () => {
    const other = await world.createClient({ redirect_uris: ['https://mail.example/cb'] });
    const account = await world.createAccount();
    const { browser, tokens } = await obtain(world, client, account);
    const second = await obtain(world, other, account, {}, browser);
    await browser.open('/logout');
    await browser.submit({}, 'yes');
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    expect((await userinfo(world, second.tokens.access_token)).status).toBe(401);
  });

  test('whoever changes their mind stays signed in, and is told so', async () => {
    const { browser } = await obtain(world, client, await world.createAccount());
    await browser.open(logoutUrl({ client_id: client.metadata.client_id }));
    await browser.submit({}, text('page.sign_out.no'));
    expect(browser.heading).toBe(text('page.still_signed_in.title'));
    expect(await isSignedIn(browser)).toBe(true);
  });

  describe('R2: where it leads', () => {
    test('to a registered address, with the state', async () => {
      const { browser, tokens } = await obtain(world, client, await world.createAccount());
      const state = 'a b&c=d';
      await browser.open(
        logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: HOME, state }),
      );
      await browser.submit({}, 'yes');
      expect(browser.url.startsWith(HOME)).toBe(true);
      expect(browser.callback).toEqual({ state });
      expect(browser.responseHeaders.get('clear-site-data')).toBe('"storage"');
    });

    test.each([
      'https://panel.example',
      'https://panel.example/x',
      'https://panel.example/?x',
      'https://panel.example:8443/',
      'https://panel.example.evil.example/',
      'http://panel.example/',
      'https://PANEL.example/',
      '//panel.example/',
      'javascript:alert(1)',
    ])('nowhere else: %s', async (uri) => {
      const { browser, tokens } = await obtain(world, client, await world.createAccount());
      await browser.open(logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: uri }));
      expect([browser.hasLeft, browser.status]).toEqual([false, 400]);
      expect(browser.html).toContain(text('oauth.invalid_request.title'));
      expect(browser.html).not.toContain('href="javascript:');
      expect(await isSignedIn(browser)).toBe(true);
    });

    test('without a client that could vouch for it the address is left aside', async () => {
      const { browser } = await obtain(world, client, await world.createAccount());
      await browser.open(logoutUrl({ post_logout_redirect_uri: HOME }));
      await browser.submit({}, 'yes');
      expect(browser.heading).toBe(text('page.signed_out.title'));
    });

    test('by the name of the client alone as well', async () => {
      const { browser } = await obtain(world, client, await world.createAccount());
      const { client_id: clientId } = client.metadata;
      await browser.open(logoutUrl({ client_id: clientId, post_logout_redirect_uri: HOME }));
      await browser.submit({}, 'yes');
      expect(browser.url).toBe(HOME);
    });
  });

  test('A76: a hint that is forged, foreign or garbage is refused on a page of ours', async () => {
    const { browser, tokens } = await obtain(world, client, await world.createAccount());
    const other = await world.createClient();
    const [header, payload, signature] = tokens.id_token!.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const params of [
      { id_token_hint: 'garbage' },
      { id_token_hint: `${header}.${payload}.` },
      { id_token_hint: `${none}.${payload}.` },
      { id_token_hint: `${header}.${payload}.${signature!.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}` },
      { id_token_hint: tokens.id_token, client_id: other.metadata.client_id },
      { id_token_hint: tokens.access_token },
      { client_id: 'nobody' },
    ]) {
      await browser.open(logoutUrl(params));
      expect(browser.status).toBe(400);
      expect(browser.html).toContain('vratny');
      expect(browser.html).toContain(browser.responseHeaders.get('x-request-id'));
    }
    expect(await isSignedIn(browser)).toBe(true);
  });

  test('an ID token that has run out is a good hint still', async () => {
    const short = await openWorld({ env: { VRATNY_ACCESS_TOKEN_LIFE: '60s' } });
    const panel = await short.createClient();
    const { browser, tokens } = await obtain(short, panel, await short.createAccount());
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    const hint = new URLSearchParams({ id_token_hint: tokens.id_token! }).toString();
    await browser.open(`${short.issuer}/logout?${hint}`);
    vi.useRealTimers();
    expect(browser.heading).toBe(text('page.sign_out.title'));
    await short.close();
  });

  test('when nobody is signed in, a page of ours leads on', async () => {
    const { client_id: clientId } = client.metadata;
    const url = logoutUrl({ client_id: clientId, post_logout_redirect_uri: HOME, state: 's' });
    const browser = await world.browser().open(url);
    expect(browser.heading).toBe(text('page.continue.title'));
    expect(browser.html).not.toMatch(/<script>|onload=|Form Post|document\.forms/);
    await browser.submit();
    expect(browser.url).toBe(`${HOME}?state=s`);
  });

  test('a forged confirmation signs nobody out', async () => {
    const { browser } = await obtain(world, client, await world.createAccount());
    const confirm = `${world.issuer}/logout/confirm`;
    await browser.post(confirm, { logout: 'yes' });
    expect(browser.status).toBe(400);
    await browser.open('/logout');
    await browser.post(confirm, { logout: 'yes', xsrf: 'guess' });
    expect(browser.status).toBe(400);
    expect(browser.html).toContain(text('oauth.invalid_request.title'));
    // The token of the attacker's own page.
    const attacker = await signIn(world, client, await world.createAccount());
    await attacker.open('/logout');
    const { xsrf } = attacker.forms[0]!.fields;
    await browser.post(confirm, { logout: 'yes', xsrf: xsrf! });
    expect(browser.status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
  });

  describe('another account in the same browser', () => {
    test('ends the first session with its grants, and shows no page in between', async () => {
      const [eva, jan] = [await world.createAccount(), await world.createAccount()];
      const { browser, tokens } = await obtain(world, client, eva);
      const kept = copyOf(browser);
      await browser.open(world.authorizeUrl(client, { prompt: 'login' }));
      await browser.submit({ login: jan.email, password: PASSWORD });
      expect(browser.callback['code']).toBeDefined();
      expect((await userinfo(world, tokens.access_token)).status).toBe(401);
      expect((await refresh(world, client, tokens.refresh_token)).status).toBe(400);
      expect(await isSignedIn(kept)).toBe(false);
      expect(await isSignedIn(browser)).toBe(true);
    });

    test('also when the first person signed in in another tab meanwhile', async () => {
      const [eva, jan] = [await world.createAccount(), await world.createAccount()];
      const browser = await world.browser().open(world.authorizeUrl(client));
      const [tab, form] = [browser.url, browser.forms[0]!];
      const { tokens } = await obtain(world, client, eva, {}, browser);
      browser.url = tab;
      await browser.post(form.action, { ...form.fields, login: jan.email, password: PASSWORD });
      expect(browser.callback['code']).toBeDefined();
      expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    });
  });
});

// Stale tabs, the back button, double clicks and time gone by: each leads to a clear page and on to the client.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { atSignIn, exchange, signedIn, snapshot } from '../support/journeys.ts';
import { CALLBACK, closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let email: string;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient({ client_uri: 'https://panel.example/' });
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  const person = async () => {
    ({ email } = await world.createAccount());
  };
  const pass = (browser: Browser) => browser.submit({ login: email, password: PASSWORD });
  const expectCode = async (browser: Browser) => {
    expect(browser.url.startsWith(CALLBACK)).toBe(true);
    expect(browser.callback).toMatchObject({ state: 'st', iss: world.issuer });
    expect((await exchange(world, client, browser)).status).toBe(200);
  };
  /** Follows the one button of a page that says that a sign-in is over. */
  const goOn = (browser: Browser) =>
    browser.open(/<a class="button[^"]*" href="([^"]+)"/.exec(browser.html)![1]!.replaceAll('&amp;', '&'));

  const signOut = async (browser: Browser, idToken: string) => {
    await browser.open(`/logout?${new URLSearchParams({ id_token_hint: idToken }).toString()}`);
    await browser.submit({}, 'Sign out');
    expect(browser.heading).toBe('You are signed out');
  };

  beforeAll(person);

  test('a browser that lost its session may finish a sign-in that began in it, but not consent in its name', async () => {
    const foreign = await world.createClient({ first_party: false });
    const browser = await signedIn(world, client, email);
    for (const [request, answer] of [
      [world.authorizeUrl(client, { prompt: 'login' }), { login: email, password: PASSWORD }],
      [world.authorizeUrl(foreign), {}],
    ] as const) {
      await browser.open(request);
      const form = browser.forms[0]!;
      for (const name of browser.cookies.keys())
        if (name.startsWith('vratny_session')) browser.cookies.delete(name);
      await browser.post(world.issuer + form.action, { ...form.fields, ...answer });
      if ('login' in answer) await expectCode(browser);
    }
    expect([browser.status, browser.heading]).toEqual([410, 'This sign-in has expired']);
    expect(JSON.stringify(await snapshot(world, ['consents']))).not.toContain(foreign.metadata.client_id);
  });

  test('the back button after the end leads to a page that says so, and on to the client with the same state', async () => {
    const browser = await atSignIn(world, client);
    const [page, form] = [browser.url, browser.forms[0]!];
    await pass(browser);
    await expectCode(browser);

    await browser.open(page);
    expect(browser.status).toBe(410);
    expect(browser.heading).toBe('You have already finished this sign-in');
    expect(browser.html).toContain('Continue to Hosting panel');
    await goOn(browser);
    await expectCode(browser);

    // The form that was still open there, sent once more.
    await browser.post(world.issuer + form.action, { ...form.fields, login: email, password: PASSWORD });
    expect([browser.status, browser.heading]).toEqual([410, 'You have already finished this sign-in']);
    await goOn(browser);
    await expectCode(browser);
  });

  test('the address between sign-in and client, opened again, is no dead end either', async () => {
    const browser = await atSignIn(world, client);
    await pass(browser);
    const resume = browser.trail.find((url) => /\/authorize\/[\w-]+$/.test(url))!;
    await browser.open(resume);
    expect(browser.status).toBe(410);
    expect(browser.heading).toBe('You have already finished this sign-in');
    await goOn(browser);
    await expectCode(browser);
    const stranger = await world.browser().open(resume);
    expect([stranger.status, stranger.heading]).toEqual([410, 'We cannot find this sign-in']);
    expect(stranger.html).not.toContain('Hosting panel');
  });

  test('a double click sends the form twice, and the answer that the browser waits for ends at the client', async () => {
    const browser = await atSignIn(world, client);
    const form = browser.forms[0]!;
    const url = new URL(form.action, world.issuer).href;
    const send = () =>
      fetch(url, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ ...form.fields, login: email, password: PASSWORD }),
        headers: {
          ...browser.headers,
          cookie: browser.cookieHeader(form.action),
          origin: world.issuer,
          'sec-fetch-site': 'same-origin',
        },
      });
    const [first, second] = await Promise.all([send(), send()]);
    expect([first.status, second.status]).toEqual([303, 303]);
    // The browser drops the first answer and follows the second one.
    await browser.open(second.headers.get('location')!);
    await expectCode(browser);
  });

  test('a wrong answer that is reloaded is a wrong answer again, and then the right one counts', async () => {
    const browser = await atSignIn(world, client);
    const form = browser.forms[0]!;
    const wrong = { ...form.fields, login: email, password: 'not this one' };
    await browser.post(world.issuer + form.action, wrong);
    expect(browser.status).toBe(422);
    await browser.post(world.issuer + form.action, wrong);
    expect([browser.status, browser.heading]).toEqual([422, 'Sign in']);
    await pass(browser);
    await expectCode(browser);
  });

  test('a page that stayed open for too long says so, and starts again with the same request', async () => {
    const browser = await atSignIn(world, client);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61 * 60_000 });
    await pass(browser);
    expect([browser.status, browser.heading]).toEqual([410, 'This sign-in has expired']);
    await goOn(browser);
    expect(browser.heading).toBe('Sign in');
    await pass(browser);
    await expectCode(browser);
  });

  test('somebody who wanted another account and then waited too long has not finished', async () => {
    const browser = await signedIn(world, client, email);
    await browser.open(world.authorizeUrl(client, { prompt: 'select_account' }));
    await browser.submit({}, 'other');
    expect(browser.heading).toBe('Sign in');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61 * 60_000 });
    await pass(browser);
    expect(browser.heading).toBe('This sign-in has expired');
  });

  test('an hour and a day later nothing is known of a sign-in any more', async () => {
    const browser = await atSignIn(world, client);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 3_600_000 });
    await browser.open(browser.url);
    expect([browser.status, browser.heading]).toEqual([410, 'We cannot find this sign-in']);
  });

  test('another browser learns nothing of a sign-in, whether it is running, finished or made up', async () => {
    const browser = await atSignIn(world, client);
    const running = browser.url;
    const before = await world.browser().open(running);
    await pass(browser);
    const after = await world.browser().open(running);
    const never = await world.browser().open('/interaction/never-was/password');
    const plain = ({ html, url }: Browser) =>
      html.replaceAll(/[0-9a-f-]{36}/g, 'ID').replaceAll(new URL(url).pathname, 'PATH');
    expect([before.status, after.status, never.status]).toEqual([410, 410, 410]);
    expect(plain(before)).toBe(plain(never));
    expect(plain(after)).toBe(plain(never));
    expect(plain(never)).not.toContain('Hosting panel');
  });

  test('a browser that keeps no cookies is told so at once, without running in circles', async () => {
    const browser = world.browser();
    browser.keepsCookies = false;
    await browser.open(world.authorizeUrl(client));
    expect([browser.status, browser.heading]).toEqual([410, 'We cannot find this sign-in']);
    expect(browser.html).toContain('cookies are blocked');
    expect(browser.trail).toHaveLength(2);
  });

  test('a client that must push its requests is led back to by its own address', async () => {
    const pushing = await world.createClient({
      require_pushed_authorization_requests: true,
      client_uri: 'https://billing.example/',
    });
    const url = new URL(world.authorizeUrl(pushing));
    const basic = Buffer.from(`${pushing.metadata.client_id}:${pushing.secret}`).toString('base64');
    const pushed = await fetch(`${world.issuer}/par`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: url.searchParams,
    });
    const { request_uri: uri } = (await pushed.json()) as { request_uri: string };
    const query = new URLSearchParams({ client_id: pushing.metadata.client_id, request_uri: uri });
    const browser = await world.browser().open(`/authorize?${query.toString()}`);
    const page = browser.url;
    await pass(browser);
    await browser.open(page);
    expect(browser.heading).toBe('You have already finished this sign-in');
    expect(browser.html).toContain('href="https://billing.example/"');
  });

  describe('two tabs', () => {
    test('with two clients at the same time both finish', async () => {
      const mail = await world.createClient({ redirect_uris: ['https://mail.example/cb'] });
      const browser = await atSignIn(world, client);
      const tabs = [{ url: browser.url, form: browser.forms[0]! }];
      await browser.open(world.authorizeUrl(mail));
      tabs.push({ url: browser.url, form: browser.forms[0]! });

      const send = ({ form }: (typeof tabs)[number]) =>
        browser.post(world.issuer + form.action, { ...form.fields, login: email, password: PASSWORD });
      await send(tabs[0]!);
      await expectCode(browser);
      await send(tabs[1]!);
      expect(browser.url.startsWith('https://mail.example/cb?code=')).toBe(true);
    });

    test('of two people: whoever signs in later is the one who is signed in', async () => {
      const other = await world.createAccount();
      const browser = await atSignIn(world, client);
      const first = browser.forms[0]!;
      await browser.open(world.authorizeUrl(client));
      await pass(browser);
      await expectCode(browser);
      await browser.post(world.issuer + first.action, {
        ...first.fields,
        login: other.email,
        password: PASSWORD,
      });
      await expectCode(browser);
      await browser.open(world.authorizeUrl(client, { prompt: 'select_account' }));
      expect(browser.html).toContain(other.email);
    });

    test('signing out in one while signing in in the other says so, and starts again with the same request', async () => {
      const browser = await signedIn(world, client, email);
      const { body } = await exchange(world, client, browser);
      await browser.open(world.authorizeUrl(client, { prompt: 'login' }));
      const form = browser.forms[0]!;
      await signOut(browser, body.id_token!);

      await browser.post(world.issuer + form.action, { ...form.fields, login: email, password: PASSWORD });
      expect([browser.status, browser.heading]).toEqual([410, 'This sign-in has expired']);
      await goOn(browser);
      await pass(browser);
      await expectCode(browser);
    });

    test('signing out in one while consenting in the other asks to sign in again, and consents to nothing', async () => {
      const foreign = await world.createClient({ first_party: false });
      const browser = await signedIn(world, client, email);
      const { body } = await exchange(world, client, browser);
      await browser.open(world.authorizeUrl(foreign));
      const form = browser.forms[0]!;
      await signOut(browser, body.id_token!);

      await browser.post(world.issuer + form.action, form.fields);
      expect([browser.status, browser.heading]).toEqual([410, 'This sign-in has expired']);
      await goOn(browser);
      expect(browser.heading).toBe('Sign in');
    });
  });
});

// What an attacker may send to the sign-in: forms of other sites and browsers, planted cookies, steps out of order,
// links that only machines open. None of it signs anybody in or changes anything.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser, PageForm } from '../support/browser.ts';
import { atSignIn, exchange, signedIn, snapshot } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

/** What must be as it was after a refused request. */
const everything = [
  'accounts',
  'consents',
  'oneTimeLinks',
  'throttles',
  'signIns',
  'AuthorizationCode',
  'AccessToken',
  'RefreshToken',
  'Grant',
] as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let email: string;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
    ({ email } = await world.createAccount());
  });
  afterAll(() => closeWorld(world, storage));

  const send = (
    browser: Browser,
    form: PageForm,
    fields: Record<string, string>,
    headers: Record<string, string> = { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
  ) =>
    fetch(world.issuer + form.action, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields),
      headers: { accept: 'text/html', cookie: browser.cookieHeader(form.action), ...headers },
    });
  const cookie = (browser: Browser, name: string) =>
    [...browser.cookies].find(([key]) => key.startsWith(`${name}\n`))?.[1].value;

  describe('login CSRF (A27, C11, C19)', () => {
    const right = (form: PageForm): Record<string, string> => ({
      ...form.fields,
      login: email,
      password: PASSWORD,
    });

    test('without the token, or with one of another browser or interaction, a form has no effect', async () => {
      const victim = await atSignIn(world, client);
      const form = victim.forms[0]!;
      const attacker = await atSignIn(world, client);
      const second = world.browser();
      for (const [key, value] of victim.cookies) second.cookies.set(key, value);
      await second.open(world.authorizeUrl(client));

      const { csrf: _own, ...withoutToken } = right(form);
      const before = await snapshot(world, everything);
      for (const fields of [
        withoutToken,
        { ...withoutToken, csrf: '' },
        { ...withoutToken, csrf: 'x'.repeat(43) },
        { ...withoutToken, csrf: attacker.forms[0]!.fields['csrf']! },
        { ...withoutToken, csrf: second.forms[0]!.fields['csrf']! },
      ]) {
        const answer = await send(victim, form, fields);
        expect([answer.status, await answer.text()]).toEqual([
          403,
          expect.stringContaining('The form is no longer valid') as string,
        ]);
      }
      expect(await snapshot(world, everything)).toEqual(before);
      expect((await send(victim, form, right(form))).status).toBe(303);
    });

    test('with the right token it still has to come from our own page', async () => {
      const victim = await atSignIn(world, client);
      const form = victim.forms[0]!;
      const before = await snapshot(world, everything);
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': 'cross-site', origin: world.issuer },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `${world.issuer}.evil.example` },
      ]) {
        expect([headers, (await send(victim, form, right(form), headers)).status]).toEqual([headers, 403]);
      }
      expect(await snapshot(world, everything)).toEqual(before);
      expect((await send(victim, form, right(form), {})).status).toBe(303);
    });

    test('giving up and consenting ask for the token too', async () => {
      const foreign = await world.createClient({ first_party: false });
      const browser = await atSignIn(world, foreign);
      const abort = browser.forms.find(({ action }) => action.endsWith('/abort'))!;
      expect((await send(browser, abort, {})).status).toBe(403);
      await browser.submit({ login: email, password: PASSWORD });
      for (const form of browser.forms) {
        expect([form.action, (await send(browser, form, {})).status]).toEqual([form.action, 403]);
      }
      expect(await world.store.collection({ name: 'consents' }).list(undefined, { limit: 10 })).toEqual([]);
    });
  });

  describe('session fixation (A64, C12)', () => {
    test('planted cookies never become those of the person who signs in', async () => {
      const attacker = await atSignIn(world, client);
      await attacker.open('/logout');
      const victim = world.browser();
      victim.cookies.set('vratny_session\n/', {
        value: 'planted-by-the-attacker-0123456789abcdefgh',
        path: '/',
      });
      const planted = cookie(attacker, 'vratny_session');
      if (planted) victim.cookies.set('vratny_session\n/', { value: planted, path: '/' });

      await victim.open(world.authorizeUrl(client));
      await victim.submit({ login: email, password: PASSWORD });
      expect(victim.callback['code']).toBeDefined();
      expect(cookie(victim, 'vratny_session')).not.toBe(planted);
      for (const value of [planted ?? '', 'planted-by-the-attacker-0123456789abcdefgh']) {
        const thief = world.browser();
        thief.cookies.set('vratny_session\n/', { value, path: '/' });
        await thief.open(world.authorizeUrl(client, { prompt: 'none' }));
        expect(thief.callback['error']).toBe('login_required');
      }
    });

    test('the session gets a new value at every sign-in, and the old one is worth nothing', async () => {
      const browser = await signedIn(world, client, email);
      const first = cookie(browser, 'vratny_session')!;
      await browser.open(world.authorizeUrl(client, { prompt: 'login' }));
      await browser.submit({ login: email, password: PASSWORD });
      const second = cookie(browser, 'vratny_session')!;
      expect(second).not.toBe(first);
      const thief = world.browser();
      thief.cookies.set('vratny_session\n/', { value: first, path: '/' });
      await thief.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(thief.callback['error']).toBe('login_required');
    });

    test('a copied interaction cookie does not let another browser into the sign-in', async () => {
      const victim = await atSignIn(world, client);
      const thief = world.browser();
      for (const [key, value] of victim.cookies)
        if (!key.startsWith('vratny_browser')) thief.cookies.set(key, value);
      await thief.open(victim.url);
      expect([thief.status, thief.heading]).toEqual([403, 'Continue in the browser you started in']);
      await victim.submit({ login: email, password: PASSWORD });
      expect(victim.callback['code']).toBeDefined();
    });
  });

  test("who opens the link to somebody else's sign-in gets a page without a form (C13)", async () => {
    const attacker = await atSignIn(world, client);
    const victim = await signedIn(world, client, email);
    for (const path of ['', '/password']) {
      await victim.open(attacker.url.replace(/\/password$/, path));
      expect([victim.status, victim.forms]).toEqual([410, []]);
    }
    await attacker.open(attacker.url);
    expect(attacker.heading).toBe('Sign in');
  });

  describe('steps out of order (A16)', () => {
    test('a step that is not due proves nothing, one that does not exist is not there', async () => {
      const foreign = await world.createClient({ first_party: false });
      const browser = await atSignIn(world, foreign);
      const { action, fields } = browser.forms[0]!;
      const base = action.replace(/\/password$/, '');
      const before = await snapshot(world, everything);
      for (const id of ['consent', 'select-account', 'totp', 'recovery-code', 'lost-device', 'email-link']) {
        await browser.post(`${world.issuer}${base}/${id}`, { ...fields, choice: 'other' });
        expect([browser.heading, new URL(browser.url).pathname]).toEqual(['Sign in', action]);
      }
      for (const id of [
        'otp',
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        'PASSWORD',
        'password%00',
      ]) {
        await browser.post(`${world.issuer}${base}/${id}`, { ...fields });
        expect([id, browser.status]).toEqual([id, 404]);
        await browser.open(`${base}/${id}`);
        expect([id, browser.status]).toEqual([id, 404]);
      }
      expect(await snapshot(world, everything)).toEqual(before);

      await browser.open(action);
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.heading).toContain('Allow Hosting panel');
      const consent = browser.forms[0]!;
      await browser.post(world.issuer + consent.action.replace('consent', 'password'), {
        ...consent.fields,
        login: email,
        password: PASSWORD,
      });
      expect(browser.heading).toContain('Allow Hosting panel');
    });

    test('the person may change between the proofs; what is issued belongs to the last one', async () => {
      const other = await world.createAccount();
      const browser = await signedIn(world, client, email);
      await browser.open(world.authorizeUrl(client, { prompt: 'login', scope: 'openid email' }));
      await browser.submit({ login: other.email, password: PASSWORD });
      const { body } = await exchange(world, client, browser);
      const claims = JSON.parse(Buffer.from(body.id_token!.split('.')[1]!, 'base64url').toString()) as object;
      expect(claims).toMatchObject({ sub: other.id });
    });
  });
});

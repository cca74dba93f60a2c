// The database is away: everybody is told so in our words, nothing leaks, and nothing has to be restarted.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { engineCollections } from '../../src/domain/collections.ts';
import type { Browser } from '../support/browser.ts';
import { createBreakingStore } from '../support/breaking-store.ts';
import { expectLogged, expectOurPage } from '../support/our-page.ts';
import { exchange, obtain, refresh, revoke, signIn, userinfo } from '../support/relying-party.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  const breaking = createBreakingStore();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage, wrap: breaking.wrap });
    client = await world.createClient();
  });
  afterEach(() => breaking.mend());
  afterAll(() => closeWorld(world, storage));

  const form = async (by: Browser, address: string) => ({ by, form: (await by.open(address)).forms.at(-1)! });

  test('every page says so, with 503 and when to come back, in both languages', async () => {
    const account = await world.createAccount();
    const browser = await world.browser().open(world.authorizeUrl(client));
    const [stepUrl, form] = [browser.url, browser.forms[0]!];
    const { browser: signedIn } = await obtain(world, client, account);
    breaking.break();
    for (const locale of ['en', 'cs'] as const) {
      for (const visit of [
        () => signedIn.open(world.authorizeUrl(client)),
        () => browser.open(stepUrl),
        () => browser.post(form.action, { ...form.fields, login: account.email, password: PASSWORD }),
        () => signedIn.open('/logout'),
        () => browser.open(`/set-password/${'x'.repeat(43)}`),
      ]) {
        browser.url = stepUrl;
        browser.headers['accept-language'] = locale;
        signedIn.headers['accept-language'] = locale;
        const { status, html, responseHeaders } = await visit();
        expect(status).toBe(503);
        expect(Number(responseHeaders.get('retry-after'))).toBeGreaterThan(0);
        expectOurPage(html, responseHeaders.get('x-request-id'), locale);
        expect(html).toContain(text('error.storage_down.title', {}, locale));
        expect(html).not.toMatch(/hunter2|db\.internal|ECONN/);
        expectLogged(world, responseHeaders.get('x-request-id'));
      }
    }
  });

  test('a sign-in whose session cannot be stored gives no code', async () => {
    const account = await world.createAccount();
    const browser = await world.browser().open(world.authorizeUrl(client));
    breaking.break('oidc_sessions.put');
    await browser.submit({ login: account.email, password: PASSWORD });
    expect([browser.status, browser.responseHeaders.get('location')]).toEqual([503, null]);
    breaking.mend();
    const codes = await world.store
      .collection(engineCollections.AuthorizationCode)
      .list(undefined, { limit: 1000 });
    expect(codes.filter(({ doc }) => doc['accountId'] === account.id)).toEqual([]);
  });

  test('M10: where nothing can be written, nothing is said to have ended, and nobody gets in', async () => {
    const account = await world.createAccount();
    const { browser, tokens } = await obtain(world, client, account);
    const stored = (await world.core.accounts.get(account.id))!;
    const [everywhere, notMe] = [
      await world.core.links.issue('logout-all', stored),
      await world.core.links.issue('not-me', stored),
    ];
    const pages = {
      'sign out': await form(browser, '/logout'),
      'sign out everywhere': await form(browser, '/account/sign-out-everywhere'),
      'by a mailed link': await form(world.browser(), `/logout-all/${everywhere.secret}`),
      'this was not me': await form(world.browser(), `/not-me/${notMe.secret}`),
    };
    const atSignIn = await world.browser().open(world.authorizeUrl(client));
    const signInForm = atSignIn.forms[0]!;

    breaking.breakWrites();
    const wrong: unknown[] = [];
    for (const [
      name,
      {
        form: { action, fields },
        by,
      },
    ] of Object.entries(pages)) {
      await by.post(action, { ...fields, logout: 'yes' });
      if (by.status !== 503) wrong.push([name, by.status, by.heading]);
    }
    // Neither the right password nor a guess gets past a counter that cannot count.
    for (const password of [PASSWORD, 'a guess']) {
      await atSignIn.post(signInForm.action, { ...signInForm.fields, login: account.email, password });
      if (atSignIn.status !== 503) wrong.push([password, atSignIn.status]);
    }
    for (const value of [tokens.access_token, tokens.refresh_token]) {
      const { status, body } = await revoke(world, client, value);
      if (status !== 503) wrong.push(['revocation', status, body]);
    }
    expect((await refresh(world, client, tokens.refresh_token)).status).toBe(503);
    expect(wrong).toEqual([]);
    breaking.mend();

    // As the pages said: all of it is still there, and can be ended.
    expect((await userinfo(world, tokens.access_token)).status).toBe(200);
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(browser.callback['code']).toBeDefined();
    const { form: again, by } = pages['by a mailed link'];
    await by.post(again.action, again.fields);
    expect(by.status).toBe(200);
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(browser.callback['error']).toBe('login_required');
  });

  test('programs get JSON without a reason', async () => {
    const { tokens } = await obtain(world, client, await world.createAccount());
    breaking.break();
    const { status, body } = await refresh(world, client, tokens.refresh_token);
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: 'server_error', request_id: expect.any(String) as string });
    expect(JSON.stringify(body)).not.toMatch(/hunter2|db\.internal|ECONN|oops/);
    expectLogged(world, body['request_id'] as string);
    const person = await userinfo(world, tokens.access_token);
    expect([person.status, person.body['error']]).toEqual([503, 'server_error']);
    expect(person.headers.get('retry-after')).not.toBeNull();
  });

  test('load balancers turn away, and nothing restarts the process', async () => {
    const status = async (path: string) => (await fetch(world.issuer + path)).status;
    expect([await status('/health/live'), await status('/health/ready')]).toEqual([200, 200]);
    breaking.break();
    expect([await status('/health/live'), await status('/health/ready')]).toEqual([200, 503]);
    // What needs no database goes on.
    for (const path of ['/jwks', '/.well-known/openid-configuration', '/']) {
      expect(await status(path)).toBe(200);
    }
    breaking.mend();
    expect(await status('/health/ready')).toBe(200);
  });

  describe('when it is back', () => {
    test('sign-ins that were under way go on', async () => {
      const account = await world.createAccount();
      const browser = await world.browser().open(world.authorizeUrl(client));
      const [stepUrl, form] = [browser.url, browser.forms[0]!];
      breaking.break();
      await browser.post(form.action, { ...form.fields, login: account.email, password: PASSWORD });
      expect(browser.status).toBe(503);
      breaking.mend();
      await browser.open(stepUrl);
      await browser.submit({ login: account.email, password: PASSWORD });
      expect((await exchange(world, client, browser)).status).toBe(200);
    });

    test('a code that could not be exchanged is still good', async () => {
      const browser = await signIn(world, client, await world.createAccount());
      breaking.break();
      expect((await exchange(world, client, browser)).status).toBe(503);
      breaking.mend();
      expect((await exchange(world, client, browser)).status).toBe(200);
    });

    test('nobody was signed out, and the log says what was wrong', async () => {
      const { browser } = await obtain(world, client, await world.createAccount());
      breaking.break();
      await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(browser.status).toBe(503);
      breaking.mend();
      await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(browser.callback['code']).toBeDefined();
      const failures = world.logs.filter(({ level }) => level === 'error');
      expect(failures.length).toBeGreaterThan(0);
      for (const line of failures) expect(line['code']).toBe('storage_down');
    });
  });
});

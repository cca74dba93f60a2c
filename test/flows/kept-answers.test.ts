// What was wrong with a form is told where the form stands: Back and Reload send nothing again. The answer waits for one
// browser at one address, is shown once, and tells a thief of the database nothing.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { collections } from '../../src/domain/collections.ts';
import type { Browser } from '../support/browser.ts';
import { atSignIn } from '../support/journeys.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  const WRONG = text('step.password.problem.wrong_credentials');
  const waiting = () => world.store.collection(collections.keptAnswers).list(undefined, { limit: 100 });

  /** Sends a form and stops before the answer is asked for: what the browser was told, and what it would ask with. */
  async function send(browser: Browser, fields: Record<string, string>) {
    const { action, fields: hidden } = browser.forms.find(({ fields: known }) =>
      Object.keys(fields).every((name) => name in known),
    )!;
    const response = await fetch(world.issuer + action, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ ...hidden, ...fields }),
      headers: { ...browser.headers, cookie: browser.cookieHeader(action), origin: world.issuer },
    });
    const [answer = ''] = /vratny_answer=[\w-]+/.exec(response.headers.getSetCookie().join('; ')) ?? [];
    return { response, action, answer, cookie: `${browser.cookieHeader(action)}; ${answer}` };
  }
  const see = async (address: string, cookie: string) => {
    const response = await fetch(world.issuer + address, {
      headers: { accept: 'text/html', 'accept-language': 'en', cookie },
      redirect: 'manual',
    });
    return { status: response.status, html: await response.text() };
  };

  test('a refused proof is told at a GET of the same address, with the name that was typed, once', async () => {
    const { email } = await world.createAccount();
    const browser = await atSignIn(world, client);
    const { url } = browser;
    await browser.submit({ login: email, password: 'a wrong one' });
    expect([browser.status, browser.trail]).toEqual([422, [url, url]]);
    expect(browser.html).toContain(WRONG);
    expect(browser.forms.find(({ fields }) => 'login' in fields)?.fields['login']).toBe(email);
    expect(browser.html).not.toContain('a wrong one');
    // Reload, and Back to the page before: the bare form, and nothing counts as another try.
    await browser.open(url);
    expect(browser.status).toBe(200);
    expect(browser.html).not.toContain(WRONG);
    expect(await waiting()).toEqual([]);
    await browser.submit({ login: email, password: 'correct horse battery' });
    expect(browser.callback['code']).toBeDefined();
  });

  test('forms of the account and of people who are not signed in yet are answered in the same way', async () => {
    const { email } = await world.createAccount();
    const browser = await atAccount(world, '/account/security/login', email);
    await browser.submit({ login: 'ab', password: 'x' });
    expect([browser.status, browser.trail.length]).toEqual([422, 2]);
    expect(browser.forms.find(({ fields }) => 'login' in fields)?.fields['login']).toBe('ab');
    // An address that takes forms only: the page that the form stands on.
    await browser.open('/account/keys');
    await browser.post('/account/keys/new', { ...browser.forms.at(-1)!.fields, password: 'x' });
    expect([browser.status, browser.url]).toEqual([422, `${world.issuer}/account/keys`]);
    const stranger = await world.browser().open('/recover');
    await stranger.post('/recover', stranger.forms[0]!.fields);
    expect([stranger.status, stranger.trail.length]).toEqual([422, 2]);
  });

  test('the typed name is in no address and no log, and stored sealed', async () => {
    const { email } = await world.createAccount();
    const browser = await atSignIn(world, client);
    const { response, action } = await send(browser, { login: email, password: 'my secret password' });
    expect([response.status, response.headers.get('location')]).toEqual([303, action]);
    const stored = JSON.stringify(await waiting());
    for (const word of [email, 'my secret', action.split('/')[2]!]) expect(stored).not.toContain(word);
    expect(JSON.stringify(world.logs)).not.toContain(email);
  });

  test('another browser, another address and garbage get nothing and use nothing up; a minute later it is gone', async () => {
    const browser = await atSignIn(world, client);
    const { action, answer, cookie } = await send(browser, { login: 'somebody', password: 'wrong' });
    const other = await atSignIn(world, client);
    const elsewhere = new URL(other.url).pathname;
    await see(elsewhere, `${other.cookieHeader(elsewhere)}; ${answer}`);
    await see(action, `${other.cookieHeader(action)}; ${answer}`);
    await see('/recover', cookie);
    for (const value of ['', 'x', '%00', 'x'.repeat(43)])
      expect((await see(action, `${browser.cookieHeader(action)}; vratny_answer=${value}`)).status).toBe(200);
    const seen = await Promise.all(Array.from({ length: 6 }, () => see(action, cookie)));
    expect(seen.filter(({ status }) => status === 422)).toHaveLength(1);

    const late = await send(browser, { login: 'somebody', password: 'wrong' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect((await see(action, late.cookie)).status).toBe(200);
  });

  test('of a form that is sent twice each answer is told, and both count as tries', async () => {
    const browser = await atSignIn(world, client);
    const twice = await Promise.all(['a', 'b'].map((login) => send(browser, { login, password: 'wrong' })));
    for (const [index, { action, cookie }] of twice.entries()) {
      const { status, html } = await see(action, cookie);
      expect([status, html.includes(`value="${'ab'[index]}"`)]).toEqual([422, true]);
    }
  });
});

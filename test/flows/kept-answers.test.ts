// What was wrong with a form is told where the form stands: Back and Reload send nothing again. The answer waits for one
// browser at one address, is shown once, and tells a thief of the database nothing.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { endingAll } from '../../src/domain/accounts/standing.ts';
import { collections } from '../../src/domain/collections.ts';
import type { Browser } from '../support/browser.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { atSignIn } from '../support/journeys.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

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

  test('what is longer than any form of a person is answered at once, and fills no storage', async () => {
    const stranger = await world.browser().open('/support/login');
    const [{ fields, action } = expect.fail('no form')] = stranger.forms;
    await stranger.post(action, { ...fields, email: 'é'.repeat(20_000) });
    expect([stranger.status, stranger.trail.length]).toEqual([422, 1]);
    expect(await waiting()).toEqual([]);
  });

  test('a secret that is shown once is told at a GET, too: Reload makes no second webhook or application', async () => {
    const browser = await atConsole(world, await createOperator(world, 'owner'), '/admin/webhooks/new');
    for (const [page, fields, secret, made] of [
      [
        '/admin/webhooks/new',
        { url: 'https://hooks.example/x', events: '*', reason: 'a new receiver' },
        /whsec_[\w+/=]+/,
        async () => (await world.core.acts.webhooks.list()).length,
      ],
      [
        '/admin/clients/new?purpose=web',
        { client_name: 'Shop', redirect_uris: 'https://shop.example/callback' },
        /client_secret<\/dt><dd><code class="key">[\w-]{43}/,
        async () => (await world.core.acts.search.clients('Shop', { limit: 9 })).hits.length,
      ],
    ] as const) {
      await browser.open(page);
      await browser.submit(fields);
      expect([page, browser.status, browser.html]).toEqual([page, 200, expect.stringMatching(secret)]);
      await browser.open(browser.url.slice(world.issuer.length));
      expect(browser.html).not.toMatch(secret);
      expect([page, await made()]).toEqual([page, 1]);
    }
    expect(await waiting()).toEqual([]);
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

  test('on the account pages an answer is for one session, account and key: nobody else is shown it', async () => {
    const { id, email } = await world.createAccount({ phone: '+420601234567', phoneVerified: true });
    const browser = await atAccount(world, '/account/security/login', email);
    const told = await send(browser, { login: 'my-new-name', password: 'wrong' });
    const gone = await send(browser, { login: 'my-new-name', password: 'wrong' });
    // Somebody else who has signed in in this browser meanwhile.
    const other = world.browser();
    for (const [key, cookie] of browser.cookies)
      if (key.includes('vratny_browser')) other.cookies.set(key, cookie);
    await atAccount(world, '/account/security/login', (await world.createAccount()).email, '', other);
    const stolen = await see(told.action, `${other.cookieHeader(told.action)}; ${told.answer}`);
    expect([stolen.status, stolen.html.includes('my-new-name')]).toEqual([200, false]);
    const own = await see(told.action, told.cookie);
    expect([own.status, own.html.includes('my-new-name')]).toEqual([422, true]);

    // A key that another tab has voided.
    await browser.open('/account/security/totp/setup');
    const keys = [];
    for (const isVoided of [false, true]) {
      const { action, cookie } = await send(browser, { code: '123', password: PASSWORD });
      if (isVoided) await browser.open(action);
      keys.push((await see(action, cookie)).status);
    }
    expect(keys).toEqual([422, 200]);

    await world.core.accounts.change(id, () => endingAll(new Date(Date.now() + 1000)));
    expect((await see(gone.action, gone.cookie)).status).toBe(303);
  });

  test('in the console an answer is shown while session and role still stand, and nothing of it later', async () => {
    const { id } = await world.createAccount();
    const operator = await createOperator(world, 'owner');
    await createOperator(world, 'owner');
    const browser = await atConsole(world, operator, `/admin/accounts/${id}/edit`);
    const typed = { login: 'a b', phone: '+420 777 111 222', reason: 'asked for' };
    const [first, second, third] = [
      await send(browser, typed),
      await send(browser, typed),
      await send(browser, typed),
    ];
    const noSession = /vratny_browser=[^;]+/.exec(first.cookie)![0];
    expect((await see(first.action, `${noSession}; ${first.answer}`)).status).toBe(303);
    expect((await see(first.action, first.cookie)).html).toContain('777 111 222');
    await world.core.operators.grant({ kind: 'system' }, operator.id, 'auditor');
    await world.core.operators.revoke({ kind: 'system' }, operator.id, 'owner');
    const refused = await see(second.action, second.cookie);
    expect([refused.status, refused.html.includes('777 111 222')]).toEqual([403, false]);
    await world.core.operators.revoke({ kind: 'system' }, operator.id, 'auditor');
    expect((await see(third.action, third.cookie)).status).toBe(404);
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

// Mailed links: machines that open them change nothing, a person's button works once, and only for what it is about.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { atSignIn, exchange, signedIn, snapshot } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

/** What must be as it was after reading. */
const everything = [
  'accounts',
  'consents',
  'oneTimeLinks',
  'throttles',
  'signIns',
  'AuthorizationCode',
  'Grant',
] as const;
const PHRASE = 'a phrase of my own';

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
  afterEach(() => vi.useRealTimers());

  const newAccount = async () => (await world.core.accounts.get((await world.createAccount()).id))!;
  const setPassword = async (url: string, password = PHRASE, repeat = password) => {
    const browser = await world.browser().open(url);
    return browser.submit({ password, repeat });
  };

  test('a link sets the password, ends everything that was open, tells the person, and signs nobody in', async () => {
    const account = await newAccount();
    const browser = await signedIn(world, client, account.doc.email, { scope: 'openid offline_access' });
    const { body } = await exchange(world, client, browser);
    await world.core.setPassword.mail(account);
    await world.core.outbox.idle();
    const invitation = world.mails.at(-1)!;
    expect(invitation).toMatchObject({ to: account.doc.email, kind: 'account' });
    const link = /http:\S+\/set-password\/[\w-]{43}/.exec(invitation.text)![0];
    expect(link.startsWith(`${world.issuer}/set-password/`)).toBe(true);

    const page = await setPassword(link);
    expect([page.status, page.heading]).toEqual([200, 'Your password is set']);
    // The page is no dead end, even where the hoster has named no home page.
    expect(page.html).toContain('href="/account"');
    expect(world.mails.at(-1)).toMatchObject({ to: account.doc.email, kind: 'security' });
    expect(world.mails.at(-1)!.text).not.toContain(PHRASE);

    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(userinfo.status).toBe(401);
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(browser.callback['error']).toBe('login_required');
    await page.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(page.callback['error']).toBe('login_required');

    const again = await atSignIn(world, client);
    await again.submit({ login: account.doc.email, password: PASSWORD });
    expect(again.status).toBe(422);
    await again.submit({ login: account.doc.email, password: PHRASE });
    expect(again.callback['code']).toBeDefined();
  });

  test('a used, an old, an unknown and a disabled one look alike, and tell the next site nothing', async () => {
    const [used, old, disabled] = [await newAccount(), await newAccount(), await newAccount()];
    const links = await Promise.all(
      [used, old, disabled].map(async (account) => (await world.core.setPassword.offer(account)).url),
    );
    await setPassword(links[0]!);
    await world.core.accounts.change(disabled.id, () => ({ status: 'disabled' }));
    const pages: string[] = [];
    for (const url of [
      links[0]!,
      links[2]!,
      `${world.issuer}/set-password/${'x'.repeat(43)}`,
      `${world.issuer}/set-password/${encodeURIComponent('"><b>')}`,
    ]) {
      const browser = await world.browser().open(url);
      expect([browser.status, browser.responseHeaders.get('referrer-policy')]).toEqual([410, 'no-referrer']);
      pages.push(browser.html.replaceAll(/set-password\/[^?"]*/g, 'LINK'));
    }
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7 * 86_400_000 + 1 });
    pages.push((await world.browser().open(links[1]!)).html.replaceAll(/set-password\/[^?"]*/g, 'LINK'));
    expect(new Set(pages).size).toBe(1);
  });

  test('a link that was mailed proves the address; one that an operator hands over proves nothing of it', async () => {
    const isProved = async (id: string) => (await world.core.accounts.get(id))!.doc.emailVerified;
    const [printed, mailed] = await Promise.all(
      ['printed', 'mailed'].map(async (name) => {
        const { id } = await world.createAccount({
          email: `${name}.${Date.now()}@example.cz`,
          emailVerified: false,
        });
        return (await world.core.accounts.get(id))!;
      }),
    );
    await setPassword((await world.core.setPassword.offer(printed!)).url);
    expect(await isProved(printed!.id)).toBe(false);
    await world.core.setPassword.mail(mailed!);
    await world.core.outbox.idle();
    await setPassword(/http:\S+\/set-password\/[\w-]{43}/.exec(world.mails.at(-1)!.text)![0]);
    expect(await isProved(mailed!.id)).toBe(true);
  });

  test('an account whose language nobody knows gets that of the page, and letters in it', async () => {
    const account = await newAccount();
    const browser = world.browser();
    browser.headers['accept-language'] = 'cs';
    await browser.open((await world.core.setPassword.offer(account)).url);
    await browser.submit({ password: PHRASE, repeat: PHRASE });
    await world.core.outbox.idle();
    expect(world.mails.at(-1)).toMatchObject({
      to: account.doc.email,
      subject: expect.stringContaining('heslo') as string,
    });
    const again = (await world.core.accounts.get(account.id))!;
    await setPassword((await world.core.setPassword.offer(again)).url);
    expect((await world.core.accounts.get(account.id))!.doc.locale).toBe('cs');
  });

  test('a password that will not do is refused with its reason and leaves the link good', async () => {
    const account = await newAccount();
    const { url } = await world.core.setPassword.offer(account);
    for (const [password, repeat, reason] of [
      ['tiny one', 'tiny one', 'too short'],
      [PHRASE, `${PHRASE}!`, 'not the same'],
      ['aaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaa', 'first that attackers try'],
      [account.doc.email.toUpperCase(), account.doc.email.toUpperCase(), 'same as the login name'],
      ['x'.repeat(2000), 'x'.repeat(2000), 'too long'],
    ] as const) {
      const page = await setPassword(url, password, repeat);
      expect([page.status, page.html]).toEqual([422, expect.stringContaining(reason) as string]);
      expect(page.html).not.toContain(password === account.doc.email.toUpperCase() ? 'nothing' : password);
    }
    expect((await setPassword(url)).status).toBe(200);
  });

  test('reading pages changes nothing, however often and by whatever method (A27, C4)', async () => {
    const foreign = await world.createClient({ first_party: false });
    const account = await world.core.accounts.get((await world.createAccount()).id);
    const { url: link } = await world.core.setPassword.offer(account!);
    const browser = await atSignIn(world, foreign);
    const [page, consentPage] = [browser.url, browser.url.replace('password', 'consent')];
    const cookies = browser.cookieHeader(new URL(page).pathname);
    const before = await snapshot(world, everything);
    const query = `?${new URLSearchParams({ login: email, password: PASSWORD, choice: 'continue' }).toString()}`;
    for (const method of ['GET', 'HEAD']) {
      for (const url of [
        link,
        page,
        page + query,
        consentPage,
        `${page}/abort`,
        page.replace('password', 'abort'),
      ]) {
        const repeats = url === link ? 100 : 3;
        for (let time = 0; time < repeats; time += 1)
          await fetch(url, { method, redirect: 'manual', headers: { cookie: cookies, accept: 'text/html' } });
      }
    }
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const answer = await fetch(page, {
        method,
        headers: { cookie: cookies, 'x-http-method-override': 'POST' },
      });
      expect([method, answer.status]).toEqual([method, 405]);
    }
    expect(await snapshot(world, everything)).toEqual(before);

    const reader = await world.browser().open(link);
    await reader.submit({ password: 'a phrase of my own', repeat: 'a phrase of my own' });
    expect(reader.heading).toBe('Your password is set');
  });

  test('the set-password form takes the password and nothing else (A110)', async () => {
    const account = await world.core.accounts.get((await world.createAccount()).id);
    const victim = await world.createAccount();
    const { url } = await world.core.setPassword.offer(account!);
    const browser = await world.browser().open(url);
    const phrase = 'a phrase of my own';
    await browser.post(url, {
      ...browser.forms[0]!.fields,
      password: phrase,
      repeat: phrase,
      accountId: victim.id,
      status: 'disabled',
      email: 'evil@example.com',
      emailVerified: 'false',
      'constructor[prototype][status]': 'disabled',
      'account[login]': 'root',
      ['__proto__']: 'polluted',
    });
    expect(browser.status).toBe(200);
    const {
      passwordHash: _hash,
      updatedAt: _at,
      sessionsValidFrom: _ended,
      ...after
    } = (await world.core.accounts.get(account!.id))!.doc;
    const { passwordHash: _old, updatedAt: _then, ...before } = account!.doc;
    // The language is that of the page: nobody had told the account's.
    expect(after).toEqual({ ...before, credentialVersion: before.credentialVersion + 1, locale: 'en' });
    expect(({} as { status?: string }).status).toBeUndefined();
    expect((await signedIn(world, client, victim.email)).callback['code']).toBeDefined();
  });
});

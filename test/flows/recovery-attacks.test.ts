// The link back into an account, attacked: in other browsers, for other accounts, old, used and guessed, many times at
// once, and by machines that open whatever is mailed.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { linkLives } from '../../src/domain/one-time-links.ts';
import type { Browser } from '../support/browser.ts';
import { signedIn, snapshot } from '../support/journeys.ts';
import { PHRASE, askedFor, linkIn, recoveryWorld } from '../support/recovery.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, type World } from '../support/world.ts';

const everything = ['accounts', 'oneTimeLinks', 'quotas', 'usedProofs', 'knownBrowsers'] as const;
const MARK = 'vratny_recovery\n/';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await recoveryWorld(storage);
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  /** A browser that has asked for somebody, and what was mailed to them. */
  async function asked(email?: string): Promise<{ email: string; browser: Browser; link: string }> {
    const to = email ?? (await world.createAccount()).email;
    const browser = await askedFor(world, to);
    return { email: to, browser, link: linkIn(world.mails.findLast((mail) => mail.to === to)!) };
  }
  const set = (browser: Browser) => browser.submit({ password: PHRASE, repeat: PHRASE });
  const hashOf = async (email: string) =>
    (await world.core.accounts.findByIdentifier(email))!.doc.passwordHash;
  /** A page without what is new on every page. */
  const plain = (browser: Browser) => ({
    status: browser.status,
    html: browser.html
      .replaceAll(browser.responseHeaders.get('x-request-id')!, 'ID')
      .replaceAll(/recover\/[^?"]*/g, 'LINK'),
  });

  test('C5: in another browser valid, used, old, foreign and invented links get the same page, and stay as they were', async () => {
    const [valid, used, old] = [await asked(), await asked(), await asked()];
    await used.browser.open(used.link);
    await set(used.browser);
    const before = await snapshot(world, ['accounts']);
    const others: [string, () => Browser][] = [
      ['without any cookie', () => world.browser()],
      [
        'that has asked for somebody else',
        () => {
          const browser = world.browser();
          for (const [key, cookie] of used.browser.cookies) browser.cookies.set(key, cookie);
          return browser;
        },
      ],
      [
        'with the browser id but without the mark',
        () => {
          const browser = world.browser();
          for (const [key, cookie] of valid.browser.cookies) browser.cookies.set(key, cookie);
          browser.cookies.delete(MARK);
          return browser;
        },
      ],
      [
        'with an invented mark',
        () => {
          const browser = world.browser();
          browser.cookies.set(MARK, { value: 'x'.repeat(43), path: '/' });
          return browser;
        },
      ],
    ];
    const invented = `${world.issuer}/recover/${'x'.repeat(43)}`;
    const pages: { status: number; html: string }[] = [];
    for (const [, open] of others)
      for (const url of [valid.link, used.link, invented]) pages.push(plain(await open().open(url)));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + linkLives.recover * 1000 + 1 });
    pages.push(plain(await old.browser.open(old.link)));
    vi.useRealTimers();
    expect(pages[0]!.status).toBe(410);
    expect(pages[0]!.html).toContain(text('page.recover_over.title'));
    expect(pages[0]!.html).toContain('href="/recover"');
    for (const page of pages) expect(page).toEqual(pages[0]);

    // Nor does it help to send the form from there.
    await valid.browser.open(valid.link);
    const { fields } = valid.browser.forms[0]!;
    for (const [where, open] of others) {
      const page = await open().post(valid.link, { ...fields, password: PHRASE, repeat: PHRASE });
      expect([where, page.status]).toEqual([where, where.includes('without the mark') ? 410 : 403]);
    }
    expect(await snapshot(world, ['accounts'])).toEqual(before);
    await set(valid.browser);
    expect(valid.browser.heading).toBe(text('page.password_set.title'));
  });

  test('S11: 15 minutes and not a second longer, by our clock', async () => {
    const { browser, link, email } = await asked();
    await browser.open(link);
    const before = await hashOf(email);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + linkLives.recover * 1000 + 1 });
    await set(browser);
    expect([browser.status, await hashOf(email)]).toEqual([410, before]);
  });

  test('a link is good once, for its own account and for nothing else', async () => {
    const [one, two] = [await asked(), await asked()];
    const secretOf = (link: string) => link.slice(link.lastIndexOf('/') + 1);
    for (const path of ['set-password', 'verify-email', 'lost-device', 'logout-all', 'not-me'])
      expect((await one.browser.open(`/${path}/${secretOf(one.link)}`)).status).toBe(410);
    const account = (await world.core.accounts.findByIdentifier(two.email))!;
    const offered = (await world.core.setPassword.offer(account)).url;
    expect((await two.browser.open(offered.replace('set-password', 'recover'))).status).toBe(410);

    const before = await hashOf(two.email);
    await one.browser.open(one.link);
    const form = one.browser.forms[0]!;
    const fields = { ...form.fields, password: PHRASE, repeat: PHRASE };
    // The form of one link does not fit another, in the very browser of that one.
    expect((await one.browser.post(two.link, fields)).status).toBe(403);
    await one.browser.post(one.link, {
      ...fields,
      login: two.email,
      username: two.email,
      accountId: account.id,
    });
    expect(one.browser.status).toBe(200);
    expect(await hashOf(two.email)).toBe(before);
    expect((await one.browser.post(one.link, fields)).status).toBe(410);
    expect((await signedIn(world, client, two.email)).callback['code']).toBeDefined();
  });

  test('A19: of twenty uses at once one wins, and one letter tells of it', async () => {
    const { browser, link, email } = await asked();
    await browser.open(link);
    const form = browser.forms[0]!;
    const headers = { cookie: browser.cookieHeader('/recover'), origin: world.issuer };
    const before = world.mails.length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, time) =>
        fetch(link, {
          method: 'POST',
          headers,
          body: new URLSearchParams({
            ...form.fields,
            password: `${PHRASE} ${time}`,
            repeat: `${PHRASE} ${time}`,
          }),
        }).then(({ status }) => status),
      ),
    );
    await world.core.outbox.idle();
    expect(answers.toSorted((a, b) => a - b)).toEqual([200, ...Array<number>(19).fill(410)]);
    expect(world.mails.slice(before).map(({ to }) => to)).toEqual([email]);
  });

  test('C7: a new password, another address and a disabled account make every link void', async () => {
    const { accounts } = world.core;
    const changes: [string, (email: string) => Promise<unknown>][] = [
      [
        'password',
        async (email) => {
          const account = (await accounts.findByIdentifier(email))!;
          const browser = await world.browser().open((await world.core.setPassword.offer(account)).url);
          return set(browser);
        },
      ],
      [
        'address',
        async (email) => {
          const { id } = (await accounts.findByIdentifier(email))!;
          return accounts.change(id, () => ({ email: `new-${email}`, emailKey: `new-${email}` }));
        },
      ],
      [
        'disabled',
        async (email) => {
          const { id } = (await accounts.findByIdentifier(email))!;
          return accounts.change(id, () => ({ status: 'disabled' }));
        },
      ],
    ];
    for (const [what, change] of changes) {
      const { browser, link, email } = await asked();
      await browser.open(link);
      await change(email);
      await set(browser);
      expect([what, browser.status]).toEqual([what, 410]);
      expect([what, (await browser.open(link)).status]).toEqual([what, 410]);
    }
  });

  test('C4: opening changes nothing, a hundred times and by whatever method, nor does a form of another site', async () => {
    const { browser, link } = await asked();
    const form = (await browser.open('/recover')).forms[0]!;
    const before = await snapshot(world, everything);
    const cookie = browser.cookieHeader('/recover');
    for (const url of [link, `${world.issuer}/recover?known=somebody&sign_in=x`])
      for (const method of ['GET', 'HEAD'])
        for (let time = 0; time < 100; time += 1)
          await fetch(url, { method, headers: { cookie, accept: 'text/html' } });
    const { csrf: _csrf, ...fields } = form.fields;
    expect((await browser.post('/recover', { ...fields, known: 'x', altcha: '' })).status).toBe(403);
    const foreign = await fetch(`${world.issuer}/recover`, {
      method: 'POST',
      body: new URLSearchParams({ ...form.fields, known: 'x' }),
      headers: { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
    expect(await snapshot(world, everything)).toEqual(before);
    await browser.open(link);
    expect((await set(browser)).status).toBe(200);
  });

  test('neither link nor mark can be read out of the store or the log', async () => {
    const { browser, link } = await asked();
    const kept = JSON.stringify([await snapshot(world, everything), world.logs]);
    expect(kept).not.toContain(link.slice(link.lastIndexOf('/') + 1));
    expect(kept).not.toContain(browser.cookies.get(MARK)!.value);
  });
});

// Sign-ins that wait for the link in a mail (S43): here and on another device, in time and too late.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Locale } from '../../src/http/locale.ts';
import { atSignIn, exchange } from '../support/journeys.ts';
import { slowStore } from '../support/slow-store.ts';
import { text } from '../support/texts.ts';
import { ADDRESS, approved, createWaiting, numberOn, over, waiting } from '../support/waiting-sign-in.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const MINUTE = 60_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let people: ReturnType<typeof createWaiting>;
  beforeAll(async () => {
    world = await openWorld({
      storage,
      wrap: (store) => slowStore(store, 1),
      env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' },
    });
    client = await world.createClient();
    people = createWaiting(world, client);
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  test('S43: the sign-in waits for the link, approved on another device, and then goes on by itself', async () => {
    const { id, email } = await people.newPerson();
    const browser = await people.signInAs(email);
    expect([browser.status, browser.heading]).toEqual([200, waiting]);
    // Without JavaScript the page loads itself anew.
    expect(browser.html).toMatch(
      /<noscript><meta http-equiv="refresh" content="5; url=\/interaction\/[\w-]+\/email-link"><\/noscript>/,
    );
    expect(browser.html).toContain('p•••@e•••.cz');
    expect(browser.html).not.toContain(email);
    expect(await people.stateOf(browser)).toEqual({ state: 'waiting' });

    const [mail] = people.mailsTo(email);
    expect(mail).toMatchObject({ kind: 'security', to: email });
    for (const said of ['Hosting panel', ADDRESS, 'Firefox 141', 'Windows', '/not-me/', '/logout-all/'])
      expect(mail!.text).toContain(said);
    const number = numberOn(browser);
    expect(mail!.text.replaceAll(/http\S+/g, '')).not.toMatch(new RegExp(`number\\D*${number}`));

    const phone = await world.browser().open(people.linkTo(email));
    expect([phone.status, phone.heading]).toEqual([200, text('page.confirm_sign_in.title')]);
    expect(phone.responseHeaders.get('referrer-policy')).toBe('no-referrer');
    for (const said of ['Hosting panel', ADDRESS, 'Firefox 141', 'Windows'])
      expect(phone.html).toContain(said);
    expect(phone.html).not.toMatch(/autofocus|match__number/);
    expect(phone.html).not.toContain(`>${number}<`);
    await phone.submit({ number: ` ${number[0]} ${number[1]} ` }, 'approve');
    expect([phone.status, phone.heading]).toEqual([200, approved]);
    expect(await people.stateOf(browser)).toEqual({ state: 'approved' });

    await browser.open(browser.url);
    expect(browser.callback['code']).toBeDefined();
    // One mail for one sign-in, and the history tells how it was confirmed.
    expect(world.mails.filter(({ to }) => to === email)).toHaveLength(1);
    const [entry] = (await world.core.history.list(id, { limit: 5 })).entries;
    expect(entry!.doc).toMatchObject({
      result: 'signed_in',
      methods: ['password', 'email-link'],
      address: ADDRESS,
    });
    // The browser that clicked is signed in to nothing.
    await phone.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(phone.callback['error']).toBe('login_required');
  });

  test('S43: the mail proves no factor (A48)', async () => {
    const { email } = await people.newPerson();
    const browser = await people.signInAs(email);
    await people.answer(people.linkTo(email), 'approve', numberOn(browser));
    await browser.submit({}, 'check');
    const { body } = await exchange(world, client, browser);
    const claims = JSON.parse(Buffer.from(body.id_token!.split('.')[1]!, 'base64url').toString()) as object;
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'urn:vratny:acr:one-factor' });
  });

  test('S43: the link may be opened in the very browser that waits, also in another tab', async () => {
    const { email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [page, number] = [browser.url, numberOn(browser)];
    await browser.open(people.linkTo(email));
    await browser.submit({ number }, 'approve');
    expect(browser.heading).toBe(approved);
    await browser.open(page);
    expect(browser.callback['code']).toBeDefined();
  });

  test('S43, S45: it is asked for only with mails: not when mails are off, not when none is due', async () => {
    const off = await people.newPerson({ signInMail: 'never' });
    expect((await people.signInAs(off.email)).callback['code']).toBeDefined();
    expect(people.mailsTo(off.email)).toHaveLength(0);

    const unseen = await people.newPerson({ signInMail: 'unseen' });
    const browser = await people.signInAs(unseen.email);
    expect(browser.heading).toBe(waiting);
    await people.answer(people.linkTo(unseen.email), 'approve', numberOn(browser));
    await browser.open(browser.url);
    expect(browser.callback['code']).toBeDefined();
    await people.signInAs(unseen.email, { prompt: 'login' }, browser);
    expect(browser.callback['code']).toBeDefined();
    expect(people.mailsTo(unseen.email)).toHaveLength(1);
    expect((await people.signInAs(unseen.email)).heading).toBe(waiting);
  });

  test('S43: a wrong password is never told that a mail would follow, and sends none', async () => {
    const { email } = await people.newPerson();
    const browser = await people.newBrowser().open(world.authorizeUrl(client));
    await browser.submit({ login: email, password: 'not the right one' });
    expect(browser.heading).toBe(text('step.password.title'));
    await browser.open(browser.url.replace('/password', '/email-link'));
    expect(browser.heading).toBe(text('step.password.title'));
    expect(people.mailsTo(email)).toHaveLength(0);
  });

  test('one mail goes out however often the page is opened, in many tabs at once too', async () => {
    const { email } = await people.newPerson();
    const browser = await atSignIn(world, client);
    const page = browser.url.replace('/password', '/email-link');
    await browser.submit({ login: email, password: PASSWORD });
    const headers = { cookie: browser.cookieHeader(new URL(page).pathname), accept: 'text/html' };
    const pages = await Promise.all(
      Array.from({ length: 12 }, async () => (await fetch(page, { headers })).text()),
    );
    expect(new Set(pages.map((html) => /match__number[^>]*>(\d\d)</.exec(html)?.[1]))).toEqual(
      new Set([numberOn(browser)]),
    );
    await world.core.outbox.idle();
    expect(people.mailsTo(email)).toHaveLength(1);
  });

  test('many tabs that open the waiting page first send one mail', async () => {
    const { email } = await people.newPerson();
    const browser = await atSignIn(world, client);
    const { url, forms } = browser;
    const path = new URL(url).pathname;
    await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: browser.cookieHeader(path), origin: world.issuer },
      body: new URLSearchParams({ ...forms[0]!.fields, login: email, password: PASSWORD }),
    });
    const headers = { cookie: browser.cookieHeader(path), accept: 'text/html' };
    const open = () =>
      fetch(url.replace('/password', '/email-link'), { headers }).then((found) => found.text());
    const pages = await Promise.all(Array.from({ length: 10 }, open));
    const numbers = pages.map((html) => /match__number[^>]*>(\d\d)</.exec(html)?.[1]);
    expect([new Set(numbers).size, numbers[0]]).toEqual([1, expect.stringMatching(/^\d\d$/) as string]);
    await world.core.outbox.idle();
    expect(people.mailsTo(email)).toHaveLength(1);
  });

  test('its button sends three more mails, with links that work beside the first, and no fourth', async () => {
    const { email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [first, number] = [people.linkTo(email), numberOn(browser)];
    for (let sent = 2; sent <= 4; sent += 1) {
      await browser.submit({}, 'resend');
      expect([browser.status, people.mailsTo(email).length]).toEqual([200, sent]);
      expect(browser.html).toContain(text('step.email_link.sent_again'));
      expect(numberOn(browser)).toBe(number);
    }
    expect(browser.forms.flatMap(({ buttons }) => buttons.map(({ value }) => value))).not.toContain('resend');
    await browser.post(browser.url, { ...browser.forms[0]!.fields, choice: 'resend' });
    expect(browser.status).toBe(422);
    expect(browser.html).toContain(text('step.email_link.problem.no_more_mails'));
    expect(people.mailsTo(email)).toHaveLength(4);
    const last = people.linkTo(email);
    expect((await people.answer(first, 'approve', number)).heading).toBe(approved);
    for (const used of [first, last]) expect((await world.browser().open(used)).heading).toBe(over);
  });

  test('an account is sent twelve such mails an hour, whatever sign-ins are begun', async () => {
    const { email } = await people.newPerson();
    for (let time = 0; time < 12; time += 1) expect((await people.signInAs(email)).heading).toBe(waiting);
    const browser = await people.signInAs(email);
    expect(people.mailsTo(email)).toHaveLength(12);
    expect([browser.status, browser.heading]).toEqual([200, waiting]);
    expect(browser.html).toContain(text('step.email_link.problem.not_sent'));
    await browser.submit({}, 'resend');
    expect(browser.status).toBe(429);
    expect(Number(browser.responseHeaders.get('retry-after'))).toBeGreaterThan(3000);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61 * MINUTE });
    expect((await people.signInAs(email)).heading).toBe(waiting);
    expect(people.mailsTo(email)).toHaveLength(13);
  });

  test('after 15 minutes link and wait are over; a new mail begins anew with another link', async () => {
    const { id, email } = await people.newPerson();
    vi.useFakeTimers({ toFake: ['Date'] });
    const browser = await people.signInAs(email);
    const [link, start] = [people.linkTo(email), Date.now()];
    vi.setSystemTime(start + 15 * MINUTE - 2000);
    expect((await world.browser().open(link)).status).toBe(200);
    expect(await people.stateOf(browser)).toEqual({ state: 'waiting' });
    vi.setSystemTime(start + 15 * MINUTE + 1);
    expect((await world.browser().open(link)).status).toBe(410);
    expect(await people.stateOf(browser)).toEqual({ state: 'expired' });
    await browser.open(browser.url);
    expect([browser.status, browser.heading]).toEqual([200, text('step.email_link.expired.title')]);
    expect((await people.refusals(id)).map(({ reason }) => reason)).toEqual(['expired']);

    await browser.submit({}, 'resend');
    expect(browser.heading).toBe(waiting);
    expect((await world.browser().open(link)).status).toBe(410);
    await people.answer(people.linkTo(email), 'approve', numberOn(browser));
    await browser.open(browser.url);
    expect(browser.callback['code']).toBeDefined();
  });

  test('a yes at the last moment still reaches the browser, one that nobody takes up is over', async () => {
    const { email } = await people.newPerson();
    vi.useFakeTimers({ toFake: ['Date'] });
    const [quick, slow] = [
      await people.signInAs(email),
      await people.signInAs((await people.newPerson()).email),
    ];
    const slowEmail = world.mails.at(-1)!.to;
    const start = Date.now();
    vi.setSystemTime(start + 15 * MINUTE - 3000);
    await people.answer(people.linkTo(email), 'approve', numberOn(quick));
    await people.answer(people.linkTo(slowEmail), 'approve', numberOn(slow));
    vi.setSystemTime(start + 15 * MINUTE + 5000);
    await quick.open(quick.url);
    expect(quick.callback['code']).toBeDefined();
    vi.setSystemTime(start + 20 * MINUTE);
    await slow.open(slow.url);
    expect(slow.heading).toBe(text('step.email_link.expired.title'));
  });

  test.each<Locale>(['en', 'cs'])('every page of it speaks %s', async (locale) => {
    const { id, email } = await people.newPerson();
    await world.core.accounts.change(id, () => ({ locale }));
    const browser = people.newBrowser();
    browser.headers['accept-language'] = locale;
    await people.signInAs(email, {}, browser);
    expect(browser.heading).toBe(text('step.email_link.waiting.title', {}, locale));
    expect(people.mailsTo(email).at(-1)!.subject).toBe(
      text('mail.confirm_sign_in.subject', { brand: 'Vrátný' }, locale),
    );
    const phone = world.browser();
    phone.headers['accept-language'] = locale;
    await phone.open(people.linkTo(email));
    expect(phone.heading).toBe(text('page.confirm_sign_in.title', {}, locale));
    await phone.submit({}, 'deny');
    expect(phone.heading).toBe(text('page.confirm_sign_in_done.denied.title', {}, locale));
    await browser.open(browser.url);
    expect(browser.heading).toBe(text('step.email_link.denied.title', {}, locale));
    await phone.open(people.linkTo(email));
    expect(phone.heading).toBe(text('page.confirm_sign_in_done.over.title', {}, locale));
  });
});

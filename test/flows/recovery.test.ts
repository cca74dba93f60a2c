// Forgotten login name or password (S9–S11, S61, S66–S68): the way back by mail, in the browser that asked, and what it
// leaves standing.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { MOST_FAILED_PASSWORDS } from '../../src/domain/passwords/failed-passwords.ts';
import { atSignIn, exchange, signedIn } from '../support/journeys.ts';
import { PHRASE, askedFor, linkIn, newcomer, recoveryWorld } from '../support/recovery.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, PASSWORD, type World } from '../support/world.ts';

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

  test('S9, S10, S11: from the sign-in page by mail to a new password, and back to the application', async () => {
    const { email } = await world.createAccount({ login: 'zofie' });
    const elsewhere = await signedIn(world, client, email, { scope: 'openid offline_access' });
    const { body } = await exchange(world, client, elsewhere);

    const browser = newcomer(world);
    await browser.open(world.authorizeUrl(client));
    expect(browser.html).toContain(text('step.password.recover'));
    await browser.open(/href="(\/recover\?sign_in=[\w-]+)"/.exec(browser.html)![1]!);
    expect(browser.heading).toBe(text('page.recover.title'));
    await browser.submit({ known: 'zofie', altcha: solveOn(browser) });
    expect([browser.status, browser.heading]).toEqual([200, text('page.recover_sent.title')]);

    const mail = world.mails.at(-1)!;
    expect(mail).toMatchObject({ to: email, kind: 'security' });
    expect(mail.text).toContain(`${text('mail.login')}: zofie`);
    expect(mail.text).toContain('need not do anything');
    const link = linkIn(mail);
    expect(link.startsWith(`${world.issuer}/recover/`)).toBe(true);

    await browser.open(link);
    expect(browser.heading).toBe(text('page.set_password.title'));
    expect(browser.responseHeaders.get('referrer-policy')).toBe('no-referrer');
    await browser.submit({ password: 'short', repeat: 'short' });
    expect(browser.status).toBe(422);
    await browser.submit({ password: PHRASE, repeat: `${PHRASE}!` });
    expect(browser.html).toContain(text('page.set_password.problem.mismatch'));
    await browser.submit({ password: PHRASE, repeat: PHRASE });
    expect([browser.status, browser.heading]).toEqual([200, text('page.password_set.title')]);
    expect(world.mails.at(-1)!.subject).toContain('password');
    expect(world.mails.at(-1)!.text).not.toContain(PHRASE);

    // C8: everything ended, and the link has signed nobody in.
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(userinfo.status).toBe(401);
    await elsewhere.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(elsewhere.callback['error']).toBe('login_required');

    await browser.open(/href="(\/interaction\/[\w-]+)"/.exec(browser.html)![1]!);
    expect(browser.heading).toBe(text('step.password.title'));
    await browser.submit({ login: 'zofie', password: PASSWORD });
    expect(browser.status).toBe(422);
    await browser.submit({ login: 'zofie', password: PHRASE });
    expect(browser.callback['code']).toBeDefined();
  });

  test('S66: login name, e-mail and own domain all lead to the address on file, and a domain to its owner', async () => {
    const { id, email } = await world.createAccount({ login: 'majitel' });
    const { customer } = (await world.core.customers.ofAccount(id))[0]!;
    await world.core.domains.add('xn--kukov-yqa35f.cz', customer.id);
    await world.core.domains.add('example.net', customer.id);
    for (const known of ['Majitel ', email.toUpperCase(), 'EXAMPLE.NET.']) {
      const before = world.mails.length;
      await askedFor(world, known);
      expect([known, world.mails.slice(before).map(({ to }) => to)]).toEqual([known, [email]]);
    }
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_001 });
    await world.core.domains.remove('example.net');
    for (const [known, mails] of [
      ['kuřákov.cz', 1],
      ['XN--KUKOV-YQA35F.cz', 1],
      ['kurakov.cz', 0],
      ['example.net', 0],
    ] as const) {
      const before = world.mails.length;
      await askedFor(world, known);
      expect([known, world.mails.length - before]).toEqual([known, mails]);
    }
  });

  test('S66: a login name that is spelled like somebody else’s domain keeps no mail from either', async () => {
    const owner = await world.createAccount();
    const [found] = await world.core.customers.ofAccount(owner.id);
    await world.core.domains.add('shared-name.cz', found!.customer.id);
    const other = await world.createAccount({ login: 'shared-name.cz' });
    const before = world.mails.length;
    await askedFor(world, 'shared-name.cz');
    expect(
      world.mails
        .slice(before)
        .map(({ to }) => to)
        .sort(),
    ).toEqual([owner.email, other.email].sort());
  });

  test('A52: the second factor stays, and is asked at the next sign-in', async () => {
    const { id, email } = await world.createAccount();
    const { key } = await turnOnTotp(world.core, id);
    const browser = await askedFor(world, email);
    await browser.open(linkIn(world.mails.at(-1)!));
    await browser.submit({ password: PHRASE, repeat: PHRASE });
    const again = await atSignIn(world, client);
    await again.submit({ login: email, password: PHRASE });
    expect(again.url).toMatch(/\/totp$/);
    await again.submit({ code: appCode(key, new Date()) });
    expect(again.callback['code']).toBeDefined();
  });

  test('asking changes nothing, and asking again leaves the first link good; the first use voids the others (C7)', async () => {
    const { id, email } = await world.createAccount();
    const before = await world.core.accounts.get(id);
    const browser = await askedFor(world, email);
    const first = linkIn(world.mails.at(-1)!);
    await askedFor(world, email, browser);
    const second = linkIn(world.mails.at(-1)!);
    expect(second).not.toBe(first);
    expect(await world.core.accounts.get(id)).toEqual(before);
    expect((await signedIn(world, client, email)).callback['code']).toBeDefined();
    expect((await browser.open(second)).status).toBe(200);
    await browser.open(first);
    await browser.submit({ password: PHRASE, repeat: PHRASE });
    expect(browser.heading).toBe(text('page.password_set.title'));
    expect((await browser.open(second)).status).toBe(410);
  });

  test('S67: who forbids resets gets none, unseen by who asks; older links die; both changes are told', async () => {
    const { id, email } = await world.createAccount();
    const { key } = await turnOnTotp(world.core, id);
    const asker = await askedFor(world, email);
    const link = linkIn(world.mails.at(-1)!);
    const expected = asker.html.replaceAll(asker.responseHeaders.get('x-request-id')!, 'ID');
    const page = '/account/security/recovery';
    const browser = await atAccount(world, page, email, appCode(key, new Date()));
    expect(browser.html).toContain(text('account.recovery.caution'));
    await browser.submit({ password: PASSWORD, code: '000000' });
    expect([browser.status, (await world.core.accounts.get(id))!.doc.resetForbidden]).toEqual([
      422,
      undefined,
    ]);
    await browser.submit({ password: PASSWORD, code: appCode(key, new Date(), 1) });
    expect(browser.html).toContain(text('account.notice.reset_forbidden'));
    expect(world.mails.at(-1)!.text).toContain(text('mail.credential_changed.what.reset_forbidden'));

    expect((await asker.open(link)).status).toBe(410);
    const before = world.mails.length;
    const again = await askedFor(world, email);
    expect(again.html.replaceAll(again.responseHeaders.get('x-request-id')!, 'ID')).toBe(expected);
    expect(world.mails).toHaveLength(before);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    await browser.open('/account/security');
    expect(browser.html).toContain(text('account.security.recovery.forbidden'));
    await browser.open(page);
    await browser.submit({ password: PASSWORD, code: appCode(key, new Date()) });
    expect(browser.html).toContain(text('account.notice.reset_allowed'));
    expect(world.mails.at(-1)!.text).toContain(text('mail.credential_changed.what.reset_allowed'));
    await askedFor(world, email);
    expect(world.mails.at(-1)!.text).toContain('/recover/');
  });

  test('S68: who knows no name at all writes to support, with the name of one service', async () => {
    const browser = await newcomer(world).open('/recover');
    expect(browser.html).toContain('href="/support/login"');
    await browser.open('/support/login');
    const given = { text: 'Adresu zadával kolega.', contact: '+420 605 111 222' };
    await browser.submit({ ...given, service: ' ', altcha: solveOn(browser) });
    expect([browser.status, browser.html]).toEqual([
      422,
      expect.stringContaining(text('page.support.problem.no_service')) as string,
    ]);
    await browser.submit({ ...given, service: 'hvezdy.cz', altcha: solveOn(browser) });
    expect([browser.status, browser.heading]).toEqual([200, text('page.support_sent.title')]);
    const [stored] = await world.core.supportRequests.list('open', { limit: 1 });
    expect(stored!.doc).toMatchObject({ kind: 'login', service: 'hvezdy.cz', ...given });
    expect(stored!.doc).not.toHaveProperty('email');
    expect(world.mails.at(-1)!).toMatchObject({ to: 'podpora@hoster.example' });
    expect(world.mails.at(-1)!.text).toContain('hvezdy.cz');
  });

  test('N7: a password that was switched off is told in a known browser only, and recovery sets a new one', async () => {
    const { id, email } = await world.createAccount();
    const own = newcomer(world);
    await own.open(world.authorizeUrl(client));
    await own.submit({ login: email, password: PASSWORD });
    const account = (await world.core.accounts.get(id))!;
    for (let time = 1; time < MOST_FAILED_PASSWORDS; time += 1)
      await world.core.failedPasswords.count(account);
    const stranger = await newcomer(world).open(world.authorizeUrl(client));
    await stranger.submit({ login: email, password: 'a wrong password' });
    const mail = world.mails.at(-1)!;
    expect(mail).toMatchObject({ to: email, kind: 'security' });
    expect(mail.text).toContain(`${world.issuer}/recover\n`);

    await stranger.submit({ login: email, password: PASSWORD });
    expect([stranger.status, stranger.html]).toEqual([
      422,
      expect.stringContaining(text('step.password.problem.wrong_credentials')) as string,
    ]);
    await own.open(world.authorizeUrl(client, { prompt: 'login' }));
    await own.submit({ login: email, password: PASSWORD });
    expect(own.html).toContain(text('step.password.problem.password_off'));

    await askedFor(world, email, own);
    await own.open(linkIn(world.mails.at(-1)!));
    await own.submit({ password: PHRASE, repeat: PHRASE });
    const again = await atSignIn(world, client);
    await again.submit({ login: email, password: PHRASE });
    expect(again.callback['code']).toBeDefined();
  });

  test('S61 switched off: the link works anywhere, still once and for 15 minutes', async () => {
    const open = newStorage();
    const elsewhere = await recoveryWorld(open, { VRATNY_RESET_SAME_BROWSER: 'false' });
    const { email } = await elsewhere.createAccount();
    await askedFor(elsewhere, email);
    const link = linkIn(elsewhere.mails.at(-1)!);
    const browser = await elsewhere.browser().open(link);
    await browser.submit({ password: PHRASE, repeat: PHRASE });
    expect(browser.heading).toBe(text('page.password_set.title'));
    expect((await elsewhere.browser().open(link)).status).toBe(410);
    await closeWorld(elsewhere, open);
  });
});

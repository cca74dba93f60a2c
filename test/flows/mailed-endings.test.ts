// The two links in mails about sign-ins: log out everywhere (S56), and "this was not me". They work without signing in,
// once, by a person's button, and outlive what an intruder may change.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import { atSignIn, exchange, signedIn, snapshot } from '../support/journeys.ts';
import { browserAt, proxied, signInAt } from '../support/places.ts';
import { slowStore } from '../support/slow-store.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const everything = [
  'accounts',
  'oneTimeLinks',
  'history',
  'sightings',
  'knownBrowsers',
  'Session',
  'Grant',
  'outbox',
] as const;
const PHRASE = 'a phrase of my own';
const DAY = 86_400_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    // Slow reads give races their time.
    world = await openWorld({ storage, env: proxied, wrap: (store) => slowStore(store, 2) });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  const accountOf = async (id: string): Promise<StoredAccount> => (await world.core.accounts.get(id))!;
  const linkIn = (mail: Mail, kind: string): string =>
    new RegExp(`${world.issuer}/${kind}/[\\w-]{43}`).exec(mail.text)![0];

  /** Somebody who has signed in and got the mail about it. */
  async function told() {
    const { id, email } = await world.createAccount({ locale: 'en' });
    const browser = await signedIn(world, client, email, { scope: 'openid offline_access' });
    const { body: tokens } = await exchange(world, client, browser);
    const mail = world.mails.findLast(({ to }) => to === email)!;
    return {
      id,
      email,
      browser,
      tokens,
      logOut: linkIn(mail, 'logout-all'),
      notMe: linkIn(mail, 'not-me'),
      mails: () => world.mails.filter(({ to }) => to === email),
    };
  }

  async function isOut({ browser, tokens }: Awaited<ReturnType<typeof told>>): Promise<boolean> {
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    const silent = browser.callback['error'];
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    return silent === 'login_required' && userinfo.status === 401;
  }

  const press = async (link: string) => (await browserAt(world, '203.0.113.50').open(link)).submit();
  const over = text('page.ended.over.title');

  test('S56: the link ends everything everywhere, in a browser that was never here, and leaves the password', async () => {
    const person = await told();
    const running = await atSignIn(world, client);
    expect(await isOut(person)).toBe(false);

    const page = await press(person.logOut);
    expect([page.status, page.heading]).toEqual([200, text('page.ended.log_out.title')]);
    expect(await isOut(person)).toBe(true);
    // Nobody was signed in by it.
    await page.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(page.callback['error']).toBe('login_required');
    await running.submit({ login: person.email, password: PASSWORD });
    expect(running.callback['code']).toBeDefined();
  });

  test('S56: a refresh token is dead after it as well', async () => {
    const person = await told();
    await press(person.logOut);
    const refreshed = await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client.metadata.client_id}:${client.secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: String(person.tokens.refresh_token),
      }),
    });
    expect(refreshed.status).toBe(400);
  });

  test('“this was not me” ends everything, takes the password away, and mails a link to set a new one', async () => {
    const person = await told();
    const before = person.mails().length;
    const page = await press(person.notMe);
    expect([page.status, page.heading]).toEqual([200, text('page.ended.lock.title')]);
    expect(page.responseHeaders.get('clear-site-data')).toBe('"storage"');
    expect(await isOut(person)).toBe(true);

    // The intruder knows the password: it opens nothing any more.
    const intruder = await atSignIn(world, client);
    await intruder.submit({ login: person.email, password: PASSWORD });
    expect([intruder.status, intruder.hasLeft]).toEqual([422, false]);

    const [mail, ...more] = person.mails().slice(before);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      kind: 'security',
      subject: expect.stringContaining('set a new password') as string,
    });
    const owner = await world.browser().open(linkIn(mail!, 'set-password'));
    // Nor is it let in again by the owner, now or later.
    await owner.submit({ password: PASSWORD, repeat: PASSWORD });
    expect([owner.status, owner.html]).toEqual([
      422,
      expect.stringContaining(text('page.set_password.problem.exposed')) as string,
    ]);
    await owner.submit({ password: PHRASE, repeat: PHRASE });
    expect(owner.heading).toBe(text('page.password_set.title'));
    const { doc } = await accountOf(person.id);
    expect(await world.core.newPasswords.judge(PASSWORD, { ...doc, accountId: person.id })).toBe('exposed');
    await owner.open(world.authorizeUrl(client));
    await owner.submit({ login: person.email, password: PHRASE });
    expect(owner.callback['code']).toBeDefined();
  });

  test('S67: where new passwords by mail are forbidden none is mailed, older links are dead, and staff let the owner in', async () => {
    const person = await told();
    const letter = () => person.mails().at(-1)!;
    const mail = async (given?: { byStaff: boolean }) => {
      await world.core.setPassword.mail(await accountOf(person.id), given);
      await world.core.outbox.idle();
      return linkIn(letter(), 'set-password');
    };
    const statusOf = async (url: string) => (await world.browser().open(url)).status;
    const before = [await mail(), await mail({ byStaff: true })];
    await world.core.accounts.change(person.id, () => ({ resetForbidden: true }));
    // Forbidding changes no credential: the rule itself refuses them.
    expect(await Promise.all(before.map(statusOf))).toEqual([410, 410]);

    const page = await press(person.notMe);
    expect([page.status, page.heading]).toEqual([200, text('page.ended.lock.title')]);
    expect((await accountOf(person.id)).doc.passwordHash).toBeUndefined();
    for (const key of ['forbidden', 'support_alone'])
      expect(letter().text).toContain(text(`mail.account_secured.${key}`));
    expect(letter().text).not.toContain('/set-password/');

    expect(await statusOf(await mail())).toBe(410);
    const { url } = await world.core.setPassword.offer(await accountOf(person.id));
    expect(await Promise.all([url, await mail({ byStaff: true })].map(statusOf))).toEqual([200, 200]);
    const owner = await world.browser().open(url);
    await owner.submit({ password: PHRASE, repeat: PHRASE });
    expect(owner.heading).toBe(text('page.password_set.title'));
    expect((await accountOf(person.id)).doc.resetForbidden).toBe(true);
  });

  test('and takes the trusted addresses away that an intruder may have added', async () => {
    const person = await told();
    const [old, added] = ['31.15.10.0/24', '31.15.11.7'];
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 8 * DAY });
    await world.core.addressLists.add(person.id, { range: old });
    vi.useRealTimers();
    await world.core.addressLists.add(person.id, { range: added });
    await press(person.notMe);
    const left = await world.core.addressLists.list(person.id);
    expect(left.map(({ range }) => range)).toEqual([old]);
  });

  test('after it the next sign-in is told of, wherever it comes from', async () => {
    const { id, email } = await world.createAccount({ locale: 'en' });
    await world.core.accounts.change(id, () => ({ signInMail: 'open_browser' }));
    const intruder = await signInAt(world, client, browserAt(world, '203.0.113.9'), email);
    const mail = world.mails.findLast(({ to }) => to === email)!;
    await press(linkIn(mail, 'logout-all'));
    const count = () => world.mails.filter(({ to }) => to === email).length;
    for (const signInMail of ['open_browser', 'changed', 'unseen'] as const) {
      await world.core.accounts.change(id, () => ({ signInMail }));
      await world.core.signOutEverywhere(id);
      const before = count();
      await signInAt(world, client, intruder, email);
      expect([signInMail, count() - before]).toEqual([signInMail, 1]);
    }
  });

  describe.each(['logout-all', 'not-me'] as const)('/%s', (kind) => {
    const linkOf = (person: Awaited<ReturnType<typeof told>>) =>
      kind === 'logout-all' ? person.logOut : person.notMe;

    test('C4: opened by machines a hundred times it does nothing, and works for a person then', async () => {
      const person = await told();
      const before = await snapshot(world, everything);
      for (const method of ['GET', 'HEAD']) {
        for (let time = 0; time < 100; time += 1) {
          const answer = await fetch(linkOf(person), { method, redirect: 'manual' });
          expect(answer.status).toBe(200);
          expect(answer.headers.getSetCookie().join()).not.toMatch(/session/i);
        }
      }
      expect(await snapshot(world, everything)).toEqual(before);
      expect(await isOut(person)).toBe(false);
      expect((await press(linkOf(person))).status).toBe(200);
      expect(await isOut(person)).toBe(true);
    });

    test('works once, also when pressed twenty times at once', async () => {
      const person = await told();
      const before = person.mails().length;
      const pages = await Promise.all(
        Array.from({ length: 20 }, () => browserAt(world, '203.0.113.50').open(linkOf(person))),
      );
      await Promise.all(pages.map((page) => page.submit()));
      expect(pages.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
        200,
        ...Array<number>(19).fill(410),
      ]);
      expect(person.mails().length - before).toBe(kind === 'not-me' ? 1 : 0);
    });

    test('used, old, unknown, foreign and disabled ones look alike, and tell nothing of the account', async () => {
      const [used, old, disabled, other] = await Promise.all([told(), told(), told(), told()]);
      const good = await browserAt(world).open(linkOf(other));
      for (const word of [other.email, other.id, 'Žofie', 'Křížová']) expect(good.html).not.toContain(word);
      await press(linkOf(used));
      await world.core.accounts.change(disabled.id, () => ({ status: 'disabled' }));
      const pages: string[] = [];
      const look = async (url: string) => {
        const browser = await browserAt(world).open(url);
        expect([browser.status, browser.heading]).toEqual([410, over]);
        expect(browser.responseHeaders.get('referrer-policy')).toBe('no-referrer');
        expect(browser.responseHeaders.get('cache-control')).toContain('no-store');
        pages.push(browser.html.replaceAll(new RegExp(`${kind}/[^?"]*`, 'g'), 'LINK'));
      };
      const foreign = linkOf(other).split('/').at(-1)!;
      await look(linkOf(used));
      await look(linkOf(disabled));
      await look(`${world.issuer}/${kind}/${'x'.repeat(43)}`);
      await look(`${world.issuer}/${kind}/${encodeURIComponent('"><script>')}`);
      // A link is good for what it was made for, and for nothing else.
      const another = kind === 'logout-all' ? other.notMe : other.logOut;
      await look(`${world.issuer}/${kind}/${another.split('/').at(-1)}`);
      expect(new Set(pages).size).toBe(1);
      expect((await world.browser().open(`${world.issuer}/set-password/${foreign}`)).status).toBe(410);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7 * DAY + 1 });
      await look(linkOf(old));
      expect(new Set(pages).size).toBe(1);
    });

    test('is good for seven days', async () => {
      const person = await told();
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7 * DAY - 60_000 });
      expect((await press(linkOf(person))).status).toBe(200);
    });

    test('is a form of ours: another site, browser or link cannot send it', async () => {
      const [person, stranger] = await Promise.all([told(), told()]);
      const page = await browserAt(world).open(linkOf(person));
      const { csrf } = page.forms[0]!.fields as { csrf: string };
      const theirs = (await browserAt(world).open(linkOf(stranger))).forms[0]!.fields['csrf']!;
      const cookie = page.cookieHeader('/');
      const send = (fields: Record<string, string>, headers: Record<string, string>) =>
        fetch(linkOf(person), { method: 'POST', body: new URLSearchParams(fields), headers });
      const own = { 'sec-fetch-site': 'same-origin', origin: world.issuer };
      for (const [fields, headers] of [
        [{}, { cookie, ...own }],
        [{ csrf: theirs }, { cookie, ...own }],
        [{ csrf }, own],
        [{ csrf }, { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ] as const) {
        expect((await send(fields, headers)).status).toBe(403);
      }
      expect(await isOut(person)).toBe(false);
      expect((await send({ csrf }, { cookie, ...own })).status).toBe(200);
    });

    test('outlives a new password, another e-mail and a lock by another link: an intruder cannot void it', async () => {
      const person = await told();
      const { url } = await world.core.setPassword.offer(await accountOf(person.id));
      const intruder = await world.browser().open(url);
      await intruder.submit({ password: PHRASE, repeat: PHRASE });
      expect(intruder.heading).toBe(text('page.password_set.title'));
      await world.core.accounts.change(person.id, ({ credentialVersion }) => ({
        credentialVersion: credentialVersion + 1,
        emailVerified: false,
        phone: '+420601999999',
      }));
      await signInAt(world, client, intruder, person.email, PHRASE);
      expect(intruder.callback['code']).toBeDefined();

      expect((await press(linkOf(person))).status).toBe(200);
      await intruder.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(intruder.callback['error']).toBe('login_required');
    });
  });

  test('a set-password link that an intruder asked for is void after “this was not me”', async () => {
    const person = await told();
    const { url } = await world.core.setPassword.offer(await accountOf(person.id));
    expect((await world.browser().open(url)).status).toBe(200);
    await press(person.notMe);
    expect((await world.browser().open(url)).status).toBe(410);
  });

  test('neither link is in the log or readable in the storage', async () => {
    const person = await told();
    await press(person.logOut);
    await press(person.notMe);
    const secrets = [person.logOut, person.notMe].map((link) => link.split('/').at(-1)!);
    const kept = JSON.stringify([await snapshot(world, everything), world.logs]);
    for (const secret of secrets) expect(kept).not.toContain(secret);
  });
});

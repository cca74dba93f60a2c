// Mails about sign-ins (S37–S42): what they say, and how often each person gets them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignInMail } from '../../src/domain/accounts/accounts.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import { writeMmdb } from '../support/mmdb.ts';
import { browserAt, FIREFOX, HOME, moveTo, proxied, reopen, signInAt } from '../support/places.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';
import { polyglots } from '../views/polyglots.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  const folder = mkdtempSync(join(tmpdir(), 'vratny-mails-'));
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    const file = join(folder, 'networks.mmdb');
    writeMmdb(file, {
      '198.51.100.0/24': { autonomous_system_organization: 'Hvězdné sítě', country: { iso_code: 'CZ' } },
    });
    world = await openWorld({ storage, env: { ...proxied, VRATNY_GEOIP_FILES: file } });
    client = await world.createClient();
  });
  afterAll(async () => {
    await closeWorld(world, storage);
    rmSync(folder, { recursive: true });
  });

  /** A person who has chosen, with a count of the mails about sign-ins since the last look. */
  async function person(signInMail?: SignInMail, locale: 'cs' | 'en' = 'en') {
    const { id, email } = await world.createAccount({ locale });
    if (signInMail !== undefined) await world.core.accounts.change(id, () => ({ signInMail }));
    let seen = 0;
    const mails = (): Mail[] => world.mails.filter(({ to }) => to === email);
    const told = (): number => {
      const count = mails().length - seen;
      seen = mails().length;
      return count;
    };
    return { id, email, mails, told };
  }
  const lastOf = (mails: Mail[]): Mail => mails.at(-1)!;

  test('S37: the mail says when, from where, in what and to which application, and carries two links', async () => {
    const { email, mails } = await person();
    await signInAt(world, client, browserAt(world), email);
    const [mail, ...more] = mails();
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ kind: 'security', to: email });
    for (const body of [mail!.text, mail!.html]) {
      for (const fact of [
        HOME,
        'Hvězdné sítě',
        'Czechia',
        'Firefox 141',
        'Linux',
        'Hosting panel',
        'Password',
      ])
        expect(body).toContain(fact);
      expect(body).toMatch(new RegExp(`${world.issuer}/not-me/[\\w-]{43}`));
      expect(body).toMatch(new RegExp(`${world.issuer}/logout-all/[\\w-]{43}`));
      expect(body).toContain(String(new Date().getUTCFullYear()));
    }
  });

  test('S37: in the person’s language, whatever the browser speaks', async () => {
    const { email, mails } = await person(undefined, 'cs');
    await signInAt(world, client, browserAt(world), email);
    expect(lastOf(mails()).subject).toBe('Vrátný: přihlášení k\u00a0vašemu účtu');
    expect(lastOf(mails()).text).toMatch(/Země: Česko[^]*Způsob přihlášení: Heslo/);
  });

  test('S38: always is at every sign-in', async () => {
    const { email, told } = await person('always');
    const browser = browserAt(world);
    for (let time = 0; time < 3; time += 1) {
      await signInAt(world, client, browser, email);
      expect(browser.callback['code']).toBeDefined();
      expect(told()).toBe(1);
    }
  });

  test('S39: the first in an open browser is told, further ones are not until it is closed', async () => {
    const { email, told } = await person('open_browser');
    const browser = browserAt(world);
    await signInAt(world, client, browser, email);
    expect(told()).toBe(1);
    await signInAt(world, client, browser, email);
    // Nor when it has moved: it is still the same open browser.
    await signInAt(world, client, moveTo(browser, '203.0.113.5'), email);
    expect(told()).toBe(0);
    await signInAt(world, client, reopen(browser), email);
    expect(told()).toBe(1);
    await signInAt(world, client, browserAt(world), email);
    expect(told()).toBe(1);
  });

  test('S39: an open browser keeps five people apart', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => person('open_browser')));
    const browser = browserAt(world);
    for (const { email } of people) await signInAt(world, client, browser, email);
    for (const { told } of people) expect(told()).toBe(1);
    // The last five are still known, the first has fallen out.
    for (const { email, told } of people.slice(1).toReversed()) {
      await signInAt(world, client, browser, email);
      expect(told()).toBe(0);
    }
    await signInAt(world, client, browser, people[0]!.email);
    expect(people[0]!.told()).toBe(1);
  });

  test('S39: the mark ends with the browser, is out of reach of scripts, and a forged one suppresses nothing', async () => {
    const { id, email, told } = await person('open_browser');
    const other = await person('open_browser');
    const browser = browserAt(world);
    await browser.open(world.authorizeUrl(client));
    const { action, fields } = browser.forms.find((form) => 'login' in form.fields)!;
    const answer = await fetch(new URL(action, world.issuer), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ ...fields, login: email, password: 'correct horse battery' }),
      headers: { ...browser.headers, cookie: browser.cookieHeader(action), origin: world.issuer },
    });
    const set = answer.headers.getSetCookie().find((line) => line.startsWith('vratny_open='))!;
    expect(set).toMatch(/^vratny_open=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    await world.core.outbox.idle();
    told();

    const mark = /=([\w-]{43});/.exec(set)![1]!;
    for (const value of [
      mark,
      `${mark}.${mark}`,
      id,
      'A'.repeat(43),
      `${'A'.repeat(43)}.`.repeat(50),
      '%00',
      '"',
    ]) {
      // In another browser, and for another person in the same one.
      const thief = browserAt(world);
      await thief.open('/');
      thief.cookies.set('vratny_open\n/', { value, path: '/' });
      await signInAt(world, client, thief, email);
      expect([value, thief.callback['code'] !== undefined, told()]).toEqual([value, true, 1]);
    }
    const shared = browserAt(world);
    await signInAt(world, client, shared, email);
    told();
    await signInAt(world, client, shared, other.email);
    expect(other.told()).toBe(1);
  });

  test('S40: another browser or address than last time is told, even one that was seen before', async () => {
    const { email, told } = await person('changed');
    const [one, two] = [browserAt(world), browserAt(world)];
    const steps = [
      [one, HOME, 1],
      [one, HOME, 0],
      [two, HOME, 1],
      [two, HOME, 0],
      [one, HOME, 1],
      [one, '198.51.100.8', 1],
      [one, '198.51.100.8', 0],
      [one, '2001:db8:1:2::7', 1],
      [one, '2001:db8:1:2:8::9', 0],
      [one, '2001:db8:1:3::7', 1],
      [one, HOME, 1],
    ] as const;
    for (const [browser, address, count] of steps) {
      await signInAt(world, client, moveTo(browser, address), email);
      expect([address, told()]).toEqual([address, count]);
    }
  });

  test.for([undefined, 'unseen'] as const)(
    'S41: a browser or address that is new in the whole history is told (chosen: %s)',
    async (choice) => {
      const { email, told } = await person(choice);
      const [one, two] = [browserAt(world), browserAt(world)];
      const steps = [
        [one, HOME, 1],
        [one, HOME, 0],
        [two, HOME, 1],
        [one, HOME, 0],
        [one, '198.51.100.8', 1],
        [two, '198.51.100.8', 0],
        [one, HOME, 0],
        [two, '2001:db8:1:2::7', 1],
        [one, '2001:db8:1:2:8::9', 0],
      ] as const;
      for (const [browser, address, count] of steps) {
        await signInAt(world, client, moveTo(browser, address), email);
        expect([address, told()]).toEqual([address, count]);
      }
    },
  );

  test('S41: a wrong password makes no place known', async () => {
    const { email, told } = await person('unseen');
    await signInAt(world, client, browserAt(world), email);
    told();
    const stranger = browserAt(world, '203.0.113.9');
    await signInAt(world, client, stranger, email, 'a wrong password');
    expect([stranger.status, told()]).toEqual([422, 0]);
    await signInAt(world, client, stranger, email);
    expect(told()).toBe(1);
  });

  test('S42: never is never, wherever from', async () => {
    const { email, told } = await person('never');
    for (const address of [HOME, '203.0.113.9', '2001:db8::1']) {
      const browser = await signInAt(world, client, browserAt(world, address), email);
      expect(browser.callback['code']).toBeDefined();
    }
    expect(told()).toBe(0);
  });

  test('S37: who is signed in already and goes on to another application is not told of', async () => {
    const { email, told } = await person('always');
    const browser = await signInAt(world, client, browserAt(world), email);
    told();
    const other = await world.createClient({ client_name: 'Webmail' });
    await browser.open(world.authorizeUrl(other));
    expect([browser.callback['code'] !== undefined, told()]).toEqual([true, 0]);
  });

  describe('hostile words from outside', () => {
    test('a browser that calls itself anything at all writes nothing into the mail', async () => {
      const { email, mails, told } = await person('always');
      const hostile = polyglots
        .map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''))
        .concat(`${FIREFOX} ${'x'.repeat(4000)}`, `Firefox/<b>1</b>`, 'x'.repeat(7000));
      for (const userAgent of hostile) {
        const browser = await signInAt(world, client, browserAt(world, HOME, userAgent), email);
        expect([userAgent, browser.callback['code'] !== undefined, told()]).toEqual([userAgent, true, 1]);
        const { html, text, subject } = lastOf(mails());
        if (userAgent.length > 4) {
          for (const part of [html, text, subject]) expect(part).not.toContain(userAgent);
        }
        expect(html).not.toMatch(/<script|onerror|<svg|alert\(1\)/i);
        expect(text.length).toBeLessThan(3000);
      }
    });

    test('nor does an application’s name leave its place', async () => {
      const named = await world.createClient({ client_name: 'Panel <b>of</b> "all" & more' });
      const { email, mails } = await person('always');
      await signInAt(world, named, browserAt(world), email);
      expect(lastOf(mails()).html).toContain('Panel &lt;b&gt;of&lt;/b&gt; &quot;all&quot; &amp; more');
    });
  });

  test('an address that a stranger writes into the header is not believed', async () => {
    const { email, mails } = await person('always');
    await signInAt(world, client, browserAt(world, `192.0.2.1, ${HOME}`), email);
    expect(lastOf(mails()).text).toContain(`Address: ${HOME}`);
    await signInAt(world, client, browserAt(world, 'nonsense'), email);
    expect(lastOf(mails()).text).toContain('Address: Could not be told');
  });
});

// The login history as people see it (S58), and what it tells to nobody else.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { collections } from '../../src/domain/collections.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { browserAt, FIREFOX, HOME, proxied, signInAt } from '../support/places.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';
import { polyglots } from '../views/polyglots.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage, env: proxied });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  const newPerson = () => world.createAccount({ locale: 'en' });
  const entriesOf = async (accountId: string) =>
    (await world.core.history.list(accountId, { limit: 100 })).entries.map(({ doc }) => doc);
  const allEntries = () => world.store.collection(collections.history).list(undefined, { limit: 1000 });
  /** The cells of the table, row by row. */
  const rowsOf = (html: string): string[][] =>
    [...html.matchAll(/<tr>([^]*?)<\/tr>/g)].slice(1).map(([, row]) =>
      [...row!.matchAll(/<t[hd]\b[^>]*>([^]*?)<\/t[hd]>/g)].map(([, cell]) =>
        cell!
          .replaceAll(/<[^>]*>/g, ' ')
          .replaceAll(/\s+/g, ' ')
          .trim(),
      ),
    );
  const linksTo = (html: string, pattern: string): string[] =>
    [...html.matchAll(new RegExp(`href="(${pattern})"`, 'g'))].map(([, href]) =>
      href!.replaceAll('&amp;', '&'),
    );
  const DETAILS = String.raw`/account/history/[\w-]+`;
  const OLDER = String.raw`/account/history\?(?:show=\w+&amp;)?before=[\w-]+`;

  describe('S58: the table', () => {
    test('tells status and origin of every attempt, newest first, and details of each on a page of its own', async () => {
      const { email } = await newPerson();
      const browser = browserAt(world);
      const stranger = browserAt(
        world,
        '203.0.113.9',
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0',
      );
      await signInAt(world, client, browser, email);
      await signInAt(world, client, stranger, email, 'a wrong password');
      await browser.open('/account/history');
      expect([browser.status, browser.heading]).toEqual([200, text('account.history.title')]);
      expect(browser.html).toContain('13 months');
      // The pages of the account were signed in to by the session that there was.
      const rows = rowsOf(browser.html);
      expect(rows.map((cells) => cells.slice(1, 5))).toEqual([
        ['Refused Wrong password', '203.0.113.9', 'Chrome 131, Windows', 'Hosting panel'],
        ['Signed in', HOME, 'Firefox 141, Linux', 'Hosting panel'],
      ]);
      for (const [when] of rows) expect(when).toContain(String(new Date().getUTCFullYear()));

      const [refused, accepted] = linksTo(browser.html, DETAILS);
      await browser.open(refused!);
      expect(browser.heading).toBe(text('account.history.entry_refused'));
      for (const fact of ['Wrong password', '203.0.113.9', 'Chrome 131', 'Windows NT 10.0', 'Hosting panel'])
        expect(browser.html).toContain(fact);
      expect(browser.html).not.toContain(text('account.history.this_browser'));
      await browser.open(accepted!);
      expect(browser.heading).toBe(text('account.history.entry_title'));
      for (const fact of ['Password', HOME, FIREFOX, text('account.history.this_browser')])
        expect(browser.html).toContain(fact);
    });

    test('is shown in Czech as well', async () => {
      const { email } = await newPerson();
      const browser = await signInAt(world, client, browserAt(world), email);
      await browser.open('/account/history?lang=cs');
      expect(browser.heading).toBe(text('account.history.title', {}, 'cs'));
      expect(browser.html).toContain('Přihlášeno');
    });

    test('goes by pages and by result', async () => {
      const { id, email } = await newPerson();
      const browser = await signInAt(world, client, browserAt(world), email);
      const attempt = { address: HOME, browserId: 'b', userAgent: FIREFOX, clientId: 'x', clientName: 'X' };
      for (let index = 0; index < 44; index += 1) {
        const refused = { result: 'refused', reason: 'wrong_password' } as const;
        await world.core.history.record({ ...attempt, accountId: id, ...refused });
      }
      const seen: string[] = [];
      await browser.open('/account/history');
      const counts = [];
      for (;;) {
        const found = linksTo(browser.html, DETAILS);
        seen.push(...found);
        counts.push(found.length);
        const [older] = linksTo(browser.html, OLDER);
        if (older === undefined) break;
        await browser.open(older);
      }
      expect(counts).toEqual([20, 20, 5]);
      expect(new Set(seen).size).toBe(45);
      expect(linksTo(browser.html, '/account/history').length).toBeGreaterThan(0);

      await browser.open('/account/history?show=signed_in');
      expect(rowsOf(browser.html).map(([, status]) => status)).toEqual(['Signed in']);
      await browser.open('/account/history?show=refused');
      expect(rowsOf(browser.html)).toHaveLength(20);
      const [next] = linksTo(browser.html, OLDER);
      await browser.open(next!);
      expect(rowsOf(browser.html).every(([, status]) => status === 'Refused Wrong password')).toBe(true);
    });

    test('with nothing in it says so', async () => {
      const { email } = await newPerson();
      const browser = await signInAt(world, client, browserAt(world), email);
      await browser.open('/account/history?show=refused');
      expect(rowsOf(browser.html)).toEqual([]);
      expect(browser.html).toContain(text('account.history.empty_filter'));
      await world.store
        .collection(collections.history)
        .removeMany('accountId', (await world.core.accounts.findByIdentifier(email))!.id);
      await browser.open('/account/history');
      expect(browser.html).toContain(text('account.history.empty_title'));
    });

    test('takes any query without a fault', async () => {
      const { email } = await newPerson();
      const browser = await signInAt(world, client, browserAt(world), email);
      for (const query of [
        'before=x',
        'before=%00',
        `before=${'f'.repeat(36)}`,
        'before=%FF',
        'show=everybody',
        'show=__proto__',
        'show[]=all',
        'before=a&before=b',
        'x'.repeat(2000),
      ]) {
        await browser.open(`/account/history?${query}`);
        expect([query, browser.status]).toEqual([query, 200]);
      }
    });
  });

  describe('other people', () => {
    test('see neither the list nor an entry of somebody else, whatever they ask for', async () => {
      const [eva, adam] = [await newPerson(), await newPerson()];
      const evas = await signInAt(world, client, browserAt(world), eva.email);
      await evas.open('/account/history');
      const [own] = linksTo(evas.html, DETAILS);
      const adams = await signInAt(world, client, browserAt(world, '203.0.113.77'), adam.email);
      await adams.open(own!);
      const foreign = [adams.status, adams.heading, adams.html.includes(HOME)];
      await adams.open('/account/history/019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de');
      expect(foreign).toEqual([adams.status, adams.heading, false]);
      expect(adams.status).toBe(404);
      await adams.open(`/account/history?before=${own!.split('/').at(-1)}`);
      expect(adams.html).not.toContain(own!);
      await adams.open('/account/history');
      expect(adams.html).not.toContain(own!);
      expect(rowsOf(adams.html)).toHaveLength(1);
    });

    test('who are not signed in are asked to, and come back to the page', async () => {
      const { email } = await newPerson();
      const browser = await browserAt(world).open('/account/history?show=refused');
      expect(browser.url).toContain('/interaction/');
      await browser.submit({ login: email, password: 'correct horse battery' });
      expect(browser.heading).toBe(text('account.history.title'));
      // Signing in to these pages is a sign-in as any other.
      await browser.open('/account/history');
      expect(rowsOf(browser.html)).toHaveLength(1);
    });
  });

  describe('failed attempts', () => {
    test('at names that are nobody’s leave nothing behind', async () => {
      const before = (await allEntries()).length;
      for (const login of ['nobody@example.cz', 'x', `${'y'.repeat(200)}@example.cz`]) {
        const browser = await signInAt(world, client, browserAt(world), login, 'whatever it is');
        expect(browser.status).toBe(422);
      }
      expect((await allEntries()).length).toBe(before);
    });

    test('are written down with their reason: wrong, throttled, disabled', async () => {
      const { id, email } = await newPerson();
      const stranger = browserAt(world, '203.0.113.88');
      // Within one minute: those that have to wait are written down once in each.
      const began = Math.ceil(Date.now() / 60_000) * 60_000;
      for (let time = 0; time < 12; time += 1) {
        vi.useFakeTimers({ toFake: ['Date'], now: began + time * 10 });
        await signInAt(world, client, stranger, email, 'wrong password');
      }
      expect((await entriesOf(id)).map(({ reason }) => reason)).toEqual([
        'throttled',
        ...Array<string>(5).fill('wrong_password'),
      ]);
      const disabled = await newPerson();
      await world.core.accounts.change(disabled.id, () => ({ status: 'disabled' }));
      await signInAt(world, client, browserAt(world, '203.0.113.90'), disabled.email);
      expect((await entriesOf(disabled.id)).map(({ reason }) => reason)).toEqual(['account_disabled']);
    });
  });

  test('a browser that calls itself anything at all harms no page', async () => {
    const { email } = await newPerson();
    const hostile = polyglots.map((words) => words.replaceAll(/[^\x20-\x7e]/g, '').trim());
    for (const userAgent of [...hostile, 'x'.repeat(7000)])
      await signInAt(world, client, browserAt(world, HOME, userAgent), email);
    const browser = browserAt(world, HOME, hostile[0]);
    await signInAt(world, client, browser, email);
    await browser.open('/account/history');
    for (const href of linksTo(browser.html, DETAILS).slice(0, 20)) {
      await browser.open(href);
      expect(browser.status).toBe(200);
      expect(browser.html).not.toMatch(
        /<script(?! src="\/assets\/)|<(?:img|iframe|math|textarea|style|animate)\b/i,
      );
      expect(browser.html).not.toMatch(/<[^>"]*(?:"[^"]*"[^>"]*)*\son\w+=/i);
      expect(browser.html.length).toBeLessThan(20_000);
    }
  });
});

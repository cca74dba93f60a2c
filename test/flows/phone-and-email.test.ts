// The phone number and the e-mail address of an account, verified by what was sent to them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { changeLetters } from '../support/change-letters.ts';
import { snapshot } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PHONE_PAGE = '/account/security/phone';
const EMAIL_PAGE = '/account/security/email';
const everything = ['accounts', 'oneTimeLinks', 'throttles', 'quotas', 'outbox', 'Session'] as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let numbers = 0;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  // The hourly allowances of the one address that all tests come from.
  const { pass } = standingClock({ apart: 7_200_000 });

  const newNumber = () => `+42060${String((numbers += 1)).padStart(7, '1')}`;
  const codeFor = (phone: string) =>
    /\b\d{6}\b/.exec(world.texts.findLast(({ to }) => to === phone)?.text ?? '')?.[0] ?? '';
  const otherThan = (code: string) => (code === '111111' ? '222222' : '111111');
  const accountOf = async (id: string) => (await world.core.accounts.get(id))!.doc;
  const askFor = async (browser: Browser, phone: string, more: Record<string, string> = {}) => {
    await browser.open(PHONE_PAGE);
    return browser.submit({ phone, password: PASSWORD, ...more });
  };

  test('all together have so many codes an hour, from however many networks, on all nodes', async () => {
    const env = { VRATNY_SMS_LIMIT_HOUR: '3', VRATNY_ISSUER: world.issuer };
    const wrap = () => ({ ...world.store, close: () => Promise.resolve() });
    const nodes = [await openWorld({ storage, env, wrap }), await openWorld({ storage, env, wrap })];
    try {
      const people = [];
      for (let index = 0; index < 6; index += 1) people.push(await world.createAccount());
      const sent = await Promise.all(
        people.map(async ({ id }, index) => {
          const account = (await world.core.accounts.get(id))!;
          const use = { purpose: 'verify-phone', subject: 'x', phone: newNumber() } as const;
          return nodes[index % 2]!.core.phoneCodes.send(account, { ...use, address: `192.0.2.${index}` });
        }),
      );
      expect(
        sent
          .map(({ kind }) => kind)
          .toSorted()
          .join(),
      ).toBe('sent,sent,sent,throttled,throttled,throttled');
      const warned = nodes.flatMap(({ logs }) =>
        logs.filter(({ level, message }) => level === 'warn' && message.startsWith('no more codes')),
      );
      expect([warned.length >= 1, warned.length <= nodes.length]).toEqual([true, true]);
      for (const { core } of nodes) await core.statistics.flush();
      expect((await world.core.statistics.series('texts', 'hour')).totals).toEqual({ sent: 3, held: 3 });
      // An hour later there are more.
      pass(3_600_001);
      const account = (await world.core.accounts.get(people[0]!.id))!;
      const use = {
        purpose: 'verify-phone',
        subject: 'x',
        phone: newNumber(),
        address: '192.0.2.99',
      } as const;
      expect(await nodes[0]!.core.phoneCodes.send(account, use)).toEqual({ kind: 'sent' });
    } finally {
      for (const node of nodes) await node.close();
    }
  });

  describe('the phone', () => {
    test('S44, S48: is on the account once the code that was sent to it has been entered', async () => {
      const { id, email } = await world.createAccount();
      const phone = newNumber();
      const browser = await atAccount(world, PHONE_PAGE, email);
      await browser.submit({ phone: phone.slice(4).replace(/(...)(...)/, '$1 $2 '), password: PASSWORD });
      expect(browser.heading).toBe(text('account.phone.code.title'));
      expect(world.texts.filter(({ to }) => to === phone)).toHaveLength(1);
      expect((await accountOf(id)).phone).toBeUndefined();
      await browser.submit({ code: otherThan(codeFor(phone)) });
      expect([browser.status, browser.html.includes(text('account.phone.code.problem.wrong_code'))]).toEqual([
        422,
        true,
      ]);
      await browser.submit({ code: ` ${codeFor(phone).slice(0, 3)} ${codeFor(phone).slice(3)}` });
      expect([browser.status, new URL(browser.url).pathname]).toEqual([200, PHONE_PAGE]);
      expect(browser.html).toContain(text('account.notice.phone_verified'));
      expect(await accountOf(id)).toMatchObject({ phone, phoneVerified: true });
      expect(changeLetters(world, email, 'phone_verified')).toHaveLength(1);
      expect(world.mails.every((mail) => !mail.text.includes(codeFor(phone)))).toBe(true);
    });

    test('a number that is none, or a wrong password, sends nothing', async () => {
      const { email } = await world.createAccount();
      const browser = await atAccount(world, PHONE_PAGE, email);
      const before = world.texts.length;
      for (const phone of [
        '',
        '12345',
        '+420 123',
        'call me',
        '+42060123456789012',
        '+420 012 345 678',
        '++420601234567',
      ]) {
        await browser.submit({ phone, password: PASSWORD });
        expect([phone, browser.status, browser.html.includes(text('account.phone.no_number'))]).toEqual([
          phone,
          422,
          true,
        ]);
      }
      await browser.submit({ phone: newNumber(), password: 'not the password' });
      expect([browser.status, browser.html.includes(text('account.proof.problem.wrong_password'))]).toEqual([
        422,
        true,
      ]);
      expect(world.texts).toHaveLength(before);
    });

    test('another number takes the password, and the code of the app where there is one; the person is told', async () => {
      const { id, email } = await world.createAccount();
      const { key } = await turnOnTotp(world.core, id);
      const old = (await accountOf(id)).phone;
      const browser = await atAccount(world, PHONE_PAGE, email, appCode(key, new Date()));
      pass(30_000);
      const phone = newNumber();
      await askFor(browser, phone, { code: appCode(key, new Date()) });
      expect(browser.heading).toBe(text('account.phone.code.title'));
      expect(await accountOf(id)).toMatchObject({ phone: old, phoneVerified: true });
      const { credentialVersion } = await accountOf(id);
      await browser.submit({ code: codeFor(phone) });
      expect(await accountOf(id)).toMatchObject({
        phone,
        phoneVerified: true,
        credentialVersion: credentialVersion + 1,
      });
      expect(changeLetters(world, email, 'phone_changed')).toHaveLength(1);
    });

    test('A59: five tries at a code, and at an account within an hour, whichever the code', async () => {
      const { id, email } = await world.createAccount();
      const phone = newNumber();
      const browser = await askFor(await atAccount(world, PHONE_PAGE, email), phone);
      for (let index = 0; index < 5; index += 1) {
        await browser.submit({ code: otherThan(codeFor(phone)) });
        expect(browser.status).toBe(422);
      }
      await browser.open(`${PHONE_PAGE}/code`);
      expect(new URL(browser.url).pathname).toBe(PHONE_PAGE);
      await askFor(browser, phone);
      await browser.submit({ code: codeFor(phone) });
      expect([browser.status, (await accountOf(id)).phoneVerified]).toEqual([429, undefined]);
      pass(3_600_000);
      await askFor(browser, phone);
      await browser.submit({ code: codeFor(phone) });
      expect(await accountOf(id)).toMatchObject({ phone, phoneVerified: true });
    });

    test('three messages an hour to a number, whoever asks, and none more', async () => {
      const phone = newNumber();
      const { email } = await world.createAccount();
      const browser = await atAccount(world, PHONE_PAGE, email);
      await askFor(browser, phone);
      const again = (on: Browser) => on.submit({}, text('account.phone.code.again'));
      await again(browser);
      await again(browser);
      expect(browser.status).toBe(200);
      await again(browser);
      expect([browser.status, browser.responseHeaders.get('retry-after')]).toEqual([429, '3600']);
      const second = await world.createAccount();
      const other = await askFor(await atAccount(world, PHONE_PAGE, second.email), phone);
      expect(other.status).toBe(429);
      expect(world.texts.filter(({ to }) => to === phone)).toHaveLength(3);
      await browser.submit({ code: codeFor(phone) });
      expect(browser.html).toContain(text('account.notice.phone_verified'));
    });

    test('a code is void after ten minutes, after the next one, and for another session or account', async () => {
      const { id, email } = await world.createAccount();
      const stranger = await world.createAccount();
      const phone = newNumber();
      const browser = await askFor(await atAccount(world, PHONE_PAGE, email), phone);
      const first = codeFor(phone);
      const elsewhere = await atAccount(world, PHONE_PAGE, email);
      const foreign = await atAccount(world, PHONE_PAGE, stranger.email);
      for (const place of [elsewhere, foreign]) {
        const { csrf = '' } = (await place.open(PHONE_PAGE)).forms[0]!.fields;
        await place.post(`${PHONE_PAGE}/code`, { csrf, code: first });
        expect(place.status).toBe(422);
      }
      await browser.submit({}, text('account.phone.code.again'));
      expect(browser.html).toContain(text('account.notice.code_sent'));
      const second = codeFor(phone);
      if (second !== first) {
        await browser.submit({ code: first });
        expect(browser.status).toBe(422);
      }
      pass(599_000);
      expect((await browser.open(`${PHONE_PAGE}/code`)).heading).toBe(text('account.phone.code.title'));
      pass(1000);
      await browser.submit({ code: second });
      expect([browser.status, browser.html.includes(text('account.phone.code.problem.code_over'))]).toEqual([
        422,
        true,
      ]);
      expect((await accountOf(id)).phone).toBeUndefined();
      expect((await accountOf(stranger.id)).phone).toBeUndefined();
    });

    test('A55: of 20 right tries at once one counts', async () => {
      const { id } = await world.createAccount();
      const account = (await world.core.accounts.get(id))!;
      const use = { accountId: id, purpose: 'verify-phone', subject: 'a session' } as const;
      const phone = newNumber();
      await world.core.phoneCodes.send(account, { ...use, phone, address: '192.0.2.77' });
      await world.core.outbox.idle();
      const code = codeFor(phone);
      expect(await world.core.phoneCodes.check({ ...use, purpose: 'lost-device' }, code)).toEqual({
        kind: 'over',
      });
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => world.core.phoneCodes.check(use, code)),
      );
      expect(outcomes.filter(({ kind }) => kind === 'proved')).toEqual([{ kind: 'proved', phone }]);
    });
  });

  describe('the e-mail address', () => {
    const linkIn = (to: string) =>
      /http:\S+\/verify-email\/[\w-]{43}/.exec(
        world.mails.findLast((mail) => mail.to === to)?.text ?? '',
      )![0];
    const unverified = async () => {
      const { id, email } = await world.createAccount({ emailVerified: false });
      const browser = await atAccount(world, EMAIL_PAGE, email);
      return { id, email, browser };
    };

    test('S48: is verified by the button behind a mailed link, in any browser; looking changes nothing', async () => {
      const { id, email, browser } = await unverified();
      expect(browser.html).toContain(text('account.email.unverified'));
      await browser.submit({}, text('account.email.submit'));
      expect(browser.html).toContain(text('account.notice.email_link_sent'));
      expect(world.mails.findLast((mail) => mail.to === email)!.kind).toBe('account');
      const link = linkIn(email);
      const before = await snapshot(world, everything);
      for (const method of ['GET', 'HEAD'])
        for (let index = 0; index < 50; index += 1)
          await fetch(link, { method, headers: { accept: 'text/html' } });
      expect(await snapshot(world, everything)).toEqual(before);
      expect((await accountOf(id)).emailVerified).toBe(false);

      const reader = await world.browser().open(link);
      expect(reader.responseHeaders.get('referrer-policy')).toBe('no-referrer');
      await reader.submit();
      expect([reader.status, reader.heading]).toEqual([200, text('page.verify_email.done.title')]);
      expect((await accountOf(id)).emailVerified).toBe(true);
      expect(changeLetters(world, email, 'email_verified')).toHaveLength(1);
      expect((await browser.open(EMAIL_PAGE)).html).toContain(text('account.email.verified'));
    });

    test('a used, old, unknown and outdated link look alike', async () => {
      const { id, email, browser } = await unverified();
      const send = async () => {
        await browser.open(EMAIL_PAGE);
        await browser.submit({}, text('account.email.submit'));
        return linkIn(email);
      };
      const [outdated, used, old] = [await send(), await send(), await send()];
      const reader = await world.browser().open(used);
      await reader.submit();
      await world.core.accounts.change(id, (doc) => ({
        emailVerified: false,
        credentialVersion: doc.credentialVersion + 1,
      }));
      pass(86_400_000);
      const pages: string[] = [];
      for (const link of [outdated, used, old, `${world.issuer}/verify-email/${'x'.repeat(43)}`]) {
        const page = await world.browser().open(link);
        expect(page.status).toBe(410);
        pages.push(page.html.replaceAll(/verify-email\/[^?"]*/g, 'LINK'));
        const { csrf = '' } = reader.forms[0]?.fields ?? {};
        await page.post(link, { csrf });
        expect([403, 410]).toContain(page.status);
      }
      expect(new Set(pages).size).toBe(1);
      expect((await accountOf(id)).emailVerified).toBe(false);
    });

    test('three links an hour', async () => {
      const { email, browser } = await unverified();
      for (let index = 0; index < 4; index += 1) {
        await browser.open(EMAIL_PAGE);
        await browser.submit({}, text('account.email.submit'));
        expect(browser.status).toBe(index < 3 ? 200 : 429);
      }
      expect(
        world.mails.filter((mail) => mail.to === email && mail.text.includes('/verify-email/')),
      ).toHaveLength(3);
    });
  });
});

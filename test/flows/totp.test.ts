// The authenticator app on the account pages and at sign-in, as a person meets it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeJwt } from 'jose';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { changeLetters } from '../support/change-letters.ts';
import { atSignIn, exchange } from '../support/journeys.ts';
import { appCode, turnOnTotp, wrongCode } from '../support/second-factor.ts';
import { atAccount, setUpTotp, shownCodes, shownKey } from '../support/second-factor-pages.ts';
import { nextCode, standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PAGE = '/account/security/totp';
const SETUP = `${PAGE}/setup`;
const PHONE = { phone: '+420601234567', phoneVerified: true };

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 3_600_000, from: nextCode() });
  const now = () => new Date();

  const newAccount = () => world.createAccount(PHONE);
  const lastMail = (to: string) => world.mails.findLast((mail) => mail.to === to)!;
  const withPassword = async (email: string): Promise<Browser> => {
    const browser = await atSignIn(world, client);
    return browser.submit({ login: email, password: PASSWORD });
  };
  const isSignedIn = ({ callback }: Browser) => callback['code'] !== undefined;
  /** An account with the second factor on, a browser signed in with it, and what was used for that. */
  const withTotp = async () => {
    const { id, email } = await newAccount();
    const { key, recoveryCodes } = await turnOnTotp(world.core, id);
    return { id, email, key, recoveryCodes };
  };

  describe('switching on', () => {
    test('S13, S14, S49, S73, S81: by QR code, link or key, with password and code; the next sign-in asks for one', async () => {
      const { email } = await newAccount();
      const browser = await atAccount(world, PAGE, email);
      expect(browser.heading).toBe(text('account.totp.title'));
      expect(browser.html).toContain(text('account.totp.why'));
      expect(browser.html).toContain(`href="${SETUP}"`);
      await browser.open(SETUP);
      const key = shownKey(browser);
      expect(key).toMatch(/^[A-Z2-7]{32}$/);
      expect(browser.html).toContain(key.match(/.{4}/g)!.join(' '));
      const [, link = ''] = /href="(otpauth:[^"]+)"/.exec(browser.html) ?? [];
      const uri = new URL(link.replaceAll('&amp;', '&'));
      expect(uri.searchParams.get('secret')).toBe(key);
      expect(decodeURIComponent(uri.pathname)).toBe(`/Vrátný:${email}`);
      expect(browser.html).toMatch(
        /<svg class="qr" viewBox="0 0 (\d+) \1"[^>]*><path d="(?:M\d+ \d+h\d+v1h-\d+z)+" \/><\/svg>/,
      );
      expect(browser.html).not.toMatch(/data:|<img/);
      expect(browser.responseHeaders.get('cache-control')).toBe('no-store');

      await browser.submit({ password: PASSWORD, code: appCode(key, now()), end_others: '' });
      expect([browser.status, browser.heading]).toEqual([200, text('account.recovery_codes.new.title')]);
      expect(shownCodes(browser)).toHaveLength(10);
      expect(browser.html).not.toContain(key);
      expect(changeLetters(world, email, 'totp_on')).toHaveLength(1);
      expect(lastMail(email).kind).toBe('security');
      await browser.open(PAGE);
      expect(browser.html).toContain(text('account.totp.on_text'));

      pass(30_000);
      const again = await withPassword(email);
      expect([again.heading, isSignedIn(again)]).toEqual([text('step.totp.title'), false]);
      expect(again.html).toMatch(
        /<input[^>]*name="code"[^>]*autocomplete="one-time-code" inputmode="numeric"/,
      );
      const code = appCode(key, now());
      await again.submit({ code: ` ${code.slice(0, 3)} ${code.slice(3)} ` });
      expect(isSignedIn(again)).toBe(true);
      const { body } = await exchange(world, client, again);
      expect(decodeJwt(body.id_token!)['amr']).toEqual(expect.arrayContaining(['pwd', 'otp', 'mfa']));
    });

    test('S50: whatever is wrong makes a new key and voids the old one', async () => {
      const { id, email } = await newAccount();
      const browser = await atAccount(world, SETUP, email);
      const keys = [shownKey(browser)];
      const submit = async (password: string, code: string) => {
        await browser.submit({ password, code, end_others: '' });
        keys.push(shownKey(browser));
        return [browser.status, await world.core.totp.isOn(id)];
      };
      expect(await submit(PASSWORD, wrongCode(keys.at(-1)!, now()))).toEqual([422, false]);
      expect(browser.html).toContain(text('account.totp.setup.new_key'));
      expect(await submit(PASSWORD, appCode(keys[0]!, now()))).toEqual([422, false]);
      expect(await submit('not the password', appCode(keys.at(-1)!, now()))).toEqual([422, false]);
      expect(await submit(PASSWORD, appCode(keys[2]!, now()))).toEqual([422, false]);
      for (const code of ['', '12345', 'abcdef', '１２３４５６'])
        expect(await submit(PASSWORD, code)).toEqual([422, false]);
      await browser.open(SETUP);
      keys.push(shownKey(browser));
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys).not.toContain('');
      await setUpTotp(browser, { at: now() });
      expect(await world.core.totp.isOn(id)).toBe(true);
    });

    test('T7: of two tabs only the last shown key counts, and none in another session', async () => {
      const { id, email } = await newAccount();
      const browser = await atAccount(world, SETUP, email);
      const first = { key: shownKey(browser), form: browser.forms.find(({ fields }) => 'code' in fields)! };
      await browser.open(SETUP);
      const fields = { ...first.form.fields, password: PASSWORD, end_others: '' };
      await browser.post(SETUP, { ...fields, code: appCode(first.key, now()) });
      expect(browser.status).toBe(422);
      const other = await atAccount(world, SETUP, email);
      const shown = shownKey(other);
      await browser.submit({ password: PASSWORD, code: appCode(shown, now()), end_others: '' });
      expect([browser.status, await world.core.totp.isOn(id)]).toEqual([422, false]);
    });

    test('S48: not before phone and e-mail are verified; the page leads to both', async () => {
      for (const [fields, missing] of [
        [{ emailVerified: false, ...PHONE }, ['email']],
        [{ emailVerified: true }, ['phone']],
        [{ emailVerified: false, phone: PHONE.phone }, ['phone', 'email']],
      ] as const) {
        const { id, email } = await world.createAccount(fields);
        const browser = await atAccount(world, SETUP, email);
        expect(new URL(browser.url).pathname).toBe(PAGE);
        expect(browser.html).not.toContain(`href="${SETUP}"`);
        for (const what of ['phone', 'email'])
          expect(browser.html.includes(`href="/account/security/${what}"`)).toBe(
            missing.includes(what as never),
          );
        const csrf = (await browser.open('/account/security/phone')).forms[0]!.fields['csrf'] ?? '';
        await browser.post(SETUP, { csrf, password: PASSWORD, code: '123456' });
        expect(await world.core.totp.isOn(id)).toBe(false);
      }
    });

    test('T6: key and recovery codes are shown once, and sending the form again shows neither', async () => {
      const { email } = await newAccount();
      const browser = await atAccount(world, SETUP, email);
      const form = browser.forms.find(({ fields }) => 'code' in fields)!;
      const sent = {
        ...form.fields,
        password: PASSWORD,
        code: appCode(shownKey(browser), now()),
        end_others: '',
      };
      await browser.post(SETUP, sent);
      expect(shownCodes(browser)).toHaveLength(10);
      await browser.post(SETUP, sent);
      expect([shownKey(browser), shownCodes(browser)]).toEqual(['', []]);
      for (const path of [SETUP, PAGE, '/account/security/recovery-codes', '/account/security']) {
        await browser.open(path);
        expect([shownKey(browser), shownCodes(browser)]).toEqual(['', []]);
        expect(browser.html).not.toContain('otpauth');
      }
    });

    test('A68: ends the other sessions when asked to, and only those', async () => {
      for (const endOthers of [false, true]) {
        const { email } = await newAccount();
        const elsewhere = await withPassword(email);
        const here = await atAccount(world, SETUP, email);
        await setUpTotp(here, { endOthers, at: now() });
        await elsewhere.open(world.authorizeUrl(client, { prompt: 'none' }));
        expect(elsewhere.callback['error']).toBe(endOthers ? 'login_required' : undefined);
        await here.open(PAGE);
        expect(here.heading).toBe(text('account.totp.title'));
      }
    });
  });

  describe('switching off and setting up anew', () => {
    test('S54: with password and code, in the same place; then no sign-in asks', async () => {
      const { id, email, key } = await withTotp();
      const browser = await atAccount(world, PAGE, email, appCode(key, now()));
      expect(browser.html).toContain(`href="${PAGE}/off"`);
      await browser.open(`${PAGE}/off`);
      pass(30_000);
      const code = appCode(key, now());
      await browser.submit({ password: 'not the password', code, end_others: '' });
      expect([browser.status, await world.core.totp.isOn(id)]).toEqual([422, true]);
      expect(browser.html).toContain(text('account.proof.problem.wrong_password'));
      await browser.submit({ password: PASSWORD, code: wrongCode(key, now()), end_others: '' });
      expect([browser.status, await world.core.totp.isOn(id)]).toEqual([422, true]);
      expect(browser.html).toContain(text('account.proof.problem.wrong_code'));
      await browser.submit({ password: PASSWORD, code, end_others: '' });
      expect([browser.status, await world.core.totp.isOn(id)]).toEqual([200, false]);
      expect(browser.html).toContain(text('account.notice.totp_off'));
      expect(changeLetters(world, email, 'totp_off')).toHaveLength(1);
      expect(isSignedIn(await withPassword(email))).toBe(true);
    });

    test('S54: a recovery code stands in for the code of the app', async () => {
      const { id, email, key, recoveryCodes } = await withTotp();
      const browser = await atAccount(world, `${PAGE}/off`, email, appCode(key, now()));
      await browser.submit({ password: PASSWORD, code: recoveryCodes[4]!.toLowerCase(), end_others: '' });
      expect(await world.core.totp.isOn(id)).toBe(false);
    });

    test('S55: a further device comes by a new key, shown after password and code; the old one is good until then', async () => {
      const { email, key } = await withTotp();
      const browser = await atAccount(world, SETUP, email, appCode(key, now()));
      expect(new URL(browser.url).pathname).toBe(PAGE);
      await browser.open(`${PAGE}/anew`);
      await browser.submit({ password: PASSWORD, code: wrongCode(key, now()) });
      expect([browser.status, shownKey(browser)]).toEqual([422, '']);
      pass(30_000);
      await browser.submit({ password: PASSWORD, code: appCode(key, now()) });
      expect(new URL(browser.url).pathname).toBe(SETUP);
      expect(browser.html).toContain(text('account.totp.setup.several'));
      const fresh = shownKey(browser);
      expect(fresh).not.toBe(key);

      pass(30_000);
      const signIn = await withPassword(email);
      await signIn.submit({ code: appCode(fresh, now()) });
      expect(signIn.status).toBe(422);
      await signIn.submit({ code: appCode(key, now()) });
      expect(isSignedIn(signIn)).toBe(true);

      await setUpTotp(browser, { at: now() });
      pass(60_000);
      const later = await withPassword(email);
      await later.submit({ code: appCode(key, now()) });
      expect(later.status).toBe(422);
      // Two devices with the same key show the same code: whichever is used.
      await later.submit({ code: appCode(fresh, now()) });
      expect(isSignedIn(later)).toBe(true);
    });

    test('N8: a session of the password alone neither removes nor moves the second factor', async () => {
      const { id, email } = await newAccount();
      const weak = await atAccount(world, PAGE, email);
      const { key, recoveryCodes } = await turnOnTotp(world.core, id);
      const before = await world.core.totp.state(id);
      for (const path of [`${PAGE}/off`, `${PAGE}/anew`, '/account/security/recovery-codes']) {
        await weak.open(path);
        await weak.submit({ password: PASSWORD, code: '' });
        expect([path, weak.status, shownKey(weak), shownCodes(weak)]).toEqual([path, 422, '', []]);
      }
      await weak.open('/account/security/phone');
      await weak.submit({ phone: '+420777666555', password: PASSWORD, code: '' });
      expect([weak.status, world.texts.some(({ to }) => to === '+420777666555')]).toEqual([422, false]);
      await weak.open(SETUP);
      expect([new URL(weak.url).pathname, shownKey(weak)]).toEqual([PAGE, '']);
      expect(await world.core.totp.state(id)).toEqual(before);
      const signIn = await withPassword(email);
      await signIn.submit({ code: appCode(key, now()) });
      expect([isSignedIn(signIn), recoveryCodes.length]).toEqual([true, 10]);
    });
  });

  test('the pages are there in Czech too', async () => {
    const { email, key } = await withTotp();
    const browser = world.browser();
    browser.headers['accept-language'] = 'cs';
    await atAccount(world, PAGE, email, appCode(key, now()), browser);
    expect(browser.heading).toBe(text('account.totp.title', {}, 'cs'));
    for (const [path, title] of [
      [`${PAGE}/off`, 'account.totp.off.title'],
      [`${PAGE}/anew`, 'account.totp.anew.title'],
      ['/account/security/recovery-codes', 'account.recovery_codes.title'],
      ['/account/security/phone', 'account.phone.title'],
      ['/account/security/email', 'account.email.title'],
    ] as const) {
      await browser.open(path);
      expect([path, browser.status, browser.heading]).toEqual([path, 200, text(title, {}, 'cs')]);
    }
  });
});

// Changing the password inside a session: what it asks for, what it ends, and what it refuses.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { MOST_FAILED_PASSWORDS } from '../../src/domain/passwords/failed-passwords.ts';
import type { Browser } from '../support/browser.ts';
import { changeLetters } from '../support/change-letters.ts';
import { addPasskey, answerPasskey } from '../support/passkey-pages.ts';
import { appCode, turnOnTotp, wrongCode } from '../support/second-factor.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PAGE = '/account/security/password';
const NEW = 'seven quiet herons';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 7_200_000 });

  const accountOf = async (id: string) => (await world.core.accounts.get(id))!.doc;
  const opens = async (id: string, password: string) =>
    (await world.core.hasher.verify((await accountOf(id)).passwordHash!, password)).matches;
  const change = (browser: Browser, fields: Record<string, string> = {}) =>
    browser.submit({ password: PASSWORD, new_password: NEW, repeat: NEW, ...fields });

  test('S27: the old password and the new one twice; other sessions end, this one stays, and a mail says so', async () => {
    const { id, email } = await world.createAccount();
    const elsewhere = await atAccount(world, PAGE, email);
    const browser = await atAccount(world, PAGE, email);
    const link = (await world.core.setPassword.offer((await world.core.accounts.get(id))!)).url;
    const { credentialVersion } = await accountOf(id);
    await change(browser);
    expect([browser.status, browser.html.includes(text('account.notice.password_changed'))]).toEqual([
      200,
      true,
    ]);
    expect(await opens(id, NEW)).toBe(true);
    expect((await accountOf(id)).credentialVersion).toBe(credentialVersion + 1);
    expect(changeLetters(world, email, 'password_changed')).toHaveLength(1);
    expect(changeLetters(world, email, 'password_changed')[0]!.text).toContain('/not-me/');
    expect((await browser.open('/account/security')).heading).toBe(text('account.security.title'));
    expect((await elsewhere.open('/account/security')).url).toContain('/interaction/');
    expect((await world.browser().open(link)).status).toBe(410);
    expect(world.logs.some((line) => JSON.stringify(line).includes(NEW))).toBe(false);
  });

  test('A39: without the old password, with a wrong one, or without the code where the app is on, nothing changes', async () => {
    const { id, email } = await world.createAccount();
    const { key } = await turnOnTotp(world.core, id);
    const browser = await atAccount(world, PAGE, email, appCode(key, new Date()));
    const before = (await accountOf(id)).passwordHash;
    pass(30_000);
    for (const fields of [
      { password: '', code: appCode(key, new Date()) },
      { password: 'not the password', code: appCode(key, new Date()) },
      { password: PASSWORD, code: '' },
      { password: PASSWORD, code: appCode(key, new Date(), 40) },
    ]) {
      await browser.open(PAGE);
      await change(browser, fields);
      expect(browser.status).toBe(422);
      expect((await accountOf(id)).passwordHash).toBe(before);
    }
    await change(browser, { code: appCode(key, new Date()) });
    expect(browser.html).toContain(text('account.notice.password_changed'));
    expect(await opens(id, NEW)).toBe(true);
  });

  test('S27: a new password that will not do is refused with the reason, before a code is spent', async () => {
    const { id, email } = await world.createAccount({ login: 'kopretina' });
    const browser = await atAccount(world, PAGE, email);
    for (const [fields, problem] of [
      [{ repeat: 'something else' }, 'mismatch'],
      [{ new_password: 'short', repeat: 'short' }, 'too_short'],
      [{ new_password: PASSWORD, repeat: PASSWORD }, 'unchanged'],
      [{ new_password: 'kopretina2026', repeat: 'kopretina2026' }, 'same_as_login'],
      [{ new_password: 'Žofie Křížová 1', repeat: 'Žofie Křížová 1' }, 'same_as_name'],
      [{ new_password: 'vratny123456', repeat: 'vratny123456' }, 'same_as_brand'],
      [{ new_password: 'password1234', repeat: 'password1234' }, 'too_common'],
      [{ new_password: 'LeaveMeAlone', repeat: 'LeaveMeAlone' }, 'too_common'],
    ] as const) {
      await browser.open(PAGE);
      await change(browser, fields);
      expect([problem, browser.status]).toEqual([problem, 422]);
      expect(browser.html).toContain(text(`page.set_password.problem.${problem}`, { count: 12 }));
    }
    expect(await opens(id, PASSWORD)).toBe(true);
  });

  test('guessing the old password is slowed down as at sign-in', async () => {
    const { email } = await world.createAccount();
    const browser = await atAccount(world, PAGE, email);
    for (let index = 0; index < 40 && browser.status !== 429; index += 1)
      await change(browser, { password: `guess ${index}` });
    expect([browser.status, Number(browser.responseHeaders.get('retry-after')) > 0]).toEqual([429, true]);
  });

  test('A19: of two changes at once one counts', async () => {
    const { id, email } = await world.createAccount();
    const account = (await world.core.accounts.get(id))!;
    const browser = await atAccount(world, PAGE, email);
    const kept = { sessionUid: 'none', browserId: 'a browser' };
    const outcomes = await Promise.all(
      ['seven quiet herons', 'eight quiet herons'].map((one) =>
        world.core.changePassword.set(account, one, kept),
      ),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(browser.status).toBe(200);
  });

  test('a sign-in that is under way with the old password does not get through', async () => {
    const { id, email } = await world.createAccount();
    const { key } = await turnOnTotp(world.core, id);
    const browser = await atAccount(world, PAGE, email, appCode(key, new Date()));
    const thief = await world.browser().open('/account/security');
    await thief.submit({ login: email, password: PASSWORD });
    expect(thief.url).toContain('/totp');
    pass(30_000);
    await change(browser, { code: appCode(key, new Date()) });
    expect(browser.html).toContain(text('account.notice.password_changed'));
    pass(30_000);
    await thief.submit({ code: appCode(key, new Date()) });
    expect(thief.url).not.toContain('/account/');
    expect(thief.status).toBeGreaterThanOrEqual(400);
  });

  test('S67: a password that strangers have switched off is set anew after a fresh passkey, and with the code', async () => {
    const { id, email } = await world.createAccount();
    const authenticator = new SoftwareAuthenticator(world.issuer);
    const withPassword = await addPasskey(world, email, authenticator);
    const { key } = await turnOnTotp(world.core, id);
    const account = await world.core.accounts.change(id, () => ({ resetForbidden: true }));
    for (let wrong = 0; wrong < MOST_FAILED_PASSWORDS; wrong += 1)
      await world.core.failedPasswords.count(account);
    // The last passkey is the way in that is left.
    const { passkeys } = world.core;
    const [passkey] = await passkeys.list(id);
    expect(await passkeys.remove(account, passkey!.id)).toBe('last_way_in');

    // A session that a password has begun proves nothing, not even with that password.
    await withPassword.open(PAGE);
    const code = appCode(key, new Date());
    const fields = { new_password: NEW, repeat: NEW };
    await withPassword.post(PAGE, {
      ...withPassword.forms.at(-1)!.fields,
      ...fields,
      password: PASSWORD,
      code,
    });
    expect(withPassword.url).toContain('/interaction/');
    expect(await opens(id, PASSWORD)).toBe(true);

    await answerPasskey(withPassword, authenticator);
    expect(withPassword.url).toBe(`${world.issuer}${PAGE}`);
    await withPassword.submit({ ...fields, code: wrongCode(key, new Date()) });
    expect([withPassword.status, await opens(id, PASSWORD)]).toEqual([422, true]);
    await withPassword.submit({ ...fields, code });
    expect(withPassword.html).toContain(text('account.notice.password_changed'));
    expect(changeLetters(world, email, 'password_changed')).toHaveLength(1);
    expect(await world.core.failedPasswords.isUsable((await world.core.accounts.get(id))!)).toBe(true);
  });

  test('an account without a password sets one only after a fresh sign-in with a passkey', async () => {
    const { id, email } = await world.createAccount();
    const browser = await atAccount(world, PAGE, email);
    await world.core.accounts.change(id, () => ({ passwordHash: undefined }));
    await browser.open(PAGE);
    expect(browser.heading).toBe(text('account.password.first'));
    await browser.submit({ new_password: NEW, repeat: NEW });
    expect(browser.url).toContain('/interaction/');
    expect((await accountOf(id)).passwordHash).toBeUndefined();
  });
});

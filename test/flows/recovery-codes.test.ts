// Recovery codes on the account page and at sign-in.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { changeLetters } from '../support/change-letters.ts';
import { atSignIn } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { atAccount, shownCodes } from '../support/second-factor-pages.ts';
import { nextCode, standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

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
  standingClock({ apart: 3_600_000, from: nextCode() });
  const now = () => new Date();

  const newAccount = () => world.createAccount(PHONE);
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

  describe('recovery codes', () => {
    test('one stands in for the app at sign-in, once; the person is told', async () => {
      const { email, recoveryCodes } = await withTotp();
      const [code = ''] = recoveryCodes;
      const browser = await withPassword(email);
      expect(browser.html).toContain(text('step.recovery_code.offer'));
      await browser.open(browser.url.replace(/totp$/, 'recovery-code'));
      expect(browser.heading).toBe(text('step.recovery_code.title'));
      const second = await withPassword(email);
      await second.open(second.url.replace(/totp$/, 'recovery-code'));
      await browser.submit({ code: ` ${code.replaceAll('-', ' ').toLowerCase()} ` });
      expect(isSignedIn(browser)).toBe(true);
      expect(changeLetters(world, email, 'recovery_code_used')).toHaveLength(1);
      await second.submit({ code });
      expect([second.status, isSignedIn(second)]).toEqual([422, false]);
      expect(second.html).toContain(text('step.recovery_code.problem.wrong_code'));
    });

    test('A55: 20 sign-ins at once with the same one: one gets in', async () => {
      const { email, recoveryCodes } = await withTotp();
      const browsers: Browser[] = [];
      for (let index = 0; index < 20; index += 1) browsers.push(await withPassword(email));
      await Promise.all(
        browsers.map((browser) => browser.open(browser.url.replace(/totp$/, 'recovery-code'))),
      );
      await Promise.all(browsers.map((browser) => browser.submit({ code: recoveryCodes[7]! })));
      expect(browsers.filter(isSignedIn)).toHaveLength(1);
    });

    test('are counted, and renewed with password and code; the old ones are void', async () => {
      const { email, key, recoveryCodes } = await withTotp();
      const page = '/account/security/recovery-codes';
      const browser = await atAccount(world, page, email, appCode(key, now()));
      expect(browser.html).toContain(text('account.recovery_codes.left', { count: 10 }));
      await browser.submit({ password: 'not the password', code: recoveryCodes[0]! });
      expect([browser.status, shownCodes(browser)]).toEqual([422, []]);
      await browser.submit({ password: PASSWORD, code: recoveryCodes[0]! });
      expect(browser.status).toBe(200);
      const renewed = shownCodes(browser);
      expect(renewed).toHaveLength(10);
      expect(renewed.some((code) => recoveryCodes.includes(code))).toBe(false);
      expect(changeLetters(world, email, 'recovery_codes_renewed')).toHaveLength(1);
      const signIn = await withPassword(email);
      await signIn.open(signIn.url.replace(/totp$/, 'recovery-code'));
      await signIn.submit({ code: recoveryCodes[1]! });
      expect(signIn.status).toBe(422);
      await signIn.submit({ code: renewed[0]! });
      expect(isSignedIn(signIn)).toBe(true);
    });

    test('are not offered once they are used up', async () => {
      const { id, email, key, recoveryCodes } = await withTotp();
      for (const code of recoveryCodes) await world.core.recoveryCodes.use(id, code);
      const browser = await withPassword(email);
      expect(browser.html).not.toContain(text('step.recovery_code.offer'));
      await browser.submit({ code: appCode(key, now()) });
      expect(isSignedIn(browser)).toBe(true);
    });
  });
});

// Help with a new password as a person meets it: the key that makes one up, and the word on its strength.

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { text } from '../support/texts.ts';
import { openWorld, type World } from '../support/world.ts';

let browser: Browser;
let world: World;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(() => world.close());

const looks = [
  {
    name: 'on a phone, in Czech, dark',
    viewport: { width: 320, height: 640 },
    locale: 'cs-CZ',
    colorScheme: 'dark',
  },
  {
    name: 'on a desktop, in English',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    colorScheme: 'light',
  },
] as const;

describe.each(looks)('$name', ({ name: _name, ...look }) => {
  const language = look.locale === 'cs-CZ' ? 'cs' : 'en';
  const say = (key: string) => text(`new_password.${key}`, {}, language);

  test('S6, S63: it says how good a password is; the key fills in a random one, shows it, and it is set', async () => {
    world = await openWorld();
    const { id, email } = await world.createAccount({ login: 'kopretina' });
    const { url } = await world.core.setPassword.offer((await world.core.accounts.get(id))!);
    const { page, faults, context } = await openPage(browser, [world.issuer], look);
    const check = async () => {
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overflows(page)).toBe(false);
    };
    await page.goto(url);
    const level = page.locator('.password-tools__level');
    for (const [typed, strength] of [
      ['short', 'short'],
      ['kopretina2026', 'weak'],
      ['aaaaaaaaaaaaaaaa', 'weak'],
      ['tichá volavka a mraky', 'good'],
    ] as const) {
      await page.fill('#password', typed);
      expect([typed, await level.innerText()]).toEqual([typed, say(`strength.${strength}`)]);
      await check();
    }
    const key = page.getByRole('button', { name: say('make') });
    await key.focus();
    await page.keyboard.press('Enter');
    const made = await page.inputValue('#password');
    expect(made).toMatch(/^(?:[a-zA-Z2-9]{5}-){4}[a-zA-Z2-9]{5}$/);
    expect(await page.inputValue('#repeat')).toBe(made);
    expect(await page.getAttribute('#password', 'type')).toBe('text');
    expect(await level.innerText()).toBe(say('strength.strong'));
    expect(await page.locator('.password-tools__made').innerText()).toBe(say('made'));
    await check();
    await key.click();
    const next = await page.inputValue('#password');
    expect(next).not.toBe(made);
    await page.locator('main button[type=submit]').click();
    await page.locator('#password').waitFor({ state: 'detached' });
    const { passwordHash } = (await world.core.accounts.get(id))!.doc;
    expect((await world.core.hasher.verify(passwordHash!, next)).matches).toBe(true);

    await page.goto(`${world.issuer}/account/security/password`);
    await page.fill('#login', email);
    await page.fill('#password', next);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/security/password');
    for (const path of ['password', 'login', 'email']) {
      await page.goto(`${world.issuer}/account/security/${path}`);
      await page.locator(`#${{ password: 'new_password', login: 'login', email: 'email' }[path]}`).waitFor();
      await check();
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});

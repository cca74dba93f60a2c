// Trusted addresses and the mailed confirmation in a real browser: how the pages look and read, narrow and wide, light
// and dark, in both languages; and that with scripts the page that waits goes on at once.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { turnOnTotp } from '../support/second-factor.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([
    openWorld({ env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' } }),
    launchChromium(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

const looks = [
  {
    name: 'on a phone, in Czech, dark',
    viewport: { width: 320, height: 640 },
    locale: 'cs-CZ',
    colorScheme: 'dark',
  },
  {
    name: 'on a tablet, in Czech',
    viewport: { width: 820, height: 1100 },
    locale: 'cs-CZ',
    colorScheme: 'light',
  },
  {
    name: 'on a desktop, in English',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    colorScheme: 'light',
  },
] as const;

describe.each(looks)('$name', ({ name: _name, ...look }) => {
  async function open(more: object = {}) {
    const extraHTTPHeaders = { 'x-forwarded-for': '31.15.10.7' };
    const opened = await openPage(browser, [world.issuer], { ...look, extraHTTPHeaders, ...more });
    const check = async () => {
      expect(await accessibilityFaults(opened.page)).toEqual([]);
      expect(await overflows(opened.page), `${opened.page.url()} is wider than the window`).toBe(false);
    };
    const signIn = async (path: string, email: string) => {
      await opened.page.goto(`${world.issuer}${path}`);
      await opened.page.locator('#login').fill(email);
      await opened.page.locator('#password').fill(PASSWORD);
      await opened.page.keyboard.press('Enter');
    };
    return { ...opened, check, signIn };
  }
  test('the page of trusted addresses, empty, with a mistake, and with entries', async () => {
    const { id, email } = await world.createAccount();
    const { recoveryCodes } = await turnOnTotp(world.core, id);
    await world.core.addressLists.add(id, { range: '31.15.10.7', note: 'domov' });
    const { page, check, signIn, faults, context } = await open();
    await signIn('/account/security/addresses', email);
    await page.waitForURL('**/account/security/addresses');
    await check();

    await page.locator('#range').fill('10.0.0.5');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#code').fill('123456');
    await page.locator('#code').press('Enter');
    await page.locator('#range-error').waitFor();
    expect(await page.locator('#range').inputValue()).toBe('10.0.0.5');
    await check();

    await page.locator('#range').fill('2a02:8308:1111:2222:3333:4444:5555:6666');
    await page.locator('#note').fill('kancelář v prvním patře u velmi dlouhé chodby');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#code').fill(recoveryCodes[0]!);
    await page.locator('#code').press('Enter');
    await page.locator('#notice').waitFor();
    await page.locator('.setting details').first().locator('summary').click();
    await check();
    expect(faults).toEqual([]);
    await context.close();
  });

  test('the page that waits goes on at once when the link was used elsewhere', async () => {
    const { id, email } = await world.createAccount();
    await world.core.accounts.change(id, () => ({ signInMail: 'always', confirmSignIn: true }));
    const { page, check, signIn, faults, context } = await open();
    const loads: string[] = [];
    page.on('framenavigated', (frame) => loads.push(frame.url()));
    await signIn('/account/security', email);
    await page.locator('.match__number').waitFor();
    await check();
    const number = await page.locator('.match__number').innerText();
    await world.core.outbox.idle();
    const link = /http:\S+\/confirm-sign-in\/[\w-]{43}/.exec(world.mails.at(-1)!.text)![0];

    const phone = await open();
    await phone.page.goto(link);
    await phone.check();
    // Nothing is pressed by a stray Enter: yes takes the number.
    await phone.page.keyboard.press('Enter');
    await phone.page.locator('#number').press('Enter');
    await phone.page.locator('#number-error').waitFor();
    await phone.check();
    await phone.page.locator('#number').fill(number);
    const seen = loads.length;
    await phone.page.locator('#number').press('Enter');
    await phone.page.locator('.symbol--success').waitFor();
    await phone.check();
    await page.waitForURL('**/account/security');
    // It was not loaded again and again meanwhile.
    expect(loads.slice(0, seen).filter((url) => url.endsWith('/email-link'))).toHaveLength(1);
    for (const { faults: found } of [{ faults }, phone]) expect(found).toEqual([]);
    await Promise.all([context.close(), phone.context.close()]);
  });

  // It takes the five seconds that the page waits before it loads itself anew: once is enough.
  test.runIf(look.colorScheme === 'dark')(
    'without scripts it goes on by loading itself anew, and a refused one says so',
    async () => {
      const { id, email } = await world.createAccount();
      await world.core.accounts.change(id, () => ({ signInMail: 'always', confirmSignIn: true }));
      const { page, signIn, context } = await open({ javaScriptEnabled: false });
      await signIn('/account/security', email);
      await page.locator('.match__number').waitFor();
      await world.core.outbox.idle();
      const link = /http:\S+\/confirm-sign-in\/[\w-]{43}/.exec(world.mails.at(-1)!.text)![0];
      const phone = await open();
      await phone.page.goto(link);
      await phone.page.locator('button[value="deny"]').click();
      await phone.page.locator('.symbol--warning').waitFor();
      await phone.check();
      await page.locator('.symbol--error').waitFor();
      await Promise.all([context.close(), phone.context.close()]);
    },
  );
});

// The pages of the login history, of its mails and of the links in them, in a real browser: readable narrow and wide,
// light and dark, in both languages, and usable by keyboard.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { FIREFOX } from '../support/places.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

const looks = [
  { name: 'phone-cs-dark', viewport: { width: 320, height: 640 }, locale: 'cs-CZ', colorScheme: 'dark' },
  { name: 'tablet-cs-light', viewport: { width: 820, height: 1100 }, locale: 'cs-CZ', colorScheme: 'light' },
  { name: 'desktop-en-light', viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme: 'light' },
] as const;

/** Somebody with a history of all kinds, long words among them. */
async function personWithHistory() {
  const { id, email } = await world.createAccount();
  const attempt = { accountId: id, browserId: 'b', clientId: 'panel', clientName: 'Zákaznický panel' };
  const from = { address: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', userAgent: FIREFOX };
  await world.core.history.record({
    ...attempt,
    ...from,
    result: 'signed_in',
    methods: ['password', 'totp'],
    listEntry: '198.51.100.0/24',
  });
  for (const reason of ['wrong_password', 'throttled', 'wrong_code', 'denied', 'expired'] as const)
    await world.core.history.record({ ...attempt, ...from, result: 'refused', reason });
  await world.core.history.record({
    ...attempt,
    clientName: 'W'.repeat(60),
    address: undefined,
    userAgent: 'x'.repeat(500),
    result: 'refused',
    reason: 'wrong_passkey',
  });
  return { id, email };
}

describe.each(looks)('$name', ({ name: _name, ...look }) => {
  async function open(path: string) {
    const opened = await openPage(browser, [world.issuer], look);
    await opened.page.goto(world.issuer + path);
    const check = async (label: string) => {
      expect([label, await accessibilityFaults(opened.page)]).toEqual([label, []]);
      expect([label, await overflows(opened.page)]).toEqual([label, false]);
      expect(opened.faults).toEqual([]);
    };
    return { ...opened, check };
  }

  test('S58: the history, its filters and the details of an entry', async () => {
    const { email } = await personWithHistory();
    const { page, check, context } = await open('/account/history');
    await page.locator('#login').fill(email);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/history');
    await check('history');
    expect(await page.locator('tbody tr').count()).toBe(8);
    await page.locator('a[href="/account/history?show=refused"]').click();
    await page.waitForURL('**show=refused');
    expect(await page.locator('tbody tr').count()).toBe(6);
    await page.locator('tbody tr a').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/history/*');
    await check('entry-refused');
    await page.goto(`${world.issuer}/account/history?show=signed_in`);
    await page.locator('tbody tr a').last().click();
    await page.waitForURL('**/account/history/*');
    await check('entry');
    await context.close();
  });

  test('S46: the box of settings, by keyboard', async () => {
    const { id, email } = await world.createAccount();
    const { page, check, context } = await open('/account/security/notices');
    await page.locator('#login').fill(email);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/security/notices');
    await check('notices');
    await world.core.accounts.change(id, () => ({ phone: '+420601234567', phoneVerified: true }));
    await page.reload();
    await page.locator('#mail-unseen').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('#mail-never').isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('#problem').waitFor();
    await check('notices-refused');
    await page.locator('#mail-always').check();
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('#notice').waitFor();
    await check('notices-saved');
    expect((await world.core.accounts.get(id))!.doc).toMatchObject({
      signInMail: 'always',
      confirmSignIn: true,
    });
    await context.close();
  });

  test.for(['logout-all', 'not-me'] as const)('S56: /%s before, after and over', async (kind) => {
    const account = (await world.core.accounts.get((await world.createAccount()).id))!;
    const { endingLinks } = world.core;
    const url = await (kind === 'logout-all' ? endingLinks.logOutUrl(account) : endingLinks.lockUrl(account));
    const { page, check, context } = await open(new URL(url).pathname);
    await check(kind);
    await page.locator('form button').click();
    await page.locator('.symbol--success').waitFor();
    await check(`${kind}-done`);
    await page.goto(url);
    await check(`${kind}-over`);
    await context.close();
  });
});

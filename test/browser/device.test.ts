// Signing a device in, in a real browser: how the pages look and read, narrow and wide, light and dark, in both languages,
// and that letters are taken as phones type them.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { askDevice, deviceClient, poll } from '../support/device.ts';
import { text } from '../support/texts.ts';
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

describe.each([
  { width: 360, locale: 'cs-CZ', language: 'cs', colorScheme: 'dark' },
  { width: 1280, locale: 'en-GB', language: 'en', colorScheme: 'light' },
] as const)('$width wide, in $language', ({ width, locale, language, ...look }) => {
  test('a code is typed, compared, confirmed, and the device is signed in', async () => {
    const client = await deviceClient(world);
    const { email } = await world.createAccount();
    const asked = await askDevice(world, client, { scope: 'openid profile email' });
    const viewport = { width, height: 800 };
    const { page, faults, context } = await openPage(browser, [world.issuer], { viewport, locale, ...look });
    const title = (key: string) =>
      page.getByRole('heading', { level: 1, name: text(key, {}, language) }).waitFor();
    const check = async () => {
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overflows(page), `${page.url()} is wider than the window`).toBe(false);
    };
    await page.goto(`${world.issuer}/device`);
    await title('page.device.title');
    expect(await page.locator('#user_code').evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.type('bcdf ghjk');
    await page.keyboard.press('Enter');
    await page.locator('#user_code-error').waitFor();
    await check();

    await page.goto(asked.verification_uri_complete);
    await title('page.device.compare_title');
    await check();
    await page.getByRole('button', { name: text('page.device.compare_yes', {}, language) }).click();
    await title('page.device_confirm.title');
    await page.getByRole('button', { name: text('page.device_confirm.sign_in', {}, language) }).click();
    await page.locator('#login').fill(email);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await title('page.device_ended.approved.title');
    await check();
    expect((await poll(world, client, asked)).status).toBe(200);

    const second = await askDevice(world, client);
    await page.goto(`${world.issuer}/device`);
    await page.locator('#user_code').fill(second.user_code.toLowerCase());
    await page.keyboard.press('Enter');
    await title('page.device_confirm.title');
    await check();
    await page.getByRole('button', { name: text('page.device_confirm.deny', {}, language) }).click();
    await title('page.device_ended.denied.title');
    await page.goto(second.verification_uri_complete);
    await page.locator('form button').click();
    await page.locator('#user_code-error').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

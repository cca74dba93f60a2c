// The second factor in a real browser: set up, codes kept as a file, signed in with; every page narrow and wide.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { appCode, wrongCode } from '../support/second-factor.ts';
import { text } from '../support/texts.ts';
import { CALLBACK, openWorld, PASSWORD, type World } from '../support/world.ts';

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
  { name: 'on a phone, in Czech, dark', width: 320, height: 640, locale: 'cs-CZ', colorScheme: 'dark' },
  {
    name: 'on a desktop, in English, light',
    width: 1280,
    height: 900,
    locale: 'en-GB',
    colorScheme: 'light',
  },
] as const;

async function expectGood(page: Page, faults: readonly string[]): Promise<void> {
  const where = `${await page.title()} at ${new URL(page.url()).pathname}`;
  expect([where, faults, await overflows(page), await accessibilityFaults(page)]).toEqual([
    where,
    [],
    false,
    [],
  ]);
}

const press = (page: Page) => page.locator('main form button[type="submit"]').first().click();
const keyOn = async (page: Page) => (await page.locator('.key').textContent())!.replaceAll(' ', '');

test.each(looks)(
  'everything about it $name',
  async ({ width, height, locale, colorScheme }) => {
    const { id, email } = await world.createAccount({ emailVerified: false });
    const { context, page, faults } = await openPage(browser, [world.issuer], {
      viewport: { width, height },
      locale,
      colorScheme,
      acceptDownloads: true,
    });
    const see = () => expectGood(page, faults);
    const open = (path: string) => page.goto(world.issuer + path);

    await open('/account/security/totp');
    await page.fill('#login', email);
    await page.fill('#password', PASSWORD);
    await press(page);
    await see();

    await open('/account/security/email');
    await see();
    await press(page);
    await see();
    await world.core.outbox.idle();
    await page.goto(
      /http:\S+\/verify-email\/[\w-]{43}/.exec(world.mails.findLast((mail) => mail.to === email)!.text)![0],
    );
    await see();
    await press(page);
    await see();

    await open('/account/security/phone');
    await page.fill('#phone', '123');
    await page.fill('#password', PASSWORD);
    await press(page);
    await see();
    await page.fill('#phone', '601 234 567');
    await page.fill('#password', PASSWORD);
    await press(page);
    await see();
    await world.core.outbox.idle();
    await page.fill('#code', /\b\d{6}\b/.exec(world.texts.at(-1)!.text)![0]);
    await press(page);
    await see();

    await open('/account/security/totp/setup');
    await page.locator('main summary').click();
    await see();
    await page.fill('#password', PASSWORD);
    await page.fill('#code', wrongCode(await keyOn(page), new Date()));
    await press(page);
    await page.locator('main summary').click();
    await see();
    const key = await keyOn(page);
    await page.fill('#password', PASSWORD);
    await page.fill('#code', appCode(key, new Date()));
    await press(page);
    await see();

    const codes = await page.locator('[data-codes] code').allTextContents();
    expect(codes).toHaveLength(10);
    const language = locale === 'cs-CZ' ? 'cs' : 'en';
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: text('account.recovery_codes.new.download', {}, language) }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(text('account.recovery_codes.new.file', {}, language));
    const kept = readFileSync(await download.path(), 'utf8').split('\r\n');
    expect(kept.slice(2, 12)).toEqual(codes);
    expect(kept[0]).toContain(email);
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute('data-printed', 'yes');
    });
    await page.getByRole('button', { name: text('account.recovery_codes.new.print', {}, language) }).click();
    expect(await page.locator('body').getAttribute('data-printed')).toBe('yes');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('[data-codes] code').first().isVisible()).toBe(true);
    expect(await page.locator('main button').first().isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });

    for (const path of ['totp', 'totp/off', 'totp/anew', 'recovery-codes']) {
      await open(`/account/security/${path}`);
      await see();
    }
    await context.clearCookies();
    await page.goto(world.authorizeUrl(await world.createClient()));
    await page.fill('#login', email);
    await page.fill('#password', PASSWORD);
    await press(page);
    await see();
    expect(await page.locator('#code').evaluate((input) => input === document.activeElement)).toBe(true);
    await page.fill('#code', '12345');
    await press(page);
    await see();
    await page.getByRole('link', { name: text('step.recovery_code.offer', {}, language) }).click();
    await see();
    await page.fill('#code', codes[0]!.toLowerCase());
    await Promise.all([page.waitForRequest((request) => request.url().startsWith(CALLBACK)), press(page)]);
    expect(await world.core.recoveryCodes.left(id)).toBe(9);
    await context.close();
  },
  120_000,
);

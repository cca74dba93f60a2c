// A forgotten password in a real browser: asked for, mailed, set, and back in; every page narrow and wide.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { linkIn, PHRASE } from '../support/recovery.ts';
import { shown, text } from '../support/texts.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

async function expectGood(page: Page, faults: readonly string[]): Promise<void> {
  const where = `${await page.title()} at ${new URL(page.url()).pathname}`;
  const found = [where, faults, await overflows(page), await accessibilityFaults(page)];
  expect(found).toEqual([where, [], false, []]);
}

test.each([
  { name: 'on a phone, in Czech, dark', locale: 'cs-CZ', width: 320, height: 640, colorScheme: 'dark' },
  { name: 'on a desktop, in English', locale: 'en-GB', width: 1280, height: 900, colorScheme: 'light' },
] as const)(
  'S9, S61: the whole way back $name',
  async ({ locale, width, height, colorScheme }) => {
    const { email } = await world.createAccount();
    const opened = await openPage(browser, [world.issuer], {
      viewport: { width, height },
      locale,
      colorScheme,
    });
    const { context, page, faults } = opened;
    const say = (key: string) => text(key, {}, locale === 'cs-CZ' ? 'cs' : 'en');
    const see = () => expectGood(page, faults);
    const press = () => page.locator('main form button[type="submit"]').first().click();

    await page.goto(`${world.issuer}/account/security`);
    await see();
    await page.getByRole('link', { name: say('step.password.recover') }).click();
    await page.fill('#known', email);
    await page.locator('[data-state=done]').waitFor();
    await see();
    await press();
    await page.getByRole('heading', { name: shown(say('page.recover_sent.title')) }).waitFor();
    await page.locator('summary').first().click();
    await see();
    await world.core.outbox.idle();
    const link = linkIn(world.mails.findLast(({ to }) => to === email)!);

    const other = await openPage(browser, [world.issuer], { viewport: { width, height }, locale });
    await other.page.goto(link);
    await expectGood(other.page, other.faults);
    expect(await other.page.locator('h1').innerText()).toBe(say('page.recover_over.title'));
    await other.context.close();

    await page.goto(link);
    await page.fill('#password', PHRASE);
    await page.fill('#repeat', PHRASE);
    await see();
    await press();
    await page.getByRole('link', { name: say('page.password_set.sign_in') }).click();
    await page.fill('#login', email);
    await page.fill('#password', PHRASE);
    await press();
    await page.waitForURL(/\/account\/security$/);
    await page.goto(`${world.issuer}/account/security/recovery`);
    await see();
    await page.fill('#password', PHRASE);
    await press();
    await page.getByText(shown(say('account.notice.reset_forbidden'))).waitFor();
    await see();
    await page.goto(`${world.issuer}/support/login`);
    await see();
    await context.close();
  },
  60_000,
);

// The operators' console in a real browser: registering an application, narrow and wide, and what axe says of its pages.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { createOperator } from '../support/console.ts';
import { appCode } from '../support/second-factor.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

const env = { VRATNY_CLIENT_REGISTRATION: '{"partners": {"hosts": ["partner.example"]}}' };

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld({ env }), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

test.each([
  { name: 'on a phone, in Czech', viewport: { width: 360, height: 740 }, locale: 'cs-CZ' },
  { name: 'on a desktop, in English', viewport: { width: 1280, height: 800 }, locale: 'en-GB' },
])(
  '$name an operator registers an application and looks around',
  { timeout: 120_000 },
  async ({ viewport, locale }) => {
    const { email, key, id } = await createOperator(world, 'owner');
    const { page, faults, context } = await openPage(browser, [world.issuer], { viewport, locale });
    const check = async () => {
      expect([page.url(), await accessibilityFaults(page), await overflows(page)]).toEqual([
        page.url(),
        [],
        false,
      ]);
    };
    await page.goto(`${world.issuer}/admin`);
    await page.locator('#login').fill(email);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('#code').fill(appCode(key, world.core.clock.now()));
    await page.keyboard.press('Enter');
    await page.waitForURL('**/admin/dashboard');
    await check();

    await page.goto(`${world.issuer}/admin/clients/new?purpose=web`);
    await page.locator('#client_name').fill('<b>Webmail</b>');
    await page.locator('#redirect_uris').fill('http://mail.example/callback');
    await page.locator('form.card button[type=submit]').click();
    await page.locator('#redirect_uris-error').waitFor();
    await check();
    await page.locator('#redirect_uris').fill('https://mail.example/callback');
    await page.locator('form.card button[type=submit]').click();
    await page.locator('code.key').nth(1).waitFor();
    await check();

    await page.goto(`${world.issuer}/admin/clients/registration`);
    await page.locator('#note').fill('Partner portal');
    await page.locator('form.stack button[type=submit]').click();
    await page.locator('code.key').waitFor();
    await check();

    for (const path of [
      'clients',
      'clients/registration',
      `accounts/${id}`,
      `accounts/${id}/history`,
      'queues',
      'audit',
      'bans',
      'keys',
      'operators',
    ]) {
      await page.goto(`${world.issuer}/admin/${path}`);
      await check();
    }
    expect(faults).toEqual([]);
    await context.close();
  },
);

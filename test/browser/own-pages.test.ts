// The person's own sections in a real browser, narrow and wide: readable, accessible, and the shown-once pages with a button
// that copies.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { gpgKeys, sshKeys } from '../support/sample-keys.ts';
import { obtain } from '../support/relying-party.ts';
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
  { name: 'phone-cs-dark', viewport: { width: 360, height: 740 }, locale: 'cs-CZ', colorScheme: 'dark' },
  { name: 'desktop-en-light', viewport: { width: 1280, height: 900 }, locale: 'en-GB', colorScheme: 'light' },
] as const;

describe.each(looks)('$name', ({ name, ...look }) => {
  test('S15–S19, S28–S31: overview, data, applications, changes, tokens, keys and support', async () => {
    const { email } = await world.createAccount();
    const foreign = await world.createClient({ first_party: false, client_name: 'W'.repeat(60) });
    await obtain(world, foreign, { email }, { scope: 'openid email offline_access', prompt: 'consent' });
    const { page, context, faults } = await openPage(browser, [world.issuer], look);
    const check = async (label: string) => {
      const shots = process.env['SCREENSHOTS'];
      if (shots !== undefined)
        await page.screenshot({ path: `${shots}/${name}-${label}.png`, fullPage: true });
      expect([label, await accessibilityFaults(page)]).toEqual([label, []]);
      expect([label, await overflows(page)]).toEqual([label, false]);
      expect(faults).toEqual([]);
    };
    const open = async (path: string, label: string) => {
      await page.goto(world.issuer + path);
      await check(label);
    };
    const send = (form: string) => page.locator(`form[action="${form}"] button[type=submit]`).click();

    await page.goto(`${world.issuer}/account/security`);
    await page.locator('#login').fill(email);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/security');
    await check('security');
    await open('/account', 'overview');
    await open('/account/sessions', 'sessions');
    await open('/account/history', 'history');
    await open('/account/profile', 'profile');
    await page.locator('#country').selectOption('CZ');
    await send('/account/profile');
    await page.locator('#notice').waitFor();
    await open('/account/profile/export', 'export');

    await open('/account/api-tokens', 'tokens-empty');
    await page.locator('#name').fill('W'.repeat(60));
    await page.locator('#password').fill(PASSWORD);
    await send('/account/api-tokens');
    await page.locator('[data-copy] + .actions button').waitFor();
    await check('token-new');
    await open('/account/api-tokens', 'tokens');
    await page.locator('a[href^="/account/api-tokens/"]').first().click();
    await page.waitForURL('**/account/api-tokens/*');
    await check('token');

    await page.goto(`${world.issuer}/account/keys`);
    for (const [label, key] of [
      ['Notebook', sshKeys.rsa2048],
      ['Podpis', gpgKeys.ed25519],
    ] as const) {
      await page.locator('#name').fill(label);
      await page.locator('#key').fill(key);
      await send('/account/keys');
      await page.locator('#notice').waitFor();
    }
    await check('keys');
    await page.locator('#name').fill('Oops');
    await page.locator('#key').fill('-----BEGIN OPENSSH PRIVATE KEY-----');
    await send('/account/keys');
    await page.locator('#problem').waitFor();
    await check('keys-private');
    await page.locator('#new_name').fill('Nový');
    await send('/account/keys/new');
    await page.locator('[data-copy] + .actions button').first().waitFor();
    await check('key-new');
    await page.goto(`${world.issuer}/account/keys`);
    await page.locator('a[href^="/account/keys/"]').last().click();
    await page.waitForURL('**/account/keys/*');
    await check('key');

    await open('/account/support', 'support-empty');
    await page.locator('#subject').fill('W'.repeat(120));
    await page.locator('#text').fill('Od rána nic nejde.\n\nAni mail.');
    await send('/account/support');
    await page.waitForURL('**/server');
    await check('support-server');
    await page.locator('#server').fill('web1.example');
    await page.locator('#server_password').fill('tajné');
    await page.locator('form[action$="/server"] button[type=submit]').click();
    await page.locator('#notice').waitFor();
    await check('support-request');
    await open('/account/support', 'support');
    await open('/account/applications', 'applications');
    await open('/account/changes', 'changes');
    await context.close();
    // Some twenty pages, each looked at by axe.
  }, 300_000);
});

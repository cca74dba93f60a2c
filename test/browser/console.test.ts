// The operators' console in a real browser: registering an application, answering a request, helping a person, narrow
// and dark, wide and light, and what axe says of its pages.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { createOperator } from '../support/console.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

const env = { VRATNY_CLIENT_REGISTRATION: '{"partners": {"hosts": ["partner.example"]}}' };

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([
    openWorld({ env, upstreams: [createFakeUpstream('mojeid').configured] }),
    launchChromium(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

test.each([
  {
    name: 'on a phone in the dark, in Czech',
    viewport: { width: 360, height: 740 },
    locale: 'cs-CZ',
    colorScheme: 'dark' as const,
  },
  {
    name: 'on a desktop, in English',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    colorScheme: 'light' as const,
  },
])(
  '$name an operator registers an application, helps a person and looks around',
  async ({ name: _name, ...options }) => {
    const { email, key, id } = await createOperator(world, 'owner');
    const { page, faults, context } = await openPage(browser, [world.issuer], options);
    // Axe takes seconds: the tasks are examined in the dark, the look around in the light.
    const isDark = options.colorScheme === 'dark';
    const check = async (hasAxe = isDark) => {
      const faultsThere = hasAxe ? await accessibilityFaults(page) : [];
      expect([page.url(), faultsThere, await overflows(page)]).toEqual([page.url(), [], false]);
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

    const person = await world.createAccount({ name: 'Jana Nováková' });
    await turnOnTotp(world.core, person.id);
    const subject = `Web stojí ${person.id}`;
    const account = (await world.core.accounts.get(person.id))!;
    await world.core.ownRequests.ask(account, { subject, text: 'Od rána.' }, undefined);
    await page.goto(`${world.issuer}/admin/queues`);
    await check();
    await page.getByRole('link', { name: subject }).click();
    await page.locator('form[action$="/take"] button').click();
    await page.locator('#notice').waitFor();
    await page.locator('#text').fill('Díváme se na to.');
    await page.locator('form[action$="/answer"] button').click();
    await page.locator('.messages li').nth(1).waitFor();
    await check();

    await page.goto(`${world.issuer}/admin/accounts/${person.id}/edit`);
    await page.locator('#phone').fill('123');
    await page.locator('#reason').fill('volala sama');
    await page.locator('form.card button[type=submit]').click();
    await page.locator('#phone-error').waitFor();
    await check();
    await page.goto(`${world.issuer}/admin/accounts/${person.id}/totp-removal`);
    await page.locator('#reason').fill('občanský průkaz na pobočce');
    await check();
    await page.locator('form.stack button[type=submit]').click();
    await page.locator('#notice').waitFor();
    await check();
    await page.goto(`${world.issuer}/admin/queues/totp-removals`);
    await page.getByRole('link', { name: 'Jana Nováková' }).first().waitFor();
    await check();

    for (const path of [
      'clients',
      'clients/registration',
      `accounts/${id}`,
      `accounts/${id}/history`,
      'queues/closings',
      'queues/messages',
      'upstreams',
      'audit',
      'bans/new',
      'keys',
      'operators',
    ]) {
      await page.goto(`${world.issuer}/admin/${path}`);
      await check(!isDark);
    }
    expect(faults).toEqual([]);
    await context.close();
  },
  180_000,
);

// Support access in a real browser: the person's pages, the console's, and an account under the banner of support.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  accessibilityFaults,
  launchChromium,
  openPage,
  overflows,
  type Watched,
} from '../support/chromium.ts';
import { createOperator } from '../support/console.ts';
import { colleague, customerOf } from '../support/members.ts';
import { appCode } from '../support/second-factor.ts';
import { REASON, SUPPORT_PAGE } from '../support/support-access.ts';
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

async function look({ page }: Watched, path: string): Promise<void> {
  await page.goto(world.issuer + path);
  expect([path, await overflows(page)]).toEqual([path, false]);
  expect([path, await accessibilityFaults(page)]).toEqual([path, []]);
}

async function signIn(page: Page, email: string, path: string): Promise<void> {
  await page.goto(world.issuer + path);
  await page.locator('#login').fill(email);
  await page.locator('#password').fill(PASSWORD);
  await page.keyboard.press('Enter');
}

const looks = [
  { viewport: { width: 360, height: 740 }, locale: 'cs-CZ', colorScheme: 'dark' },
  { viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme: 'light' },
] as const;

test.for(looks)(
  'S32: let in, looked at, ended: $locale at $viewport.width',
  { timeout: 240_000 },
  async (options) => {
    const { id, email } = await world.createAccount({ name: 'Jana Nováková' });
    const customer = await customerOf(world, id);
    const peer = await colleague(world, customer.id, 'owner');
    await world.core.supportAccess.allow(customer.id, (await world.core.accounts.get(peer.id))!);
    const person = await openPage(browser, [world.issuer], options);
    const staff = await openPage(browser, [world.issuer], options);
    await signIn(person.page, email, SUPPORT_PAGE);
    await person.page.waitForURL(`**${SUPPORT_PAGE}`);
    await look(person, SUPPORT_PAGE);
    await look(person, `${SUPPORT_PAGE}/allow`);
    await person.page.locator('main form button').click();
    await person.page.waitForURL(`**${SUPPORT_PAGE}`);

    const allowance = (await world.core.supportAccess.allowances.own(customer.id, id))!;
    const operator = await createOperator(world, 'support');
    await signIn(staff.page, operator.email, '/admin/support-access');
    await staff.page.locator('#code').fill(appCode(operator.key, new Date()));
    await staff.page.keyboard.press('Enter');
    await staff.page.waitForURL('**/admin/support-access');
    await staff.page.goto(`${world.issuer}/admin/support-access/${allowance.id}/enter`);
    await staff.page.locator('#reason').fill(REASON);
    await staff.page.locator('main form button').click();
    await staff.page.waitForURL('**/account');
    for (const path of ['/account', '/account/security/password', '/admin/support-access'])
      await look(staff, path);
    // What could not be sent is not offered, and what could is.
    await staff.page.goto(`${world.issuer}/account/profile`);
    expect(await staff.page.locator('main form[method=post] button:visible').count()).toBe(0);
    expect(await staff.page.locator('main :is(input, select):enabled').count()).toBe(0);
    expect(await staff.page.locator('.support-bar button:visible').count()).toBe(1);
    await look(staff, '/account/security');
    expect(await staff.page.locator('main .setting .button:visible').count()).toBeLessThan(5);
    for (const path of ['/account/history', SUPPORT_PAGE]) await look(person, path);

    await person.page.locator(`main form[action*="${allowance.id}"] button`).click();
    await person.page.waitForURL(`**${SUPPORT_PAGE}`);
    await look(staff, '/account');
    expect(await staff.page.locator('.support-bar').count()).toBe(0);
    expect([...person.faults, ...staff.faults]).toEqual([]);
    await Promise.all([person.context.close(), staff.context.close()]);
  },
);

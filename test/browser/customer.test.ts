// The pages of a customer in a real browser: readable narrow and wide, in both languages, and an invitation on a phone.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { addMember, colleague, customerOf } from '../support/members.ts';
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
  { name: 'desktop-en-light', viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme: 'light' },
] as const;

describe.each(looks)('$name', ({ name: _name, ...look }) => {
  test('S20: every page of the customer can be read and used', async () => {
    const { id, email } = await world.createAccount();
    const customer = await customerOf(world, id);
    const peer = await colleague(world, customer.id, 'viewer');
    const other = await world.createAccount();
    await addMember(world, (await customerOf(world, other.id)).id, id, 'manager');
    const account = (await world.core.accounts.get(id))!;
    const from = { account, locale: 'cs', address: undefined } as const;
    const boss = (await world.core.accounts.get(other.id))!;
    const third = await customerOf(world, (await world.createAccount()).id);
    await addMember(world, third.id, other.id, 'owner');
    const asked = { email, role: 'manager' };
    await world.core.customerRules.membership.invite(third.id, asked, { ...from, account: boss });
    const wanted = { email: `${'w'.repeat(50)}@mail.example`, role: 'viewer' };
    await world.core.customerRules.membership.invite(customer.id, wanted, from);

    const { page, faults, context } = await openPage(browser, [world.issuer], look);
    await page.goto(`${world.issuer}/account/members`);
    await page.locator('#login').fill(email);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/members');
    for (const path of [
      '/account',
      '/account/members',
      '/account/members/invite',
      `/account/members/${peer.id}`,
      '/account/customer',
      '/account/customer/contacts',
      '/account/customer/changes',
      `/account/customers/${customer.id}/leave`,
      '/account/customers',
      '/account/invitations',
      '/account/customer/closing',
    ]) {
      await page.goto(world.issuer + path);
      expect([path, await accessibilityFaults(page)]).toEqual([path, []]);
      expect([path, await overflows(page)]).toEqual([path, false]);
    }
    // The menu is there by keyboard too, folded or not.
    if (look.viewport.width < 960) await page.locator('.menu__summary').press('Enter');
    await page.locator('.menu a[href="/account/security"]:visible').click();
    await page.waitForURL('**/account/security');
    expect(faults).toEqual([]);
    await context.close();
    // Eight pages under axe, on a machine that may be busy.
  }, 240_000);
});

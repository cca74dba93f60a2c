// One person's first days in a real browser at the demo: they register on the way to the panel, forget the password and
// recover, move to another e-mail address and take that back.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { startDemo, type Demo } from '../support/demo.ts';

let demo: Demo;
let browser: Browser;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await demo.stop();
});

const looks = [
  {
    name: 'on a phone, in Czech, dark',
    options: { viewport: { width: 320, height: 700 }, locale: 'cs-CZ', colorScheme: 'dark' },
  },
  {
    name: 'on a desktop, in English, light',
    options: { viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme: 'light' },
  },
] as const;

/** The latest message that holds such a thing; it may be a moment on its way. */
async function inMessages(page: Page, pattern: RegExp): Promise<string> {
  const inbox = await page.context().newPage();
  try {
    for (;;) {
      await inbox.goto(`${demo.panel}/inbox`);
      const found = pattern.exec(await inbox.locator('main').innerText())?.[0];
      if (found !== undefined) return found;
    }
  } finally {
    await inbox.close();
  }
}

const proofIsDone = (page: Page) =>
  page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('input[name=altcha]')!.value !== '',
    null,
  );

test.each(looks)(
  'S3, S62–S65, S2: registers and signs in at the panel; S9–S11, S66: forgets the password; S69: moves and undoes it, $name',
  async ({ options }) => {
    const { context, page, faults } = await openPage(browser, [demo.issuer, demo.panel], options);
    const email = `rehor.${options.viewport.width}@example.cz`;
    const link = (path: string) => new RegExp(`${demo.issuer}/${path}/[\\w-]{43}[^\\s]*`);
    const check = async () => {
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overflows(page), `${page.url()} is wider than the window`).toBe(false);
    };
    const send = (field: string) =>
      page.locator(`form:has([name=${field}]) button[type=submit]`).first().click();
    const signIn = async (password: string) => {
      await page.locator('#login').fill(email);
      await page.locator('#password').fill(password);
      await send('password');
    };
    /** Makes a password up where the page offers to, and gives it back. */
    const makeUp = async () => {
      await page.locator('.password-tools button').click();
      return page.locator('input[data-new-password]').inputValue();
    };

    await page.goto(demo.panel);
    await page.locator('a.button').first().click();
    await page.locator('a[href^="/register"]').click();
    await check();
    await page.locator('#given_name').fill('Řehoř');
    await page.locator('#family_name').fill('Žluťoučký');
    await page.locator('#email').fill(email);
    await page.locator('#phone').fill(`601 222 ${options.viewport.width}`.slice(0, 11));
    const first = await makeUp();
    await proofIsDone(page);
    await send('given_name');
    await page.waitForURL(`${demo.issuer}/register/code`);
    await page.locator('[name=code]').fill(await inMessages(page, /\b\d{6}\b/));
    await send('code');
    await page.waitForURL(`${demo.issuer}/register/mail`);
    await check();
    await page.goto(await inMessages(page, link('activate')));
    await page.locator('main form button[type=submit]').click();
    await page.locator('main a.button').first().click();
    await signIn(first);
    await page.waitForURL(`${demo.panel}/`);
    await page
      .getByRole('row', { name: /Řehoř Žluťoučký/ })
      .first()
      .waitFor();

    await page.goto(`${demo.issuer}/recover`);
    await page.locator('[name=known]').fill(email);
    await proofIsDone(page);
    await send('known');
    await page.locator('.symbol').waitFor();
    await page.goto(await inMessages(page, link('recover')));
    await check();
    const second = await makeUp();
    await page.locator('#repeat').fill(second);
    await send('repeat');
    await page.locator('.symbol').waitFor();

    await page.goto(`${demo.issuer}/account/security/email`);
    await signIn(second);
    await page.waitForURL(`${demo.issuer}/account/security/email`);
    const moved = email.replace('@', '.novy@');
    await page.locator('#email').fill(moved);
    await page.locator('#password').fill(second);
    await send('email');
    await page.goto(await inMessages(page, link('change-email')));
    await check();
    await page.locator('main form button[type=submit]').click();
    await page.goto(`${demo.issuer}/account/security/email`);
    await page.getByText(moved).first().waitFor();

    await page.goto(await inMessages(page, link('undo-email')));
    await check();
    await page.locator('main form button[type=submit]').click();
    await page.goto(`${demo.issuer}/account/security/email`);
    await signIn(second);
    await page.locator('.tile__name', { hasText: email }).waitFor();
    await check();
    expect(faults).toEqual([]);
    await context.close();
  },
  90_000,
);

// The main job in a real browser: the demo's hosting panel sends a person to the hosted pages and back.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { startDemo, type Demo } from '../support/demo.ts';

const PASSWORD = 'porter-demo-2026';
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
    options: { viewport: { width: 360, height: 740 }, locale: 'cs-CZ', colorScheme: 'dark' },
    signIn: 'Přihlásit se',
    signOut: 'Odhlásit se',
  },
  {
    name: 'on a desktop, in English, light',
    options: { viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme: 'light' },
    signIn: 'Sign in',
    signOut: 'Sign out',
  },
] as const;

describe.each(looks)('$name', ({ options, signIn, signOut }) => {
  test('S7: a person signs in at the panel, sees the claims, and signs out', async () => {
    const { context, page, faults } = await openPage(browser, [demo.issuer, demo.panel], options);
    const check = async () => {
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overflows(page), `${page.url()} is wider than the window`).toBe(false);
    };
    await page.goto(demo.panel);
    await check();
    await page.getByRole('link', { name: signIn, exact: true }).click();
    await page.waitForURL(`${demo.issuer}/interaction/**`);
    await check();

    await page.locator('#login').fill('jana');
    await page.locator('#password').fill('not the password');
    await page.getByRole('button', { name: signIn, exact: true }).click();
    await page.locator('#problem').waitFor();
    expect(await page.locator('#login').inputValue()).toBe('jana');
    await check();

    await page.locator('#password').fill(PASSWORD);
    await page.getByRole('button', { name: signIn, exact: true }).click();
    await page.waitForURL(`${demo.panel}/`);
    await page.getByRole('row', { name: /customer_name Květinářství U Lípy s\.r\.o\./ }).waitFor();
    await check();

    await page.getByRole('link', { name: /prompt=none/ }).click();
    await page.waitForURL(`${demo.panel}/`);
    await page.getByRole('row', { name: /customer_name/ }).waitFor();

    await page.getByRole('button', { name: signOut, exact: true }).click();
    await page.waitForURL(`${demo.issuer}/logout**`);
    await check();
    await page.getByRole('button', { name: signOut, exact: true }).click();
    await page.waitForURL(`${demo.panel}/`);

    await page.getByRole('link', { name: /prompt=none/ }).click();
    await page.getByText('login_required').first().waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

test('everything works from the keyboard alone', async () => {
  const { context, page, faults } = await openPage(browser, [demo.issuer, demo.panel]);
  await page.goto(`${demo.panel}/login`);
  await page.locator('#login:focus').waitFor();
  await page.keyboard.type('alex');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${demo.panel}/`);
  expect(faults).toEqual([]);
  await context.close();
});

test('a double click on Sign in ends at the panel all the same', async () => {
  const { context, page, faults } = await openPage(browser, [demo.issuer, demo.panel]);
  await page.goto(`${demo.panel}/login`);
  await page.locator('#login').fill('alex');
  await page.locator('#password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).dblclick();
  await page.waitForURL(`${demo.panel}/`);
  expect(faults).toEqual([]);
  await context.close();
});

test('it all works with scripts off', async () => {
  const { context, page } = await openPage(browser, [demo.issuer, demo.panel], { javaScriptEnabled: false });
  await page.goto(`${demo.panel}/login`);
  await page.locator('#login').fill('alex');
  await page.locator('#password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${demo.panel}/`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL(`${demo.panel}/`);
  await context.close();
});

test('the back button after signing in shows where things stand instead of an error', async () => {
  const { context, page, faults } = await openPage(browser, [demo.issuer, demo.panel]);
  await page.goto(`${demo.panel}/login`);
  const signInPage = page.url();
  await page.locator('#login').fill('alex');
  await page.locator('#password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${demo.panel}/`);
  await page.goto(signInPage);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('link', { name: /Hosting panel/ }).click();
  await page.waitForURL(new RegExp(`^${demo.panel}/`));
  expect(faults).toEqual([]);
  await context.close();
});

test('the television signs in by the code that is typed elsewhere', async () => {
  const { context, page, faults } = await openPage(browser, [demo.issuer, demo.panel]);
  await page.goto(demo.panel);
  await page.getByRole('link', { name: 'Sign in on a television' }).click();
  await page.getByRole('button', { name: 'Turn the television on' }).click();
  const code = (await page.locator('.user-code').textContent())!;
  expect(await accessibilityFaults(page)).toEqual([]);
  const phone = await openPage(browser, [demo.issuer]);
  await phone.page.goto(`${demo.issuer}/device`);
  await phone.page.locator('#user_code').fill(code);
  await phone.page.keyboard.press('Enter');
  await phone.page.getByRole('button', { name: /continue to sign-in/ }).click();
  await phone.page.locator('#login').fill('alex');
  await phone.page.locator('#password').fill(PASSWORD);
  await phone.page.keyboard.press('Enter');
  await phone.page.getByRole('heading', { name: 'The device is signed in' }).waitFor();
  // Its page comes again by itself, every five seconds.
  await page.getByText('Alex Porter').waitFor();
  expect([...faults, ...phone.faults]).toEqual([]);
  await Promise.all([context.close(), phone.context.close()]);
});

test('the page of sent messages is there, empty at first', async () => {
  const { context, page, faults } = await openPage(browser, [demo.issuer, demo.panel]);
  await page.goto(`${demo.panel}/inbox`);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

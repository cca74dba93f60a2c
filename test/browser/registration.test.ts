// S2, S62–S65 as a person meets them: the whole registration in a real browser, down to 320 pixels, from the sign-in
// page of an application and back to it.

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { openClientSite, type ClientSite } from '../support/client-site.ts';
import { openWorld, type World } from '../support/world.ts';

const env = {
  VRATNY_TERMS_URL: 'https://hoster.example/terms',
  VRATNY_PRIVACY_URL: 'https://hoster.example/privacy',
};

let browser: Browser;
let world: World;
let site: ClientSite;
let clientOrigin: string;
beforeAll(async () => {
  browser = await launchChromium();
  site = await openClientSite();
  clientOrigin = site.origin;
});
afterAll(async () => {
  await browser.close();
  site.close();
});
afterEach(() => world.close());

const looks = [
  {
    name: 'on a phone, in Czech, dark',
    viewport: { width: 320, height: 640 },
    locale: 'cs-CZ',
    colorScheme: 'dark',
    generate: 'Vymyslet heslo',
    strong: 'Silné',
  },
  {
    name: 'on a desktop, in English',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    colorScheme: 'light',
    generate: 'Make up a password',
    strong: 'Strong',
  },
] as const;

describe.each(looks)('$name', ({ name: _name, generate, strong, ...look }) => {
  test('S2, S62–S65: form, code, mailed link, sign-in, and back at the application', async () => {
    world = await openWorld({ env });
    const client = await world.createClient({ redirect_uris: [`${clientOrigin}/callback`] });
    const { page, faults, context } = await openPage(browser, [world.issuer, clientOrigin], look);
    const check = async () => {
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overflows(page), `${page.url()} is wider than the window`).toBe(false);
    };
    await page.goto(world.authorizeUrl(client));
    await check();
    await page.locator('a[href^="/register"]').click();
    await page.locator('#given_name').waitFor();
    expect(await page.locator('#company').isVisible()).toBe(false);
    await page.locator('#kind-company').check();
    expect(await page.locator('#company').isVisible()).toBe(true);
    await page.locator('#kind-person').check();

    // What is wrong is told at its field, and the rest stays.
    await page.locator('#given_name').fill('Jana');
    await page.locator('#family_name').fill('Nováková');
    await page.locator('#email').fill('jana@mail.example');
    await page.locator('#phone').fill('900 123 456');
    await page.locator('#terms').check();
    await page.locator('#privacy').check();
    await page.locator('#password').fill('aaaaaaaaaaaaaaa');
    expect(await page.locator('.password-tools__meter').getAttribute('value')).toBe('1');
    await page.locator('[data-state=done]').waitFor();
    await page.locator('form.register button[type=submit]').click();
    await page.locator('#phone-error').waitFor();
    await check();
    expect(await page.locator('#given_name').inputValue()).toBe('Jana');

    await page.locator('#phone').fill('602 123 456');
    await page.getByRole('button', { name: generate }).click();
    const password = await page.locator('#password').inputValue();
    expect(password.length).toBeGreaterThan(20);
    expect(await page.locator('#password').getAttribute('type')).toBe('text');
    expect(await page.locator('.password-tools__level').innerText()).toBe(strong);
    await page.locator('[data-state=done]').waitFor();
    await check();
    await page.locator('form.register button[type=submit]').click();
    await page.locator('#code').waitFor();
    await check();
    await world.core.outbox.idle();
    const [code] = /\b\d{6}\b/.exec(world.texts.at(-1)!.text)!;
    await page.locator('#code').fill(code);
    await page.keyboard.press('Enter');
    await page.locator('[data-await]').waitFor();
    await check();

    // The link is opened elsewhere; the page that waits goes on by itself.
    await world.core.outbox.idle();
    const [link] = /http:\S+\/activate\/[\w-]{43}/.exec(world.mails.at(-1)!.text)!;
    const phone = await openPage(browser, [world.issuer], look);
    await phone.page.goto(link);
    expect(await accessibilityFaults(phone.page)).toEqual([]);
    expect(await overflows(phone.page)).toBe(false);
    await phone.page.locator('main button[type=submit]').click();
    await phone.page.locator('main a.button[href="/account"]').waitFor();
    expect(await accessibilityFaults(phone.page)).toEqual([]);
    expect(phone.faults).toEqual([]);
    await phone.context.close();

    await page.locator('main a.button[href^="/interaction/"]').click();
    await page.locator('#login').fill('jana@mail.example');
    await page.locator('#password').fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${clientOrigin}/callback?code=**`);
    expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
    expect(faults).toEqual([]);
    await context.close();
  });
});

test('without JavaScript the form can be filled in by hand, and says what the proof of work needs', async () => {
  world = await openWorld({ env });
  const { page, context } = await openPage(browser, [world.issuer], { javaScriptEnabled: false });
  await page.goto(`${world.issuer}/register`);
  expect(await page.locator('main').innerText()).toContain('This form needs JavaScript');
  expect(await page.locator('#password').isVisible()).toBe(true);
  await page.locator('#kind-company').check();
  await page.locator('#company').fill('Hvězdy, s.r.o.');
  await page.locator('#email').fill('jana@mail.example');
  await page.locator('#phone').fill('602 123 456');
  await page.locator('#password').fill('correct horse battery');
  await page.locator('#terms').check();
  await page.locator('#privacy').check();
  await page.locator('form.register button[type=submit]').click();
  expect(await page.locator('#problem').innerText()).toContain('It needs JavaScript');
  expect(await page.locator('#company').inputValue()).toBe('Hvězdy, s.r.o.');
  await context.close();
});

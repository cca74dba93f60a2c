// The pages that the demo does not lead to, in a real browser: consent, account selection, setting a password,
// form_post, errors. Each narrow and wide, light and dark, in both languages.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { openClientSite, type ClientSite } from '../support/client-site.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

let world: World;
let browser: Browser;
let site: ClientSite;
/** The relying party's own address: shows what arrives, and has a logo. */
let clientOrigin: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(), launchChromium()]);
  site = await openClientSite();
  clientOrigin = site.origin;
});
afterAll(async () => {
  await browser.close();
  site.close();
  await world.close();
});

const looks = [
  {
    name: 'on a phone, in Czech, dark',
    viewport: { width: 320, height: 640 },
    locale: 'cs-CZ',
    colorScheme: 'dark',
  },
  {
    name: 'on a tablet, in Czech, light',
    viewport: { width: 820, height: 1100 },
    locale: 'cs-CZ',
    colorScheme: 'light',
  },
  {
    name: 'on a desktop, in English, dark',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    colorScheme: 'dark',
  },
] as const;

const signIn = async (page: Page, login: string) => {
  await page.locator('#login').fill(login);
  await page.locator('#password').fill(PASSWORD);
  await page.keyboard.press('Enter');
};

describe.each(looks)('$name', ({ name: _name, ...look }) => {
  async function open() {
    const opened = await openPage(browser, [world.issuer, clientOrigin], look);
    const check = async () => {
      expect(await accessibilityFaults(opened.page)).toEqual([]);
      expect(await overflows(opened.page), `${opened.page.url()} is wider than the window`).toBe(false);
    };
    return { ...opened, check };
  }

  test('a stranger’s application asks for consent under its own logo and colour, and gets its answer', async () => {
    const { page, check, faults, context } = await open();
    const partner = await world.createClient({
      client_name: 'Statistiky s velmi dlouhým názvem od partnera',
      client_uri: clientOrigin,
      logo_uri: `${clientOrigin}/logo.svg`,
      policy_uri: `${clientOrigin}/privacy`,
      accent_color: '#b3006b',
      first_party: false,
      redirect_uris: [`${clientOrigin}/callback`],
    });
    const { email } = await world.createAccount();
    const scope = 'openid profile email phone address customer offline_access';
    const more = { scope, prompt: 'login consent', state: 'x'.repeat(30) };
    await page.goto(world.authorizeUrl(partner, more));
    await check();
    await signIn(page, email);
    await page.waitForURL(`${world.issuer}/interaction/*/consent`);
    await check();
    expect(await page.locator('body').innerText()).toContain(new URL(clientOrigin).host);
    expect(site.asked).toContainEqual({ path: '/logo.svg', referer: undefined });
    const allow = page.locator('form[action$="/consent"] button');
    expect(await allow.evaluate((button) => getComputedStyle(button).backgroundColor)).toBe(
      'rgb(179, 0, 107)',
    );
    await allow.click();
    await page.waitForURL(`${clientOrigin}/callback?code=**`);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('account selection, and signing in as somebody else', async () => {
    const { page, check, faults, context } = await open();
    const panel = await world.createClient({ redirect_uris: [`${clientOrigin}/callback`] });
    const [first, second] = [await world.createAccount(), await world.createAccount()];
    await page.goto(world.authorizeUrl(panel));
    await signIn(page, first.email);
    await page.waitForURL(`${clientOrigin}/callback?code=**`);
    await page.goto(world.authorizeUrl(panel, { prompt: 'select_account' }));
    await check();
    await page.locator('button[value=other]').click();
    await page.locator('#password').waitFor();
    await signIn(page, second.email);
    await page.waitForURL(`${clientOrigin}/callback?code=**`);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('form_post goes on by itself to the client', async () => {
    const { page, faults, context } = await open();
    const panel = await world.createClient({ redirect_uris: [`${clientOrigin}/callback`] });
    const { email } = await world.createAccount();
    await page.goto(world.authorizeUrl(panel, { response_mode: 'form_post' }));
    await signIn(page, email);
    await page.getByText('back at the client').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  test('S3: a mailed link sets the password, says what will not do, and works once', async () => {
    const { page, check, faults, context } = await open();
    const { id, email } = await world.createAccount();
    const { url } = await world.core.setPassword.offer((await world.core.accounts.get(id))!);
    await page.goto(url);
    await check();
    await page.locator('#password').fill('krátké');
    await page.locator('#repeat').fill('krátké');
    await page.keyboard.press('Enter');
    await page.locator('[aria-invalid=true]').waitFor();
    await check();
    await page.locator('#password').fill('příliš žluťoučký kůň');
    await page.locator('#repeat').fill('příliš žluťoučký kůň');
    await page.keyboard.press('Enter');
    await page.locator('#password').waitFor({ state: 'detached' });
    await check();
    await world.core.outbox.idle();
    expect(world.mails.at(-1)?.to).toBe(email);
    const again = await page.goto(url);
    expect(again?.status()).toBe(410);
    await check();
    expect(faults).toEqual([]);
    await context.close();
  });

  test('errors, the stale page, the home page and signing out without a session are pages of ours', async () => {
    const { page, check, faults, context } = await open();
    for (const path of [
      '/',
      '/nowhere',
      '/authorize?client_id=nobody',
      '/interaction/gone',
      '/logout/success',
    ]) {
      await page.goto(`${world.issuer}${path}`);
      await check();
    }
    await page.goto(`${world.issuer}/logout`);
    await page.waitForURL(`${world.issuer}/logout/success`);
    expect(faults).toEqual([]);
    await context.close();
  });
});

test('the language switch keeps the page, the typed request and the choice', async () => {
  const { page, faults, context } = await openPage(browser, [world.issuer, clientOrigin]);
  const panel = await world.createClient({ redirect_uris: [`${clientOrigin}/callback`] });
  await page.goto(world.authorizeUrl(panel));
  const address = page.url();
  await page.getByRole('link', { name: 'Čeština' }).click();
  await page.getByRole('heading', { name: 'Přihlášení' }).waitFor();
  expect(page.url()).toBe(address);
  await page.goto(`${world.issuer}/authorize?client_id=nobody&state=a%2Fb`);
  expect(await page.locator('html').getAttribute('lang')).toBe('cs');
  await page.getByRole('link', { name: 'English' }).click();
  await page.waitForURL(`${world.issuer}/authorize?client_id=nobody&state=a%2Fb`);
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  expect(faults).toEqual([]);
  await context.close();
});

test('after signing out the back button shows nothing of the person', async () => {
  const { page, context } = await openPage(browser, [world.issuer, clientOrigin]);
  const partner = await world.createClient({
    first_party: false,
    redirect_uris: [`${clientOrigin}/callback`],
  });
  const { email } = await world.createAccount({ name: 'Tajný Člověk' });
  await page.goto(world.authorizeUrl(partner));
  await signIn(page, email);
  await page.waitForURL('**/consent');
  const consentPage = page.url();
  await page.goto(`${world.issuer}/logout`);
  await page.locator('button[name=logout]').click();
  await page.waitForURL(`${world.issuer}/logout/success`);
  await page.goto(consentPage);
  expect(await page.locator('body').innerText()).not.toContain('Tajný Člověk');
  await context.close();
});

// Passkeys in a real browser, with Chromium's own virtual authenticator: added on the account page, used by button,
// by autofill and as the second factor, and what the page says when nothing comes of it.

import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { openClientSite, type ClientSite } from '../support/client-site.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { text } from '../support/texts.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

const PATH = '/account/security/passkeys';
let world: World;
let browser: Browser;
let site: ClientSite;
let clientOrigin: string;
let client: IssuedClient;

beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(), launchChromium()]);
  site = await openClientSite();
  clientOrigin = site.origin;
  client = await world.createClient({ redirect_uris: [`${clientOrigin}/callback`] });
});
afterAll(async () => {
  await browser.close();
  site.close();
  await world.close();
});

type DeviceWanted = { verifies?: boolean; autofill?: boolean; look?: BrowserContextOptions };

/**
 * A page whose device has an authenticator built in. `verifies`: whether it checks who holds it. `autofill`: whether
 * the browser offers passkeys by itself, which the authenticator would accept before anything is pressed.
 */
async function openDevice({ verifies = true, autofill = false, look = {} }: DeviceWanted = {}) {
  const opened = await openPage(browser, [world.issuer, clientOrigin], look);
  if (!autofill) {
    await opened.page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
    });
  }
  const cdp = await opened.context.newCDPSession(opened.page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: verifies,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
    },
  });
  return { ...opened, cdp, authenticatorId };
}

const signIn = async (page: Page, login: string) => {
  await page.locator('#login').fill(login);
  await page.locator('#password').fill(PASSWORD);
  await page.keyboard.press('Enter');
};

/** The person at the device must do something from now on, or need not. */
const presence = (cdp: CDPSession, authenticatorId: string, enabled: boolean) =>
  cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });

const button = (page: Page, key: string) => page.getByRole('button', { name: text(key), exact: true });
const wentBack = (page: Page) => page.waitForURL(`${clientOrigin}/callback?code=**`);

/** Adds a passkey on the account page. */
async function addPasskey({ page }: { page: Page }, email: string): Promise<void> {
  await page.goto(`${world.issuer}${PATH}`);
  await signIn(page, email);
  await page.waitForURL(`${world.issuer}${PATH}`);
  await page.locator('#password').fill(PASSWORD);
  await button(page, 'account.passkeys.add').click();
  await button(page, 'account.passkeys.new.submit').click();
  await page.getByText(text('account.notice.passkey_added')).waitFor();
}

const looks = [
  {
    locale: 'en',
    look: { viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme: 'light' },
  },
  {
    locale: 'cs',
    look: { viewport: { width: 320, height: 640 }, locale: 'cs-CZ', colorScheme: 'dark' },
  },
] as const;

describe.each(looks)('in $locale', ({ locale, look }) => {
  test('a passkey is added on the account page, signs in by button, and is removed', async () => {
    const device = await openDevice({ look });
    const { page, faults, context } = device;
    const say = (key: string) => page.getByText(text(key, {}, locale)).first();
    const press = (key: string) =>
      page.getByRole('button', { name: text(key, {}, locale), exact: true }).click();
    const check = async () => {
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overflows(page), `${page.url()} is wider than the window`).toBe(false);
    };
    const { email } = await world.createAccount();

    await page.goto(`${world.issuer}${PATH}`);
    await signIn(page, email);
    await page.waitForURL(`${world.issuer}${PATH}`);
    await check();
    await page.locator('#password').fill('not the password');
    await press('account.passkeys.add');
    await say('account.passkeys.problem.wrong_password').waitFor();
    await check();
    await page.locator('#password').fill(PASSWORD);
    await press('account.passkeys.add');
    await page.locator('#name').waitFor();
    await check();
    expect(await page.locator('#name').inputValue()).toContain('Chrome');
    await page.locator('#name').fill('Můj notebook');
    await press('account.passkeys.new.submit');
    await say('account.notice.passkey_added').waitFor();
    await page.getByText('Můj notebook').first().waitFor();
    await check();

    await page.goto(world.authorizeUrl(client, { prompt: 'login' }));
    await check();
    await press('step.passkey.offer');
    await wentBack(page);

    await page.goto(`${world.issuer}${PATH}`);
    await page.getByRole('link', { name: /Můj notebook/ }).click();
    await page.waitForURL(`${world.issuer}${PATH}/*`);
    await check();
    await page.locator('#password').fill(PASSWORD);
    await press('account.passkeys.remove');
    await say('account.notice.passkey_removed').waitFor();
    await page.goto(world.authorizeUrl(client, { prompt: 'login' }));
    await press('step.passkey.offer');
    await say('step.passkey.problem.not_accepted').waitFor();
    await check();
    expect(faults).toEqual([]);
    await context.close();
  });
});

test('a passkey is offered among the names that the browser fills in', async () => {
  const device = await openDevice({ autofill: true });
  const { page, cdp, authenticatorId, faults, context } = device;
  const { email } = await world.createAccount();
  await addPasskey(device, email);
  // The simulated hand waits, or it would choose before the page has been looked at.
  await presence(cdp, authenticatorId, false);
  await page.goto(world.authorizeUrl(client, { prompt: 'login' }));
  expect(await page.locator('#login').getAttribute('autocomplete')).toBe('username webauthn');
  // Choosing the passkey from the list is what the simulated presence does; nothing is pressed on the page.
  await presence(cdp, authenticatorId, true);
  await page.goto(world.authorizeUrl(client, { prompt: 'login' }));
  await wentBack(page);
  expect(faults).toEqual([]);
  await context.close();
});

test('with the app switched on, a passkey confirms instead of the code', async () => {
  const device = await openDevice({ verifies: false });
  const { page, faults, context } = device;
  const { id, email } = await world.createAccount();
  await addPasskey(device, email);
  await turnOnTotp(world.core, id);
  await page.goto(world.authorizeUrl(client, { prompt: 'login' }));
  await signIn(page, email);
  await page.waitForURL('**/totp');
  await page.getByRole('link', { name: text('step.passkey.offer') }).click();
  await page.getByRole('heading', { name: text('step.passkey.second_title') }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await button(page, 'step.passkey.submit').click();
  await wentBack(page);
  expect(faults).toEqual([]);
  await context.close();
});

test('W5: a passkey that checks nothing is one factor, and the code of the app is asked', async () => {
  const device = await openDevice();
  const { page, cdp, authenticatorId, faults, context } = device;
  const { id, email } = await world.createAccount();
  await addPasskey(device, email);
  const { key } = await turnOnTotp(world.core, id);
  await page.goto(world.authorizeUrl(client, { prompt: 'login' }));
  // Browsers do not let a passkey answer unverified when verification is required: this one was talked out of it.
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.locator('form[data-passkey]').evaluate((form: HTMLFormElement) => {
    form.dataset['options'] = form.dataset['options']!.replace('"required"', '"discouraged"');
  });
  await button(page, 'step.passkey.offer').click();
  await page.waitForURL('**/totp');
  await page.locator('#code').fill(appCode(key, world.core.clock.now()));
  await page.keyboard.press('Enter');
  await wentBack(page);
  expect(faults).toEqual([]);
  await context.close();
});

test('a person who changes their mind stays on the page, is told so in plain words, and can go on', async () => {
  const device = await openDevice();
  const { page, cdp, authenticatorId, faults, context } = device;
  const { email } = await world.createAccount();
  await addPasskey(device, email);
  await page.goto(world.authorizeUrl(client, { prompt: 'login' }));
  const address = page.url();
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await button(page, 'step.passkey.offer').click();
  await page.getByText(text('passkey.cancelled')).waitFor();
  expect(page.url()).toBe(address);
  expect(await page.locator('body').innerText()).not.toMatch(/NotAllowed|Error|timed out/);
  expect(await accessibilityFaults(page)).toEqual([]);
  await signIn(page, email);
  await wentBack(page);
  expect(faults).toEqual([]);
  await context.close();
});

test('a device with a passkey of the account is told apart from a failure', async () => {
  const device = await openDevice();
  const { page, faults, context } = device;
  const { email } = await world.createAccount();
  await addPasskey(device, email);
  await page.locator('#password').fill(PASSWORD);
  await button(page, 'account.passkeys.add').click();
  await button(page, 'account.passkeys.new.submit').click();
  await page.getByText(text('passkey.exists')).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('a sign-in page that one comes back to asks anew, unless something was typed into it', async () => {
  const { page, faults, context } = await openDevice();
  await page.clock.install();
  await page.goto(world.authorizeUrl(client));
  const question = () => page.locator('form[data-passkey]').getAttribute('data-options');
  const comeBack = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  const first = await question();
  await page.clock.fastForward('03:50');
  await comeBack();
  await page.locator('#login').fill('eva');
  await page.clock.fastForward('01:00');
  await comeBack();
  expect(await question()).toBe(first);
  await page.locator('#login').fill('');
  await Promise.all([page.waitForEvent('load'), comeBack()]);
  expect(await question()).not.toBe(first);
  expect(faults).toEqual([]);
  await context.close();
});

describe('without passkeys in the browser', () => {
  test('the sign-in page has no button for them, and their pages say why', async () => {
    const { page, faults, context } = await openPage(browser, [world.issuer, clientOrigin]);
    await page.addInitScript(() => {
      Object.defineProperty(globalThis, 'PublicKeyCredential', { value: undefined });
    });
    await page.goto(world.authorizeUrl(client));
    expect(await button(page, 'step.passkey.offer').count()).toBe(0);
    await page.goto(page.url().replace(/[^/]+$/, 'passkey'));
    await page.getByText(text('passkey.unsupported')).waitFor();
    expect(await button(page, 'step.passkey.submit').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('nor without scripts', async () => {
    const { page, context } = await openPage(browser, [world.issuer, clientOrigin], {
      javaScriptEnabled: false,
    });
    const { email } = await world.createAccount();
    await page.goto(`${world.issuer}${PATH}`);
    expect(await button(page, 'step.passkey.offer').count()).toBe(0);
    await signIn(page, email);
    await page.getByText(text('passkey.unsupported')).waitFor();
    expect(await button(page, 'account.passkeys.add').count()).toBe(0);
    await context.close();
  });
});

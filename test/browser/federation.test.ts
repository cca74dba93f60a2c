// MojeID as a person meets it, in a real browser and at the simulator: pairing and signing in, linking and unlinking, a
// registration that is filled in, and signing in without the password.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Simulator } from '../../src/demo/mojeid/start.ts';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { openClientSite, type ClientSite } from '../support/client-site.ts';
import { environmentFor, openSimulator, service } from '../support/mojeid.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

const narrow = { width: 360, height: 740 };
const wide = { width: 1280, height: 800 };
const IDENTITY = '/account/security/identities/mojeid';

let browser: Browser;
let simulator: Simulator;
let world: World;
let site: ClientSite;
let clientOrigin: string;
let signInUrl: string;
beforeAll(async () => {
  [browser, simulator] = await Promise.all([launchChromium(), openSimulator()]);
  site = await openClientSite();
  clientOrigin = site.origin;
  world = await openWorld({ env: { ...environmentFor(simulator), VRATNY_POW_MAX_NUMBER: '1000' } });
  simulator.services.add({ ...service, redirectUris: [`${world.issuer}/callback/mojeid`] });
  const client = await world.createClient({ redirect_uris: [`${clientOrigin}/callback`] });
  signInUrl = world.authorizeUrl(client);
});
afterAll(async () => {
  await browser.close();
  await world.close();
  await simulator.stop();
  site.close();
});
afterEach(() => simulator.forget());

/** A window, and what a person does in it. */
async function openWindow(look: BrowserContextOptions) {
  const { page, faults, context } = await openPage(
    browser,
    [world.issuer, simulator.origin, clientOrigin],
    look,
  );
  const press = (name: string, value: string) => page.locator(`button[name=${name}][value=${value}]`).click();
  return {
    page,
    press,
    /** The page as it stands is one that everybody can use. */
    async check(): Promise<void> {
      expect(await accessibilityFaults(page), page.url()).toEqual([]);
      expect(await overflows(page), `${page.url()} is wider than the window`).toBe(false);
    },
    /** Signs in at MojeID as one of its people, hands over the data, and comes back. */
    async goThrough(person: string): Promise<void> {
      await page.waitForURL(`${simulator.origin}/**`);
      if (page.url().includes('/login/')) await press('person', person);
      await page.locator('button[name=choice][value=allow]').waitFor();
      for (const box of await page.locator('input[type=checkbox]:not([name=remember]):not(:disabled)').all())
        await box.check();
      await press('choice', 'allow');
      const isBack = ({ origin, pathname }: URL) =>
        origin === clientOrigin || (origin === world.issuer && !pathname.startsWith('/callback'));
      await page.waitForURL(isBack);
    },
    async signIn(login: string): Promise<void> {
      await page.locator('#login').fill(login);
      await page.locator('#password').fill(PASSWORD);
      await page.locator('form:has(#password) button[type=submit]').first().click();
    },
    /** Confirms who it is, where a form of this address asks. */
    async prove(action: string): Promise<void> {
      const form = page.locator(`form[action$="${action}"]`);
      if ((await form.locator('#password').count()) > 0) await form.locator('#password').fill(PASSWORD);
      await form.locator('button[type=submit]').click();
    },
    async end(): Promise<void> {
      expect(faults).toEqual([]);
      await context.close();
    },
  };
}

const heading = (page: Page, text: string) => page.locator('h1', { hasText: text }).waitFor();

test('S7, S74, S76: an identity that nobody has, pairing, what differs, and then MojeID alone; on a phone, in Czech, dark', async () => {
  const { id, email } = await world.createAccount();
  const at = await openWindow({ viewport: narrow, locale: 'cs-CZ', colorScheme: 'dark' });
  const { page } = at;
  await page.goto(signInUrl);
  await at.press('upstream', 'mojeid');
  await page.waitForURL(`${simulator.origin}/**`);
  await at.check();
  await at.goThrough('d');
  await heading(page, 'Tuto identitu zatím neznáme');
  await at.check();
  await page.locator('a.button').first().click();
  await at.signIn(email);
  await heading(page, 'Propojit účet s');
  await at.check();
  await at.press('act', 'link');
  await heading(page, 'Které údaje platí?');
  await at.check();
  await page.locator('#name-take').check();
  await page.locator('form:has(input[name=serial]) button[type=submit]').click();
  await page.waitForURL(`${clientOrigin}/callback**`);
  expect((await world.core.accounts.get(id))!.doc.sources).toHaveProperty('name');

  await page.context().clearCookies();
  await page.goto(signInUrl);
  await at.press('upstream', 'mojeid');
  await at.goThrough('d');
  expect(page.url()).toContain(`${clientOrigin}/callback?code=`);
  await at.end();
});

test('S76, S78, S79: linking in the account, an identity that is taken, and unlinking; on a desktop, in English', async () => {
  const [one, two] = [await world.createAccount(), await world.createAccount()];
  const linksOf = async ({ id }: { id: string }) => (await world.core.federation.links.ofAccount(id)).length;
  const at = await openWindow({ viewport: wide });
  const { page } = at;
  await page.goto(`${world.issuer}${IDENTITY}`);
  await at.signIn(one.email);
  await heading(page, 'MojeID');
  await at.check();
  await at.prove('/link');
  await at.goThrough('a');
  await heading(page, 'Link your account to MojeID?');
  await at.check();
  await page.locator('form:has(input[name=serial]) button[type=submit]').click();
  await heading(page, 'Which data are right?');
  await at.check();
  await page.locator('form:has(input[name=serial]) button[type=submit]').click();
  await heading(page, 'Linked identities');
  await at.check();
  expect(await linksOf(one)).toBe(1);

  const other = await openWindow({ viewport: narrow, locale: 'cs-CZ' });
  await other.page.goto(`${world.issuer}${IDENTITY}`);
  await other.signIn(two.email);
  await heading(other.page, 'MojeID');
  await other.prove('/link');
  await other.goThrough('a');
  await heading(other.page, 'Účet se nepropojil');
  await other.check();
  expect(await linksOf(two)).toBe(0);
  await other.end();

  await page.goto(`${world.issuer}${IDENTITY}`);
  await at.check();
  await at.prove('/unlink');
  await heading(page, 'Linked identities');
  expect(await linksOf(one)).toBe(0);
  await at.end();
});

test('S75: a registration filled in by MojeID, changed, and linked at once; on a phone, in English', async () => {
  const at = await openWindow({ viewport: narrow });
  const { page } = at;
  await page.goto(signInUrl);
  await page.locator('a[href^="/register"]').click();
  await at.press('upstream', 'mojeid');
  await at.goThrough('b');
  await page.locator('#given_name').waitFor();
  await at.check();
  const email = await page.locator('#email').inputValue();
  expect(email).toContain('@');
  await page.locator('#family_name').fill('Jinak');
  await page.locator('form.register button[type=submit]').click();
  await page.locator('#code').waitFor();
  await world.core.outbox.idle();
  await page.locator('#code').fill(/\d{6}/.exec(world.texts.at(-1)!.text)![0]);
  await page.locator('form:has(#code) button[type=submit]').first().click();
  await page.locator('a.button[href^="/interaction/"]').waitFor();
  await at.check();
  const account = (await world.core.accounts.findByIdentifier(email))!;
  expect(account.doc).toMatchObject({ familyName: 'Jinak', emailVerified: true });
  expect(await world.core.federation.links.ofAccount(account.id)).toHaveLength(1);
  await page.locator('a.button[href^="/interaction/"]').click();
  await at.press('upstream', 'mojeid');
  await at.goThrough('b');
  expect(page.url()).toContain(`${clientOrigin}/callback?code=`);
  await at.end();
});

test('S77: signing in with MojeID alone, and with the password again; on a desktop, in Czech, dark', async () => {
  const { id, email } = await world.createAccount({ phone: '+420602000111', phoneVerified: true });
  const at = await openWindow({ viewport: wide, locale: 'cs-CZ', colorScheme: 'dark' });
  const { page } = at;
  const mode = '/account/security/password-sign-in';
  await page.goto(`${world.issuer}${IDENTITY}`);
  await at.signIn(email);
  await heading(page, 'MojeID');
  await at.prove('/link');
  await at.goThrough('c');
  await heading(page, 'Propojit účet s');
  await page.locator('form:has(input[name=serial]) button[type=submit]').click();
  await heading(page, 'Které údaje platí?');
  await page.goto(`${world.issuer}${mode}`);
  await at.check();
  await at.press('wanted', 'again');
  await at.press('upstream', 'mojeid');
  await at.goThrough('c');
  await page.locator('button[name=wanted][value=off]').waitFor();
  await at.check();
  await at.prove(mode);
  await page.locator('button[name=wanted][value=on]').waitFor();
  await at.check();
  expect((await world.core.accounts.get(id))!.doc.passwordOff).toBe(true);

  const other = await openWindow({ viewport: narrow });
  await other.page.goto(signInUrl);
  await other.signIn(email);
  await other.page.locator('#problem').waitFor();
  await other.end();

  await at.press('wanted', 'on');
  await page.locator('button[name=wanted][value=off], button[name=wanted][value=again]').first().waitFor();
  expect((await world.core.accounts.get(id))!.doc.passwordOff).not.toBe(true);
  await at.end();
});

// Apache with mod_auth_openidc, as docs/cookbook.md sets it up: a real relying party of others, in a real browser. It
// runs where Debian's packages are installed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasApache, startApache, type Apache } from '../support/apache.ts';
import { launchChromium, openPage } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { colleague, customerOf } from '../support/members.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

/** The settings that the cookbook gives, with what is ours in the place of its examples. */
function cookbookSettings(values: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(import.meta.dirname, '../../docs/cookbook.md'), 'utf8');
  const [, block = ''] = /```apache\n([^]*?)```/.exec(text) ?? [];
  return Object.entries(values).reduce((all, [example, own]) => all.replaceAll(example, own), block);
}

describe.skipIf(!hasApache)('Apache with mod_auth_openidc', () => {
  let world: World;
  let browser: Browser;
  let apache: Apache;
  beforeAll(async () => {
    [world, browser] = await Promise.all([
      openWorld({ env: { VRATNY_FETCH_ALLOW: '127.0.0.0/8, ::1/128' } }),
      launchChromium(),
    ]);
    const port = await freePort();
    const app = `http://localhost:${port}`;
    const client = await world.createClient({
      client_name: 'Apache',
      redirect_uris: [`${app}/oidc/callback`],
      post_logout_redirect_uris: [`${app}/signed-out`],
      backchannel_logout_uri: `${app}/oidc/callback?logout=backchannel`,
      first_party: true,
    });
    const settings = cookbookSettings({
      'https://id.example.com': world.issuer,
      'https://app.example.com': app,
      CLIENT_ID: client.metadata.client_id,
      CLIENT_SECRET: client.secret!,
      'a long random text': 'a passphrase of this test alone',
    });
    apache = await startApache(port, settings);
  });
  afterAll(async () => {
    await apache.stop();
    await browser.close();
    await world.close();
  });

  /** A browser that asks for a page of the application, signed in on the way. */
  async function signedIn(email: string, path: string) {
    const { page, context, faults } = await openPage(browser, [world.issuer, apache.origin]);
    await page.goto(apache.origin + path);
    await page.locator('#login').fill(email);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(apache.origin + path);
    const seen = async () =>
      JSON.parse(await page.locator('pre').innerText()) as [string, Record<string, string>];
    return { page, context, faults, seen };
  }

  test('a person signs in through it, the application sees the claims, and signing out there signs out here', async () => {
    const { id, email } = await world.createAccount({ locale: 'cs' });
    const customer = await customerOf(world, id);
    const { page, context, faults, seen } = await signedIn(email, '/orders?year=2026');
    const [url, headers] = await seen();
    expect(url).toBe('/orders?year=2026');
    expect(headers).toMatchObject({
      oidc_claim_sub: id,
      oidc_claim_email: email,
      oidc_claim_email_verified: '1',
      oidc_claim_customer_number: customer.doc.number,
      oidc_claim_customer_role: 'owner',
    });
    // A header of the visitor's own is not believed.
    await page.setExtraHTTPHeaders({ OIDC_CLAIM_sub: 'somebody else', 'OIDC-CLAIM-customer_role': 'owner' });
    await page.goto(`${apache.origin}/again`);
    expect((await seen())[1]['oidc_claim_sub']).toBe(id);
    await page.setExtraHTTPHeaders({});

    await page.goto(
      `${apache.origin}/oidc/callback?logout=${encodeURIComponent(`${apache.origin}/signed-out`)}`,
    );
    await page.waitForURL(`${world.issuer}/logout**`);
    await page.locator('main button[type=submit]').first().click();
    await page.waitForURL(`${apache.origin}/signed-out**`);
    await page.goto(`${apache.origin}/orders`);
    await page.waitForURL(`${world.issuer}/interaction/**`);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('a role opens what it may, and signing out everywhere ends the session in the application at once', async () => {
    const boss = await world.createAccount();
    const viewer = await colleague(world, (await customerOf(world, boss.id)).id, 'viewer');
    const owner = await signedIn(boss.email, '/owners/');
    expect((await owner.seen())[0]).toBe('/owners/');
    const other = await signedIn(viewer.email, '/orders');
    expect((await other.page.goto(`${apache.origin}/owners/`))!.status()).toBe(401);
    await world.core.signOutEverywhere(boss.id);
    await world.core.outbox.idle();
    await owner.page.goto(`${apache.origin}/orders`);
    expect(owner.page.url()).toContain(`${world.issuer}/interaction/`);
    await other.page.goto(`${apache.origin}/orders`);
    expect(other.page.url()).toBe(`${apache.origin}/orders`);
    await Promise.all([owner.context.close(), other.context.close()]);
  });
});

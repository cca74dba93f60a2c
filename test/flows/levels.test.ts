// Levels of authentication: what a client may ask for, what a session is good for, and what tokens say was proved.

import * as jose from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signedIn, exchange, atSignIn } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';

const [ONE, MULTI] = ['urn:vratny:acr:one-factor', 'urn:vratny:acr:multi-factor'];
const essential = JSON.stringify({ id_token: { acr: { essential: true, values: [MULTI] } } });

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let now = Date.now();
  beforeAll(async () => {
    world = await openWorld({ storage, clock: { now: () => new Date(now), sleep: () => Promise.resolve() } });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    now = Date.now();
  });

  const withTotp = async () => {
    const account = await world.createAccount();
    return { ...account, ...(await turnOnTotp(world.core, account.id)) };
  };
  const said = async (browser: Parameters<typeof exchange>[2]) =>
    jose.decodeJwt((await exchange(world, client, browser)).body.id_token!);

  test('a sign-in with password and code says so: acr multi-factor, amr pwd otp mfa', async () => {
    const { email, key } = await withTotp();
    const browser = await atSignIn(world, client);
    await browser.submit({ login: email, password: PASSWORD });
    await browser.submit({ code: appCode(key, new Date(now)) });
    expect(await said(browser)).toMatchObject({ acr: MULTI, amr: ['pwd', 'otp', 'mfa'] });
  });

  test.for([{ acr_values: MULTI }, { acr_values: `${MULTI} ${ONE}` }, { claims: essential }])(
    'a session with one factor is asked for the second when a client asks by %o',
    async (wanted) => {
      const account = await world.createAccount();
      const browser = await signedIn(world, client, account.email);
      const { key } = await turnOnTotp(world.core, account.id);
      await browser.open(world.authorizeUrl(client));
      expect(browser.callback['code']).toBeDefined();

      await browser.open(world.authorizeUrl(client, { ...wanted, prompt: 'none' }));
      expect(browser.callback['error']).toBe('login_required');
      await browser.open(world.authorizeUrl(client, wanted));
      await browser.submit({ password: PASSWORD });
      await browser.submit({ code: appCode(key, new Date(now)) });
      expect(await said(browser)).toMatchObject({ acr: MULTI });
      // And the session is good for it from now on.
      await browser.open(world.authorizeUrl(client, { ...wanted, prompt: 'none' }));
      expect(browser.callback['code']).toBeDefined();
    },
  );

  test('whoever has no second factor is let in with one when that is only preferred', async () => {
    const { email } = await world.createAccount();
    const browser = await signedIn(world, client, email, { acr_values: MULTI });
    expect(await said(browser)).toMatchObject({ acr: ONE, amr: ['pwd'] });
  });

  test('and refused when it is essential, after one sign-in and not in a circle', async () => {
    const { email } = await world.createAccount();
    const browser = await atSignIn(world, client, { claims: essential });
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.callback['error']).toBe('unmet_authentication_requirements');
  });

  test('a lower level first in acr_values asks for nothing more', async () => {
    const { email } = await world.createAccount();
    const browser = await signedIn(world, client, email);
    await browser.open(world.authorizeUrl(client, { acr_values: `${ONE} ${MULTI}`, prompt: 'none' }));
    expect(browser.callback['code']).toBeDefined();
  });

  test('discovery names both levels', async () => {
    const response = await fetch(`${world.issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      acr_values_supported: [ONE, MULTI],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });
});

// Signing in on a device that has no browser of its own (RFC 8628): a television, a terminal. Its person types a code
// elsewhere.

import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { allShapes } from '../../src/domain/collections.ts';
import { allowDevice, askDevice, atConfirmation, deviceClient, poll } from '../support/device.ts';
import { signedIn } from '../support/journeys.ts';
import { customerOf } from '../support/members.ts';
import { exchange, refresh, userinfo } from '../support/relying-party.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(() => closeWorld(world, storage));

  test('a certified library signs a device in, and the person finds it in their history', async () => {
    const client = await deviceClient(world);
    const { id, email } = await world.createAccount();
    const config = await oidc.discovery(
      new URL(world.issuer),
      client.metadata.client_id,
      undefined,
      oidc.None(),
      { execute: [oidc.allowInsecureRequests] },
    );
    const asked = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile offline_access' });
    expect(asked).toMatchObject({
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/) as string,
      verification_uri: `${world.issuer}/device`,
      verification_uri_complete: `${world.issuer}/device?user_code=${asked.user_code}`,
      expires_in: 600,
      interval: 5,
    });
    // As people type: small, with blanks, and letters that no code has are passed over.
    const typed = `  ${asked.user_code.toLowerCase().replace('-', ' a ')}`;
    const browser = await world.browser().open('/device');
    await browser.submit({ user_code: typed });
    expect(browser.heading).toBe(text('page.device_confirm.title'));
    for (const shown of ['Television', asked.user_code, '127.0.0.1', text('page.device_confirm.warning')])
      expect(browser.html).toContain(shown);
    await browser.submit({}, 'allow');
    await browser.submit({ login: email, password: PASSWORD });
    expect([browser.heading, browser.status]).toEqual([text('page.device_ended.approved.title'), 200]);

    const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...asked, interval: 0 });
    const claims = tokens.claims()!;
    expect(claims).toMatchObject({ sub: id, amr: ['pwd'], acr: 'urn:vratny:acr:one-factor' });
    expect(await oidc.fetchUserInfo(config, tokens.access_token, id)).toMatchObject({
      name: 'Žofie Křížová',
    });
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    await browser.open('/account/history');
    expect(browser.html).toContain('Television');
  });

  test('who is signed in confirms all the same, and a link never approves by itself', async () => {
    const [panel, client] = [await world.createClient(), await deviceClient(world)];
    const { email } = await world.createAccount();
    const browser = await signedIn(world, panel, email);
    const asked = await askDevice(world, client);
    await browser.open(asked.verification_uri_complete);
    expect(browser.heading).toBe(text('page.device.compare_title'));
    expect(browser.html).toContain(asked.user_code);
    await browser.submit();
    expect(browser.heading).toBe(text('page.device_confirm.title'));
    expect(browser.html).toContain(email);
    expect((await poll(world, client, asked)).body['error']).toBe('authorization_pending');
    await browser.submit({}, 'allow');
    expect(browser.heading).toBe(text('page.device_ended.approved.title'));
    const { body } = await poll(world, client, asked);
    expect(body.access_token).toBeDefined();
    await browser.open('/account/history');
    expect(browser.html).toContain('Television');
    await browser.open('/account/applications');
    expect(browser.html).toContain('Television');
  });

  test('a device is apart from the browser: signing out there ends nothing, ending its access does', async () => {
    const client = await deviceClient(world, {
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: ['https://panel.example/callback'],
      application_type: 'web',
    });
    const { id, email } = await world.createAccount();
    const browser = await signedIn(world, client, email);
    const { body: own } = await exchange(world, client, browser);
    const asked = [await askDevice(world, client), await askDevice(world, client)];
    const devices = [];
    for (const one of asked) {
      await (await atConfirmation(browser, one)).submit({}, 'allow');
      devices.push((await poll(world, client, one)).body);
    }
    expect((await userinfo(world, own.access_token)).status).toBe(200);
    await (await browser.open('/logout')).submit({}, 'yes');
    expect((await userinfo(world, own.access_token)).status).toBe(401);
    for (const { access_token: value } of devices) expect((await userinfo(world, value)).status).toBe(200);

    await world.core.endings.endClientAccess(id, client.metadata.client_id);
    for (const { access_token: value, refresh_token: more } of devices) {
      expect((await userinfo(world, value)).status).toBe(401);
      expect((await refresh(world, client, more)).body['error']).toBe('invalid_grant');
    }
  });

  test('an application of others asks for consent, and two factors are asked for where it wants them', async () => {
    const client = await deviceClient(world, { first_party: false });
    const { email } = await world.createAccount();
    const asked = await askDevice(world, client, { scope: 'openid email' });
    const browser = await allowDevice(world.browser(), asked, email);
    expect(browser.heading).toBe(text('step.consent.title', { client: 'Television' }));
    await browser.submit({}, 'allow');
    expect(browser.heading).toBe(text('page.device_ended.approved.title'));
    expect((await poll(world, client, asked)).body['scope']).toBe('openid email');

    const refused = await askDevice(world, client, { scope: 'openid email phone' });
    await (await atConfirmation(browser, refused)).submit({}, 'allow');
    await browser.submit({}, text('step.consent.deny'));
    expect(browser.heading).toBe(text('page.device_ended.denied.title'));
    expect((await poll(world, client, refused)).body['error']).toBe('access_denied');

    const strong = await askDevice(world, client, {
      scope: 'openid',
      claims: JSON.stringify({
        id_token: { acr: { essential: true, value: 'urn:vratny:acr:multi-factor' } },
      }),
    });
    await (await atConfirmation(browser, strong)).submit({}, 'allow');
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.html).not.toContain(text('page.device_ended.approved.title'));
    expect((await poll(world, client, strong)).body['error']).toBe('unmet_authentication_requirements');
  });

  test('who has an authenticator app is asked for its code, and the device learns of both factors', async () => {
    const client = await deviceClient(world);
    const { id, email } = await world.createAccount();
    const { key } = await turnOnTotp(world.core, id);
    const asked = await askDevice(world, client, { acr_values: 'urn:vratny:acr:multi-factor' });
    const browser = await allowDevice(world.browser(), asked, email);
    expect((await poll(world, client, asked)).body['error']).toBe('authorization_pending');
    await browser.submit({ code: appCode(key, new Date()) });
    expect(browser.heading).toBe(text('page.device_ended.approved.title'));
    const { id_token: idToken = '' } = (await poll(world, client, asked)).body;
    expect(decodeJwt(idToken)).toMatchObject({
      amr: ['pwd', 'otp', 'mfa'],
      acr: 'urn:vratny:acr:multi-factor',
    });
  });

  test('max_age is kept, also when it is 0: the person proves anew who they are', async () => {
    const [panel, client] = [await world.createClient(), await deviceClient(world)];
    const { email } = await world.createAccount();
    const browser = await signedIn(world, panel, email);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const asked = await askDevice(world, client, { max_age: '0' });
    await (await atConfirmation(browser, asked)).submit({}, 'allow');
    expect(browser.forms[0]?.fields).toHaveProperty('password');
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.heading).toBe(text('page.device_ended.approved.title'));
  });

  test('refused, waiting, too fast and too late are told to the device in the words of RFC 8628 §3.5', async () => {
    const client = await deviceClient(world);
    const [refused, slow, late] = [
      await askDevice(world, client),
      await askDevice(world, client),
      await askDevice(world, client),
    ];
    const browser = await atConfirmation(world.browser(), refused);
    await browser.submit({}, 'deny');
    expect(browser.heading).toBe(text('page.device_ended.denied.title'));
    const told = async (asked: typeof slow) => (await poll(world, client, asked)).body['error'];
    expect([await told(refused), await told(refused)]).toEqual(['access_denied', 'invalid_grant']);

    const start = Date.now();
    const at = (seconds: number) => {
      vi.useFakeTimers({ toFake: ['Date'], now: start + seconds * 1000 });
      return told(slow);
    };
    const answers = [];
    // Once too fast, it has to wait ten seconds from then on.
    for (const seconds of [1, 6, 8, 14, 29, 44]) answers.push(await at(seconds));
    expect(answers).toEqual([
      'authorization_pending',
      'authorization_pending',
      'slow_down',
      'slow_down',
      'authorization_pending',
      'authorization_pending',
    ]);

    await atConfirmation(browser, late);
    vi.useFakeTimers({ toFake: ['Date'], now: start + 602_000 });
    await browser.submit({}, 'allow');
    expect([browser.heading, browser.status]).toEqual([text('page.device_ended.over.title'), 410]);
    expect(await told(late)).toBe('expired_token');
  });

  test('signing in as somebody else leaves the first one to themselves', async () => {
    const [panel, client] = [await world.createClient(), await deviceClient(world)];
    const [first, second] = [await world.createAccount(), await world.createAccount()];
    const browser = await signedIn(world, panel, first.email);
    const asked = await askDevice(world, client);
    await (await atConfirmation(browser, asked)).submit({}, 'other');
    await browser.submit({ login: second.email, password: PASSWORD });
    expect(browser.heading).toBe(text('page.device_ended.approved.title'));
    const { body } = await poll(world, client, asked);
    expect((await userinfo(world, body.access_token)).body['sub']).toBe(second.id);
  });

  test('the page speaks the language of the device, and keeps the code when another is chosen', async () => {
    const client = await deviceClient(world);
    const asked = await askDevice(world, client, { ui_locales: 'cs' });
    const browser = await world.browser().open('/device');
    await browser.submit({ user_code: asked.user_code });
    expect(browser.heading).toBe(text('page.device_confirm.title', {}, 'cs'));
    expect(browser.html).toContain(`href="/device?user_code=${asked.user_code}&amp;lang=en"`);
  });

  test('a device acts for the customer that it names, if the person does', async () => {
    const [panel, client] = [await world.createClient(), await deviceClient(world)];
    const [person, stranger] = [await world.createAccount(), await world.createAccount()];
    const browser = await signedIn(world, panel, person.email);
    const answers = [];
    for (const { id } of [person, stranger]) {
      const { doc } = await customerOf(world, id);
      const scope = { scope: 'openid customer', customer: doc.number };
      const asked = await askDevice(world, client, scope);
      await (await atConfirmation(browser, asked)).submit({}, 'allow');
      const { body } = await poll(world, client, asked);
      const { body: claims } = await userinfo(world, body.access_token);
      answers.push([browser.heading, body['error'], claims['customer_number'] === doc.number]);
    }
    expect(answers).toEqual([
      [text('page.device_ended.approved.title'), undefined, true],
      [text('page.device_ended.denied.title'), 'access_denied', false],
    ]);
  });

  test('also when somebody else has signed in in another tab meanwhile', async () => {
    const [panel, client] = [await world.createClient(), await deviceClient(world)];
    const [eva, jan] = [await world.createAccount(), await world.createAccount()];
    const asked = await askDevice(world, client);
    const browser = await atConfirmation(world.browser(), asked);
    await browser.submit({}, 'allow');
    const [tab, form] = [browser.url, browser.forms[0]!];
    await browser.open(world.authorizeUrl(panel));
    await browser.submit({ login: eva.email, password: PASSWORD });
    browser.url = tab;
    await browser.post(form.action, { ...form.fields, login: jan.email, password: PASSWORD });
    expect(browser.heading).toBe(text('page.device_ended.approved.title'));
    const { body } = await poll(world, client, asked);
    expect((await userinfo(world, body.access_token)).body['sub']).toBe(jan.id);
  });

  describe('what is stored', () => {
    test('neither the code of the device nor the one of the person is readable, before and after', async () => {
      const client = await deviceClient(world);
      const { email } = await world.createAccount();
      const asked = await askDevice(world, client);
      const dump = async () => {
        const lists = await Promise.all(
          allShapes.map((shape) => world.store.collection(shape as never).list(undefined, { limit: 1000 })),
        );
        return JSON.stringify(lists);
      };
      const secrets = [asked.device_code, asked.user_code, asked.user_code.replace('-', '')];
      const before = await dump();
      const browser = await atConfirmation(world.browser(), asked);
      await browser.submit({}, 'allow');
      const during = await dump();
      await browser.submit({ login: email, password: PASSWORD });
      const after = await dump();
      for (const stored of [before, during, after, JSON.stringify(world.logs)])
        expect(secrets.filter((secret) => stored.includes(secret))).toEqual([]);
      expect(after).toContain('"deviceInfo"');
    });
  });
});

// Consent: who is asked, for what, in which words, and for how long the answer holds.

import * as jose from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConsents } from '../../src/domain/clients/consents.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { exchange, obtain, refresh, signIn, userinfo } from '../support/relying-party.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, testClock, type World } from '../support/world.ts';

const scopeTitle = (scope: string) => text(`step.consent.scope.${scope}.title`);

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  const thirdParty = (more: Parameters<World['createClient']>[0] = {}): Promise<IssuedClient> =>
    world.createClient({
      client_name: 'Recipes of Eva',
      redirect_uris: ['https://recipes.example/cb'],
      first_party: false,
      ...more,
    });

  /** A person at the page that asks, or wherever they came instead. */
  async function arrive(client: IssuedClient, email: string, more: Record<string, string> = {}) {
    const browser = await world.browser().open(world.authorizeUrl(client, more));
    return browser.submit({ login: email, password: PASSWORD });
  }

  const isAsked = (browser: Browser) => !browser.hasLeft && browser.url.endsWith('/consent');

  /** The scopes and claims that the page asks for. */
  const asksFor = (browser: Browser): string[] => {
    const [, section = ''] = /<section[^>]*>([^]*?)<\/section>/.exec(browser.html) ?? [];
    return ['openid', 'profile', 'email', 'phone', 'address', 'customer', 'offline_access'].filter((scope) =>
      section.includes(`>${scopeTitle(scope)}<`),
    );
  };

  test('a first-party client is never held up, not even for offline access', async () => {
    const client = await world.createClient();
    const { email } = await world.createAccount();
    const browser = await arrive(client, email, {
      scope: 'openid profile email offline_access',
      prompt: 'consent',
    });
    expect(browser.hasLeft).toBe(true);
    const { body } = await exchange(world, client, browser);
    expect(String(body['scope']).split(' ')).toContain('offline_access');
  });

  test('A93: a third party is named with its host, and what it asks for is said in plain words', async () => {
    const client = await thirdParty({ policy_uri: 'https://recipes.example/privacy' });
    const { email } = await world.createAccount();
    const browser = await arrive(client, email, { scope: 'openid email phone' });
    expect(isAsked(browser)).toBe(true);
    expect(browser.heading).toContain('Recipes of Eva');
    expect(browser.html).toContain('recipes.example');
    expect(browser.html).toContain('https://recipes.example/privacy');
    expect(browser.html).toContain('Žofie Křížová');
    expect(asksFor(browser)).toEqual(['openid', 'email', 'phone']);
    await browser.open(`${browser.url}?lang=cs`);
    expect(browser.html).toContain(text('step.consent.scope.phone.title', {}, 'cs'));
  });

  test('it is remembered, in this browser and in the next one', async () => {
    const client = await thirdParty();
    const { email } = await world.createAccount();
    const browser = await arrive(client, email, { scope: 'openid email' });
    await browser.submit({}, text('step.consent.allow'));
    expect(browser.callback['code']).toBeDefined();
    await browser.open(world.authorizeUrl(client, { scope: 'openid email' }));
    expect(browser.hasLeft).toBe(true);
    await browser.open('/logout');
    await browser.submit({}, 'yes');
    const next = await arrive(client, email, { scope: 'openid email' });
    expect(next.hasLeft).toBe(true);
    const { body } = await exchange(world, client, next);
    expect((await userinfo(world, body.access_token)).body).toMatchObject({ email });
  });

  test('A93: more scopes are asked for again, and only those', async () => {
    const client = await thirdParty();
    const { email } = await world.createAccount();
    const browser = await arrive(client, email, { scope: 'openid email' });
    await browser.submit({}, text('step.consent.allow'));
    await browser.open(world.authorizeUrl(client, { scope: 'openid email phone' }));
    expect(asksFor(browser)).toEqual(['phone']);
    await browser.submit({}, text('step.consent.allow'));
    expect((await exchange(world, client, browser)).body['scope']).toBe('openid email phone');
    // Fewer are no question at all.
    await browser.open(world.authorizeUrl(client, { scope: 'openid phone' }));
    expect((await exchange(world, client, browser)).body['scope']).toBe('openid phone');
  });

  test('no is an answer: access_denied, nothing is remembered, and the person stays signed in', async () => {
    const client = await thirdParty();
    const { email } = await world.createAccount();
    const browser = await arrive(client, email);
    await browser.submit({}, text('step.consent.deny'));
    expect(browser.callback).toMatchObject({ error: 'access_denied', state: 'st', iss: world.issuer });
    expect(browser.callback).not.toHaveProperty('code');
    await browser.open(world.authorizeUrl(client));
    expect(isAsked(browser)).toBe(true);
  });

  test('one person’s yes is not another’s', async () => {
    const client = await thirdParty();
    const [eva, jan] = [await world.createAccount(), await world.createAccount()];
    await signIn(world, client, eva);
    expect(isAsked(await arrive(client, jan.email))).toBe(true);
    expect(isAsked(await arrive(await thirdParty(), eva.email))).toBe(true);
  });

  describe('prompt', () => {
    test('consent asks again for everything', async () => {
      const client = await thirdParty();
      const account = await world.createAccount();
      const browser = await signIn(world, client, account, { scope: 'openid email' });
      await browser.open(world.authorizeUrl(client, { scope: 'openid email', prompt: 'consent' }));
      expect(asksFor(browser)).toEqual(['openid', 'email']);
      await browser.submit({}, text('step.consent.allow'));
      expect(browser.callback['code']).toBeDefined();
    });

    test('none tells the client that a person is needed', async () => {
      const client = await thirdParty();
      const { email } = await world.createAccount();
      const browser = await arrive(client, email);
      await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(browser.callback).toMatchObject({ error: 'consent_required', state: 'st', iss: world.issuer });
    });

    test('login and consent are both asked, in this order', async () => {
      const client = await thirdParty();
      const account = await world.createAccount();
      const browser = await signIn(world, client, account);
      await browser.open(world.authorizeUrl(client, { prompt: 'login consent' }));
      await browser.submit({ login: account.email, password: PASSWORD });
      expect(isAsked(browser)).toBe(true);
      await browser.submit({}, text('step.consent.allow'));
      expect((await exchange(world, client, browser)).status).toBe(200);
    });
  });

  test('a native client could be any program: it is asked for every time', async () => {
    const client = await world.createClient({
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/cb'],
    });
    const { email } = await world.createAccount();
    const browser = await arrive(client, email, { scope: 'openid email' });
    expect(asksFor(browser)).toEqual(['openid', 'email']);
    await browser.submit({}, text('step.consent.allow'));
    expect(browser.callback['code']).toBeDefined();
    await browser.open(world.authorizeUrl(client, { scope: 'openid email' }));
    expect(asksFor(browser)).toEqual(['openid', 'email']);
    // RFC 8252 §7.3: the port is the program's own, the path is not.
    for (const [uri, leaves] of [
      ['http://127.0.0.1:51234/cb', true],
      ['http://127.0.0.1:51234/other', false],
    ] as const) {
      const silent = { redirect_uri: uri, prompt: 'none' };
      await browser.open(world.authorizeUrl(client, silent));
      expect(browser.hasLeft).toBe(leaves);
    }
  });

  test('the claims parameter: asked for by name, and given where it was asked for', async () => {
    const client = await thirdParty();
    const { email } = await world.createAccount();
    const claims = JSON.stringify({
      userinfo: { email: null, customer_number: { essential: true } },
      id_token: { locale: null, auth_time: { essential: true } },
    });
    const browser = await arrive(client, email, { claims });
    expect(browser.html).toContain(text('step.consent.claim.email'));
    await browser.submit({}, text('step.consent.allow'));
    const { body } = await exchange(world, client, browser);
    const person = await userinfo(world, body.access_token);
    expect(person.body).toMatchObject({ email, customer_number: expect.stringMatching(/^\d+$/) as string });
    expect(person.body).not.toHaveProperty('name');
    const idToken = jose.decodeJwt(body.id_token!);
    expect(idToken).toHaveProperty('auth_time');
    expect(idToken).not.toHaveProperty('email');
    await browser.open(world.authorizeUrl(client, { claims }));
    expect(browser.hasLeft).toBe(true);
  });

  test('A87: taken back, it ends what the client had, and the client has to ask again', async () => {
    const client = await thirdParty();
    const { id, email } = await world.createAccount();
    const { browser, tokens } = await obtain(
      world,
      client,
      { email },
      { scope: 'openid email offline_access', prompt: 'consent' },
    );
    const consents = createConsents(world.store, testClock, world.core.endings);
    await consents.withdraw(id, client.metadata.client_id);
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    expect((await refresh(world, client, tokens.refresh_token)).status).toBe(400);
    await browser.open(world.authorizeUrl(client, { scope: 'openid email' }));
    expect(asksFor(browser)).toEqual(['openid', 'email']);
  });

  test('a client that stops being first-party has to ask', async () => {
    const client = await world.createClient();
    const browser = await signIn(world, client, await world.createAccount());
    await world.core.clients.update(client.metadata.client_id, { first_party: false });
    await world.app.engine.refresh();
    await browser.open(world.authorizeUrl(client));
    expect(isAsked(browser)).toBe(true);
  });
});

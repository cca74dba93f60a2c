// `prompt=create` (OpenID Initiating User Registration 1.0): a relying party sends people to register, and gets them
// back signed in.

import * as oidc from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { atSignIn } from '../support/journeys.ts';
import { newcomer, registrationEnv, registrationJourney } from '../support/registration.ts';
import { CALLBACK, closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let way: ReturnType<typeof registrationJourney>;
  beforeAll(async () => {
    world = await openWorld({ storage, env: registrationEnv });
    client = await world.createClient();
    way = registrationJourney(world);
  });
  afterAll(() => closeWorld(world, storage));

  test('prompt=create by openid-client: offered in discovery, registers, and ends at the client with tokens', async () => {
    const config = await oidc.discovery(
      new URL(world.issuer),
      client.metadata.client_id,
      { client_secret: client.secret! },
      oidc.ClientSecretBasic(client.secret),
      { execute: [oidc.allowInsecureRequests] },
    );
    expect(config.serverMetadata()['prompt_values_supported']).toContain('create');
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const expectedState = oidc.randomState();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid email',
      prompt: 'create',
      state: expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    const person = newcomer();
    const browser = await way.browserOf(person).open(url.href);
    expect(browser.heading).toBe('Create an account');
    await browser.submit({}, 'register');
    await way.fill(browser, person);
    await browser.submit({ code: way.codeSentTo(person) });
    await browser.open(way.linkIn(person));
    await browser.submit({});
    const [, onward] = /class="button" href="(\/interaction\/[^"]+)"/.exec(browser.html) ?? [];
    await browser.open(onward!);
    // Nobody is asked to register twice.
    expect(browser.heading).toBe('Sign in');
    await browser.submit({ login: person.email, password: PASSWORD });
    const tokens = await oidc.authorizationCodeGrant(config, new URL(browser.url), {
      pkceCodeVerifier,
      expectedState,
    });
    expect(tokens.claims()).toMatchObject({ sub: (await way.accountOf(person))!.id });
  });

  test('prompt=create: who has an account signs in with it, and who gives up is sent back', async () => {
    const { email } = await world.createAccount();
    const browser = await atSignIn(world, client, { prompt: 'create' });
    const [, password] = /href="([^"]*\/password)"/.exec(browser.html) ?? [];
    await browser.open(password!);
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.callback['code']).toBeDefined();
    const other = await atSignIn(world, client, { prompt: 'create' });
    await other.submit({}, 'Cancel sign-in');
    expect(other.callback['error']).toBe('access_denied');
  });
});

test('where nobody may register there is no page, no link, and no prompt for it', async () => {
  const world = await openWorld({ env: { VRATNY_REGISTRATION: 'false' } });
  const client = await world.createClient();
  expect((await world.browser().open('/register')).status).toBe(404);
  expect((await atSignIn(world, client)).html).not.toContain('/register');
  const discovery = (await (
    await fetch(`${world.issuer}/.well-known/openid-configuration`)
  ).json()) as Record<string, unknown>;
  expect(discovery['prompt_values_supported']).toEqual(['none', 'login', 'consent', 'select_account']);
  const refused = await atSignIn(world, client, { prompt: 'create' });
  expect(refused.callback['error']).toBe('invalid_request');
  await world.close();
});

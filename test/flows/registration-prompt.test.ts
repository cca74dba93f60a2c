// On from a registration to signing in: `prompt=create` (OpenID Initiating User Registration 1.0), where a relying party
// sends people to register and gets them back signed in; and what the sign-in page knows of who has just registered.

import * as oidc from 'openid-client';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { atSignIn, exchange } from '../support/journeys.ts';
import { MINUTE, moveClock } from '../support/lost-device.ts';
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
  afterEach(() => vi.useRealTimers());

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

  test('the sign-in page begins with the new address in the browser that registered it, once and not for long', async () => {
    const person = newcomer();
    const typed = async (browser: Browser, query: Record<string, string> = {}) =>
      (await browser.open(world.authorizeUrl(client, query))).forms.find(({ fields }) => 'login' in fields)
        ?.fields['login'];
    const browser = await way.atMail(person);
    expect(await typed(browser)).toBe('');
    const phone = await (await world.browser().open(way.linkIn(person))).submit({});
    expect(phone.heading).toBe('Your account is ready');
    expect(await typed(browser)).toBe(person.email);
    expect(await typed(browser, { login_hint: 'somebody@else.example' })).toBe('somebody@else.example');
    // Neither where the link was used, nor in any other browser, whatever it asks.
    expect(await typed(phone)).toBe('');
    expect(await typed(world.browser(), { login: person.email, email: person.email })).toBe('');
    moveClock(31 * MINUTE);
    expect(await typed(browser)).toBe('');
    moveClock(-11 * MINUTE);
    expect(await typed(browser)).toBe(person.email);
    // An address that the account has got since is nothing that this browser has typed.
    const { id } = (await way.accountOf(person))!;
    const moved = `moved.${person.email}`;
    await world.core.accounts.change(id, () => ({ email: moved, emailKey: moved }));
    expect(await typed(browser)).toBe('');
    await world.core.accounts.change(id, () => ({ email: person.email, emailKey: person.email }));
    expect(await typed(browser)).toBe(person.email);
    // Once somebody has signed in, whoever comes next does not meet it.
    await browser.submit({ login: person.email, password: PASSWORD });
    await exchange(world, client, browser);
    // The browser was closed in between: only what it keeps for long is left.
    for (const key of browser.cookies.keys())
      if (!key.includes('vratny_browser')) browser.cookies.delete(key);
    expect(await typed(browser)).toBe('');

    // A second registration takes its place; of a taken address nothing can be told from the page.
    const again = await way.atMail(person);
    expect(way.mailsTo(person).at(-1)!.subject).toContain('you have an account already');
    expect(await typed(again)).toBe('');
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

// The whole main job as seen by `openid-client`, a certified relying-party library that knows nothing of us.

import * as jose from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { text } from '../support/texts.ts';
import { CALLBACK, closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  const discover = (
    client: IssuedClient,
    authentication?: oidc.ClientAuth,
    algorithm: 'oidc' | 'oauth2' = 'oidc',
  ): Promise<oidc.Configuration> =>
    oidc.discovery(
      new URL(world.issuer),
      client.metadata.client_id,
      {
        ...(client.secret ? { client_secret: client.secret } : {}),
        id_token_signed_response_alg: client.metadata.id_token_signed_response_alg,
      },
      authentication ?? (client.secret ? oidc.ClientSecretBasic(client.secret) : oidc.None()),
      { execute: [oidc.allowInsecureRequests], algorithm },
    );

  /** One authorization request with everything that protects it. */
  async function begin(parameters: Record<string, string> = {}) {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
    return {
      checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true },
      parameters: {
        redirect_uri: CALLBACK,
        scope: 'openid profile email',
        code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
        nonce: expectedNonce,
        ...parameters,
      },
    };
  }

  async function signIn(url: URL, email: string) {
    const browser = await world.browser().open(url.href);
    return browser.submit({ login: email, password: PASSWORD });
  }

  test('S7: discovery, PAR, sign-in, tokens, userinfo, refresh, introspection, revocation', async () => {
    const client = await world.createClient({ require_pushed_authorization_requests: true });
    const account = await world.createAccount();
    const config = await discover(client);
    expect(config.serverMetadata().supportsPKCE()).toBe(true);
    const { parameters, checks } = await begin();
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);

    const browser = await signIn(url, account.email);
    const tokens = await oidc.authorizationCodeGrant(config, new URL(browser.url), checks);
    const claims = tokens.claims()!;
    expect(claims).toMatchObject({ sub: account.id, iss: world.issuer });
    const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    expect(person).toMatchObject({ email: account.email, email_verified: true, name: 'Žofie Křížová' });

    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    expect(renewed.claims()).toMatchObject({ sub: account.id });
    expect(await oidc.tokenIntrospection(config, renewed.access_token)).toMatchObject({
      active: true,
      sub: account.id,
      client_id: client.metadata.client_id,
      iss: world.issuer,
    });
    await oidc.tokenRevocation(config, renewed.refresh_token!);
    expect(await oidc.tokenIntrospection(config, renewed.refresh_token!)).toEqual({ active: false });
    await expect(oidc.fetchUserInfo(config, renewed.access_token, claims.sub)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('a pushed request is used once, and this client is sent nowhere without one', async () => {
    const client = await world.createClient({ require_pushed_authorization_requests: true });
    const { email } = await world.createAccount();
    const config = await discover(client);
    const { parameters, checks } = await begin();
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
    const browser = await signIn(url, email);
    await oidc.authorizationCodeGrant(config, new URL(browser.url), checks);
    await browser.open(url.href);
    expect(browser.hasLeft).toBe(false);
    expect(browser.html).toContain(text('oauth.invalid_request_uri.title'));

    const plain = await world.browser().open(oidc.buildAuthorizationUrl(config, parameters).href);
    expect(plain.hasLeft ? plain.callback['error'] : plain.html).toContain('invalid_request');
  });

  test('both well-known documents describe the same provider, and only what it does', async () => {
    const client = await world.createClient();
    const [openid, oauth] = [await discover(client), await discover(client, undefined, 'oauth2')];
    expect(oauth.serverMetadata()).toEqual(openid.serverMetadata());
    expect(openid.serverMetadata()).toMatchObject({
      issuer: world.issuer,
      authorization_endpoint: `${world.issuer}/authorize`,
      token_endpoint: `${world.issuer}/token`,
      end_session_endpoint: `${world.issuer}/logout`,
      // `none` is for the account pages alone.
      response_types_supported: ['code', 'none'],
      backchannel_logout_supported: true,
      acr_values_supported: ['urn:vratny:acr:one-factor', 'urn:vratny:acr:multi-factor'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: true,
      ui_locales_supported: ['cs', 'en'],
    });
    const { grant_types_supported: grants, id_token_signing_alg_values_supported: algorithms } =
      openid.serverMetadata();
    expect(grants?.toSorted()).toEqual([
      'authorization_code',
      'client_credentials',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]);
    expect(algorithms?.toSorted()).toEqual(['ES256', 'EdDSA', 'RS256']);
    expect(openid.serverMetadata()).not.toHaveProperty('registration_endpoint');
    expect(openid.serverMetadata().device_authorization_endpoint).toBe(
      `${world.issuer}/device-authorization`,
    );
  });

  test('signing out is a page of ours that leads back with the state', async () => {
    const client = await world.createClient();
    const { email } = await world.createAccount();
    const config = await discover(client);
    const { parameters, checks } = await begin();
    const browser = await signIn(oidc.buildAuthorizationUrl(config, parameters), email);
    const tokens = await oidc.authorizationCodeGrant(config, new URL(browser.url), checks);
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: 'https://panel.example/',
      state: 'bye',
    });
    await browser.open(url.href);
    expect(browser.heading).toBe(text('page.sign_out.title'));
    await browser.submit({}, 'yes');
    expect(browser.url).toBe('https://panel.example/?state=bye');
  });

  test('form_post brings the answer in the body of a form', async () => {
    const client = await world.createClient();
    const account = await world.createAccount();
    const config = await discover(client);
    const { parameters, checks } = await begin({ response_mode: 'form_post' });
    const browser = await signIn(oidc.buildAuthorizationUrl(config, parameters), account.email);
    const [form] = browser.forms;
    const request = new Request(form!.action, { method: 'POST', body: new URLSearchParams(form!.fields) });
    const tokens = await oidc.authorizationCodeGrant(config, request, checks);
    expect(tokens.claims()).toMatchObject({ sub: account.id });
  });

  describe('client authentication', () => {
    test('a public client proves nothing but its verifier', async () => {
      const client = await world.createClient({ token_endpoint_auth_method: 'none' });
      expect(client.secret).toBeUndefined();
      const account = await world.createAccount();
      const config = await discover(client);
      const { parameters, checks } = await begin();
      const browser = await signIn(oidc.buildAuthorizationUrl(config, parameters), account.email);
      const tokens = await oidc.authorizationCodeGrant(config, new URL(browser.url), checks);
      const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
      expect(renewed.claims()).toMatchObject({ sub: account.id });
    });

    test('client_secret_post, and client credentials', async () => {
      const client = await world.createClient({
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['client_credentials'],
        redirect_uris: [],
      });
      const config = await discover(client, oidc.ClientSecretPost(client.secret));
      const { access_token: token, expires_in: life } = await oidc.clientCredentialsGrant(config);
      expect(life).toBe(600);
      const facts = await oidc.tokenIntrospection(config, token);
      expect(facts).toMatchObject({ active: true, client_id: client.metadata.client_id });
      // Nobody can take it for a person's (RFC 9700 §4.15).
      expect(facts).not.toHaveProperty('sub');
    });

    test.each(['ES256', 'RS256', 'EdDSA'] as const)('private_key_jwt with %s', async (alg) => {
      const { publicKey, privateKey } = await jose.generateKeyPair(alg);
      const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'k1', use: 'sig' };
      const client = await world.createClient({
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [jwk as { kty: 'EC' }] },
        id_token_signed_response_alg: alg,
      });
      const account = await world.createAccount();
      const config = await discover(client, oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' }));
      const { parameters, checks } = await begin();
      const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
      const browser = await signIn(url, account.email);
      const tokens = await oidc.authorizationCodeGrant(config, new URL(browser.url), checks);
      expect(tokens.claims()).toMatchObject({ sub: account.id });
      expect(jose.decodeProtectedHeader(tokens.id_token!).alg).toBe(alg);
    });
  });
});

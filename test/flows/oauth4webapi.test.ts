// The main job again, call by call with `oauth4webapi`, which checks every answer against its specification.

import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { signIn } from '../support/relying-party.ts';
import { CALLBACK, closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const API = 'https://api.example.com';
const insecure = { [oauth.allowInsecureRequests]: true } as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let as: oauth.AuthorizationServer;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_RESOURCES: JSON.stringify({ [API]: 'read write' }) } });
    const issuer = new URL(world.issuer);
    const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    as = await oauth.processDiscoveryResponse(issuer, answer);
  });
  afterAll(() => closeWorld(world, storage));

  const clientOf = ({ metadata }: IssuedClient): oauth.Client => ({
    client_id: metadata.client_id,
    id_token_signed_response_alg: metadata.id_token_signed_response_alg,
  });

  /** From the authorization request to the validated parameters of the answer, with a verifier and a nonce of its own. */
  async function authorize(issued: IssuedClient, email: string, more: Record<string, string> = {}) {
    const codeVerifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const browser = await signIn(
      world,
      issued,
      { email },
      { code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier), state, nonce, ...more },
    );
    const parameters = oauth.validateAuthResponse(as, clientOf(issued), new URL(browser.url), state);
    return { browser, parameters, codeVerifier, nonce };
  }

  async function signInWith(
    issued: IssuedClient,
    authentication: oauth.ClientAuth,
    email: string,
    more: Record<string, string> = {},
  ) {
    const { parameters, codeVerifier, nonce } = await authorize(issued, email, more);
    const answer = await oauth.authorizationCodeGrantRequest(
      as,
      clientOf(issued),
      authentication,
      parameters,
      CALLBACK,
      codeVerifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, clientOf(issued), answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(as, answer, insecure);
    return tokens;
  }

  describe.each(['RS256', 'ES256', 'EdDSA'] as const)('S7: the main job with ID tokens by %s', (alg) => {
    test('code, userinfo, refresh, introspection and revocation', async () => {
      const issued = await world.createClient({ id_token_signed_response_alg: alg });
      const client = clientOf(issued);
      const authentication = oauth.ClientSecretBasic(issued.secret!);
      const { id, email } = await world.createAccount();
      const tokens = await signInWith(issued, authentication, email, { scope: 'openid email' });
      const claims = oauth.getValidatedIdTokenClaims(tokens)!;
      expect(claims).toMatchObject({ sub: id, amr: ['pwd'] });

      const person = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
      expect(await oauth.processUserInfoResponse(as, client, claims.sub, person)).toMatchObject({ email });

      const renewal = await oauth.refreshTokenGrantRequest(
        as,
        client,
        authentication,
        tokens.refresh_token!,
        insecure,
      );
      const renewed = await oauth.processRefreshTokenResponse(as, client, renewal);

      const question = await oauth.introspectionRequest(
        as,
        client,
        authentication,
        renewed.access_token,
        insecure,
      );
      expect(await oauth.processIntrospectionResponse(as, client, question)).toMatchObject({ active: true });

      const end = await oauth.revocationRequest(as, client, authentication, renewed.refresh_token!, insecure);
      expect(await oauth.processRevocationResponse(end)).toBeUndefined();
      const after = await oauth.userInfoRequest(as, client, renewed.access_token, insecure);
      await expect(oauth.processUserInfoResponse(as, client, claims.sub, after)).rejects.toMatchObject({
        status: 401,
      });
    });
  });

  test('R13: a client with a key pushes its request and gets tokens without any secret', async () => {
    const { publicKey, privateKey } = await oauth.generateKeyPair('ES256');
    const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'k1' };
    const issued = await world.createClient({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk as { kty: 'EC' }] },
    });
    expect(issued.secret).toBeUndefined();
    const client = clientOf(issued);
    const authentication = oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' });
    const { email } = await world.createAccount();
    const codeVerifier = oauth.generateRandomCodeVerifier();
    const pushed = await oauth.pushedAuthorizationRequest(
      as,
      client,
      authentication,
      {
        redirect_uri: CALLBACK,
        response_type: 'code',
        scope: 'openid',
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      },
      insecure,
    );
    const { request_uri: requestUri } = await oauth.processPushedAuthorizationResponse(as, client, pushed);
    const browser = await world
      .browser()
      .open(
        `/authorize?${new URLSearchParams({ client_id: client.client_id, request_uri: requestUri }).toString()}`,
      );
    await browser.submit({ login: email, password: 'correct horse battery' });
    const parameters = oauth.validateAuthResponse(as, client, new URL(browser.url), oauth.expectNoState);
    const answer = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      parameters,
      CALLBACK,
      codeVerifier,
      insecure,
    );
    expect(await oauth.processAuthorizationCodeResponse(as, client, answer)).toHaveProperty('id_token');
  });

  test('RFC 9068: an access token for an API is a JWT that the API can validate alone', async () => {
    const issued = await world.createClient({ scope: 'openid offline_access read' });
    const { id, email } = await world.createAccount();
    const tokens = await signInWith(issued, oauth.ClientSecretBasic(issued.secret!), email, {
      scope: 'openid read',
      resource: API,
    });
    const request = new Request(`${API}/things`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await oauth.validateJwtAccessToken(as, request, API, insecure)).toMatchObject({
      iss: world.issuer,
      sub: id,
      aud: API,
      client_id: issued.metadata.client_id,
      scope: 'read',
    });
    await expect(
      oauth.validateJwtAccessToken(as, request, 'https://other.example.com', insecure),
    ).rejects.toThrow();
  });

  test('client credentials: a token for the client itself', async () => {
    const issued = await world.createClient({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      scope: 'read',
    });
    const client = clientOf(issued);
    const answer = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.ClientSecretBasic(issued.secret!),
      { scope: 'read', resource: API },
      insecure,
    );
    const tokens = await oauth.processClientCredentialsResponse(as, client, answer);
    const request = new Request(API, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const claims = await oauth.validateJwtAccessToken(as, request, API, insecure);
    expect(claims).toMatchObject({ sub: client.client_id, client_id: client.client_id, scope: 'read' });
  });

  test('R5: errors come back with the issuer and the state as well', async () => {
    const issued = await world.createClient();
    const state = oauth.generateRandomState();
    const browser = await world.browser().open(world.authorizeUrl(issued, { state, prompt: 'none' }));
    const validate = () => oauth.validateAuthResponse(as, clientOf(issued), new URL(browser.url), state);
    expect(validate).toThrow(oauth.AuthorizationResponseError);
    expect(browser.callback).toMatchObject({ iss: world.issuer, error: 'login_required' });
  });
});

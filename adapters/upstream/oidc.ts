// Any OpenID Connect provider as an upstream, by configuration alone: code flow with state, nonce and PKCE, each of
// them random and kept on our side, and every step judged before the next is taken.

import * as openid from 'openid-client';
import { randomToken } from '../../src/lib/random.ts';
import type { Log } from '../../src/lib/log.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Fetcher } from '../../src/ports/fetcher.ts';
import {
  type Upstream,
  type UpstreamDemand,
  type UpstreamIdentity,
  type UpstreamProfile,
  UpstreamRefused,
  type UpstreamTicket,
} from '../../src/ports/upstream.ts';
import { clientAuthOf, type ClientCredentials } from './client-auth.ts';
import { type Callback, nameOf, readCallback } from './callback.ts';
import { type Claims, standardProfile } from './claims.ts';
import { TOLERANCE_SECONDS, verifyIdToken } from './id-token.ts';
import { createProviderDocuments, type ProviderMetadata } from './provider-documents.ts';

export type OidcUpstreamOptions = ClientCredentials & {
  /** What the log calls it. */
  readonly name: string;
  /** Compared character by character; a final slash belongs to it. */
  readonly issuer: string;
  readonly clientId: string;
  /** The one algorithm of its ID tokens. */
  readonly signingAlg: string;
  readonly subjectType?: string | undefined;
  readonly scopes: readonly string[];
  readonly requiredClaims: readonly string[];
  readonly optionalClaims: readonly string[];
  /** Whether the `claims` parameter is sent (OpenID Connect Core §5.5); by its metadata unless given. */
  readonly claimsParameter?: boolean | undefined;
  /** Hosts besides the issuer's that its endpoints may be at. */
  readonly hosts: readonly string[];
  /** Takes requests to this upstream only. */
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  readonly log: Log;
};

/** What a provider with ways of its own does differently. */
export type Quirks = { readonly readProfile?: (claims: Claims) => UpstreamProfile };

/** The upstream over OpenID Connect. Refusals are logged here, in words without tokens, codes and persons. */
export function createOidcUpstream(options: OidcUpstreamOptions, quirks: Quirks = {}): Upstream {
  const { name, issuer, clientId, signingAlg, clock, log } = options;
  const { readProfile = standardProfile } = quirks;
  const documents = createProviderDocuments(options);

  async function logged<T>(step: 'begin' | 'complete', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const refused =
        error instanceof UpstreamRefused ? error : new UpstreamRefused('unavailable', 'a fault');
      const { reason, message: detail } = refused;
      // A fault of ours is one that nobody foresaw; its own text could hold anything.
      const fault = refused === error ? {} : { fault: (error as Error)?.name };
      const level = reason === 'cancelled' ? 'info' : 'warn';
      log[level]({ upstream: name, step, reason, detail, ...fault }, 'nobody is signed in by an upstream');
      throw refused;
    }
  }

  async function begin(demand: UpstreamDemand) {
    const metadata = await documents.metadata();
    const ticket: UpstreamTicket = {
      state: randomToken(),
      nonce: randomToken(),
      codeVerifier: openid.randomPKCECodeVerifier(),
      redirectUri: demand.redirectUri,
      startedAt: clock.now().getTime(),
      ...(demand.maxAgeSeconds !== undefined && { maxAgeSeconds: demand.maxAgeSeconds }),
      ...(demand.acrValues !== undefined && { acrValues: demand.acrValues }),
    };
    const url = openid.buildAuthorizationUrl(clientOf(metadata, options), {
      scope: options.scopes.join(' '),
      response_mode: 'query',
      redirect_uri: ticket.redirectUri,
      state: ticket.state,
      nonce: ticket.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(ticket.codeVerifier),
      code_challenge_method: 'S256',
      ui_locales: demand.uiLocale,
      ...(demand.loginHint !== undefined && { login_hint: demand.loginHint }),
      ...freshnessParameters(demand.maxAgeSeconds),
      ...claimsParameters(demand, options, metadata),
    });
    return { url: url.href, ticket };
  }

  async function complete(params: URLSearchParams, ticket: UpstreamTicket): Promise<UpstreamIdentity> {
    const callback = readCallback(params, ticket, { issuer, clientId });
    const metadata = await documents.metadata();
    if (metadata.sendsIssuer && callback.issuer === undefined)
      throw new UpstreamRefused('invalid', 'the answer does not name its issuer');
    const client = clientOf(metadata, options);
    const tokens = await redeem(client, callback, ticket);
    const {
      subject,
      authTime,
      acr,
      claims: signed,
    } = await verifyIdToken(tokens.idToken, {
      issuer,
      clientId,
      signingAlg,
      key: documents.key,
      now: clock.now(),
      ticket,
    });
    // A provider without userinfo says all it has to say in the token.
    const claims =
      metadata.userinfoEndpoint === undefined
        ? signed
        : await asked('userinfo', () => openid.fetchUserInfo(client, tokens.accessToken, subject));
    return {
      issuer,
      subject,
      clientId,
      ...(options.subjectType !== undefined && { subjectType: options.subjectType }),
      ...(authTime !== undefined && { authTime }),
      ...(acr !== undefined && { acr }),
      profile: readProfile(claims),
    };
  }

  return {
    begin: (demand) => logged('begin', () => begin(demand)),
    complete: (params, ticket) => logged('complete', () => complete(params, ticket)),
    check: async () => void (await documents.keys()),
  };
}

/** pyoidc takes `max_age=0` for no limit, so a new sign-in is asked for by its own word. */
const freshnessParameters = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined
    ? {}
    : seconds === 0
      ? { prompt: 'login', max_age: '1' }
      : { max_age: String(seconds) };

/**
 * `acr` and `auth_time` are always listed: pyoidc puts them into the ID token only then, once `id_token` is there at all.
 * A demanded level is essential: asked for by `acr_values` it would be a mere preference (§5.5.1.1).
 */
function claimsParameters(
  { acrValues = [], acrPreferred = [] }: UpstreamDemand,
  { requiredClaims, optionalClaims, claimsParameter }: OidcUpstreamOptions,
  metadata: ProviderMetadata,
): Record<string, string> {
  const named = acrValues.length > 0 ? acrValues : acrPreferred;
  const levels: Record<string, string> = named.length > 0 ? { acr_values: named.join(' ') } : {};
  if (!(claimsParameter ?? metadata.takesClaims)) return levels;
  const wanted = [
    ...optionalClaims.map((claim) => [claim, null] as const),
    ...requiredClaims.map((claim) => [claim, { essential: true }] as const),
  ];
  const acr = acrValues.length > 0 ? { essential: true, values: acrValues } : null;
  const person = Object.fromEntries(wanted);
  const claims = {
    id_token: { ...(metadata.userinfoEndpoint === undefined && person), acr, auth_time: { essential: true } },
    ...(metadata.userinfoEndpoint !== undefined && { userinfo: person }),
  };
  return { ...levels, claims: JSON.stringify(claims) };
}

/** The library's view of the provider: what we have checked of it and nothing else. */
function clientOf(metadata: ProviderMetadata, options: OidcUpstreamOptions): openid.Configuration {
  const { clientId, signingAlg, authMethod, fetcher, clock } = options;
  const client = new openid.Configuration(
    {
      issuer: metadata.issuer,
      authorization_endpoint: metadata.authorizationEndpoint,
      token_endpoint: metadata.tokenEndpoint,
      ...(metadata.userinfoEndpoint !== undefined && { userinfo_endpoint: metadata.userinfoEndpoint }),
      id_token_signing_alg_values_supported: [signingAlg],
      authorization_response_iss_parameter_supported: metadata.sendsIssuer,
    },
    clientId,
    {
      id_token_signed_response_alg: signingAlg,
      token_endpoint_auth_method: authMethod,
      [openid.clockTolerance]: TOLERANCE_SECONDS,
      // Its time is the machine's; ours is the one that we are given.
      [openid.clockSkew]: Math.round((clock.now().getTime() - Date.now()) / 1000),
    },
    clientAuthOf(options),
  );
  client[openid.customFetch] = (url, { method, headers, body, signal }) =>
    fetcher(url, { method, headers, body: body ?? null, ...(signal && { signal }) } as RequestInit);
  // Whether http is spoken at all was decided by the configuration and is held by the fetcher.
  if (metadata.tokenEndpoint.startsWith('http:')) openid.allowInsecureRequests(client);
  return client;
}

/** The tokens for the code. A refresh token that nobody asked for ends here, and so do the others after userinfo. */
async function redeem(client: openid.Configuration, { code, issuer }: Callback, ticket: UpstreamTicket) {
  const url = new URL(ticket.redirectUri);
  url.searchParams.set('code', code);
  url.searchParams.set('state', ticket.state);
  if (issuer !== undefined) url.searchParams.set('iss', issuer);
  const tokens = await asked('token', () =>
    openid.authorizationCodeGrant(client, url, {
      expectedState: ticket.state,
      expectedNonce: ticket.nonce,
      pkceCodeVerifier: ticket.codeVerifier,
      idTokenExpected: true,
    }),
  );
  if (tokens.id_token === undefined || tokens.token_type.toLowerCase() !== 'bearer')
    throw new UpstreamRefused('invalid', 'token: the answer has no ID token or no bearer token');
  return { idToken: tokens.id_token, accessToken: tokens.access_token };
}

/** What the library finds wrong with an answer as such; everything else is a provider that does not work. */
const FORGED = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
]);

async function asked<T>(endpoint: 'token' | 'userinfo', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Causes carry tokens and claims: only what the error is called goes on.
    if (error instanceof openid.ResponseBodyError)
      throw new UpstreamRefused(
        'unavailable',
        `${endpoint}: answered ${error.status} ${nameOf(error.error)}`,
      );
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string' && code.startsWith('OAUTH_')) {
      const reason = FORGED.has(code) ? 'invalid' : 'unavailable';
      throw new UpstreamRefused(reason, `${endpoint}: ${code}`);
    }
    // The fetcher's own sentences name the origin and what went wrong there.
    const why = error instanceof TypeError ? error.name : (error as Error).message;
    throw new UpstreamRefused('unavailable', `${endpoint}: ${why}`);
  }
}

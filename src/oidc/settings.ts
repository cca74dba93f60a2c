// The engine's configuration, each switch with its reason. Whatever is not named here keeps the engine's own
// default, and features that nobody asked for stay off.

import type { Configuration, ResponseType } from 'oidc-provider';
import type { Clock } from '../ports/clock.ts';
import type { Fetcher } from '../ports/fetcher.ts';
import type { Store } from '../ports/store.ts';
import type { Config } from '../config/options.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Consents } from '../domain/clients/consents.ts';
import type { DeviceCodes } from '../domain/sign-ins/device-codes.ts';
import type { Endings } from '../domain/sign-ins/endings.ts';
import type { PrivateJwk } from '../domain/signing-keys.ts';
import type { Cookies } from '../http/cookies.ts';
import type { Levels } from './acr.ts';
import { checkCustomerParameter, CUSTOMER_PARAMETER } from './acting.ts';
import { createAccountFinder, type FinderParts } from './account-finder.ts';
import { createEngineAdapter } from './adapter.ts';
import { claimsByScope, identityScopes } from './claims.ts';
import type { ClientCache } from './client-cache.ts';
import { createGrantLoader } from './grants.ts';
import { createLifetimes } from './lifetimes.ts';
import { createPolicy } from './policy.ts';
import { createResourceFinder } from './resources.ts';
import { createDeviceFeature } from './device-flow.ts';
import type { DevicePages } from './device-pages.ts';
import type { EnginePages } from './pages.ts';
import { endpoints } from './endpoints.ts';
import { createEngineFetch } from './engine-fetch.ts';
import { createActingClaims, createIntrospectionPolicy, mayRevoke } from './token-policies.ts';
import { createRegistrationFeatures, isRegistrationOn, type ClientRegistration } from './registration.ts';

const JWKS_LIMIT_BYTES = 64 * 1024;

export type SettingsParts = FinderParts & {
  config: Config;
  store: Store;
  clock: Clock;
  accounts: Accounts;
  endGrant: Endings['endGrant'];
  consents: Consents;
  clients: ClientCache;
  clientRegistration: ClientRegistration;
  fetcher: Fetcher;
  pages: EnginePages;
  devicePages: DevicePages;
  deviceCodes: Pick<DeviceCodes, 'hash' | 'find'>;
  cookies: Pick<Cookies, 'knownBrowserId'>;
  hasSecondFactor: (accountId: string) => Promise<boolean>;
  levels: Levels;
  canProve: (accountId: string, levels: readonly string[]) => Promise<boolean>;
  isSpared: (accountId: string, entryId: string) => Promise<boolean>;
};

/** The engine's configuration with these signing keys. */
export function createSettings(parts: SettingsParts, keys: readonly PrivateJwk[]): Configuration {
  const { config, clock, clients, clientRegistration, pages } = parts;
  const { registrationPolicies } = clientRegistration;
  const https = config.issuer.startsWith('https:');
  return {
    adapter: createEngineAdapter(parts),
    jwks: { keys },
    routes: endpoints,
    findAccount: createAccountFinder(parts),
    loadExistingGrant: createGrantLoader({ ...parts, refreshTokenMax: config.refreshTokenMax }),
    interactions: {
      policy: createPolicy({ ...parts, canRegister: config.registration }),
      url: (_ctx, { uid }) => `/interaction/${uid}`,
    },
    renderError: pages.renderError,
    // How and when somebody signed in is always told; a relying party need not ask for it (Core §2).
    claims: {
      ...mutable(claimsByScope),
      openid: ['sub', 'acr', 'amr', 'auth_time', 'act'],
      iss: null,
      sid: null,
    },
    scopes: [...identityScopes],
    acrValues: [...parts.levels.all],
    // `none` is for our own account pages alone: no other client can be registered for it.
    responseTypes: ['code', 'none'] as ResponseType[],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    // Everybody proves possession of the code, confidential clients too (RFC 9700 §2.1.1).
    pkce: { required: () => true },
    // Scopes decide what goes into the ID token only where no access token for userinfo is issued (Core §5.4).
    conformIdTokenClaims: true,
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    clockTolerance: 5,
    cookies: {
      names: {
        session: https ? '__Host-vratny_session' : 'vratny_session',
        interaction: https ? '__Secure-vratny_interaction' : 'vratny_interaction',
        resume: https ? '__Secure-vratny_resume' : 'vratny_resume',
      },
      // Identifiers are 256 random bits that must exist in storage: a signature would add nothing.
      long: { httpOnly: true, sameSite: 'lax', signed: false, secure: https, path: '/' },
      short: { httpOnly: true, sameSite: 'lax', signed: false, secure: https },
    },
    discovery: {
      ui_locales_supported: ['cs', 'en'],
      claims_locales_supported: ['cs', 'en'],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'].concat(
        config.registration ? ['create'] : [],
      ),
    },
    extraClientMetadata: {
      properties: ['first_party', 'resource_server', 'accent_color', 'registration_policy'],
    },
    clientBasedCORS: (_ctx, origin, client) =>
      origin !== 'null' &&
      client.clientAuthMethod === 'none' &&
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    extraParams: { [CUSTOMER_PARAMETER]: checkCustomerParameter },
    extraTokenClaims: createActingClaims(parts),
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // What a device may do is its own: signing out of the browser in which it was allowed does not end it.
    expiresWithSession: (_ctx, source) =>
      Promise.resolve(source.kind !== 'DeviceCode' && !source.scopes.has('offline_access')),
    ttl: createLifetimes(config, clock, registrationPolicies),
    fetch: createEngineFetch(parts.fetcher),
    fetchResponseBodyLimits: { jwks_uri: JWKS_LIMIT_BYTES, sector_identifier_uri: JWKS_LIMIT_BYTES },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'],
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
    } as never,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: createIntrospectionPolicy(parts) },
      revocation: { enabled: true, allowedPolicy: mayRevoke },
      deviceFlow: createDeviceFeature(parts.devicePages),
      pushedAuthorizationRequests: { enabled: true },
      ...(isRegistrationOn(registrationPolicies) ? createRegistrationFeatures(clientRegistration) : {}),
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.logoutSource,
        postLogoutSuccessSource: pages.signedOutSource,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf ?? [],
        useGrantedResource: () => Promise.resolve(true),
        getResourceServerInfo: createResourceFinder(config, clients),
      },
    },
  };
}

const mutable = (byScope: Readonly<Record<string, readonly string[]>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(byScope).map(([scope, claims]) => [scope, [...claims]]));

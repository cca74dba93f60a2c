// The engine's configuration, each switch with its reason. Whatever is not named here keeps the engine's own
// default, and features that nobody asked for stay off.

import type { AccountClaims, Configuration, KoaContextWithOIDC, ResponseType } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { Clock } from '../ports/clock.ts';
import type { Fetcher } from '../ports/fetcher.ts';
import type { Store } from '../ports/store.ts';
import type { Config } from '../config/options.ts';
import { standsFor, type Account, type Accounts } from '../domain/accounts/accounts.ts';
import type { RegistrationPolicies } from '../domain/client-registration/policies.ts';
import type { Consents } from '../domain/clients/consents.ts';
import type { ChosenCustomer } from '../domain/customers/chosen-customer.ts';
import { DEVICE_CODE_SECONDS, type DeviceCodes } from '../domain/sign-ins/device-codes.ts';
import type { Endings } from '../domain/sign-ins/endings.ts';
import { permissions } from '../domain/operators/permissions.ts';
import { sessionStands } from '../domain/sign-ins/sessions.ts';
import type { StandingUse, Uses } from '../domain/support-access/uses.ts';
import type { PrivateJwk } from '../domain/signing-keys.ts';
import type { Levels } from './acr.ts';
import { checkCustomerParameter, CUSTOMER_PARAMETER, customerOf } from './acting.ts';
import { createEngineAdapter } from './adapter.ts';
import { signInOf } from './devices.ts';
import { claimsByScope, claimsOf, identityScopes } from './claims.ts';
import type { ClientCache } from './client-cache.ts';
import { createGrantLoader, grantLife } from './grants.ts';
import { operatorsApiOf } from './operator-scopes.ts';
import { createPolicy } from './policy.ts';
import { createDeviceFeature } from './device-flow.ts';
import type { DevicePages } from './device-pages.ts';
import type { EnginePages } from './pages.ts';
import { markOfGrant, markOfSession, type SupportMark } from './support-mark.ts';
import { UNTOLD_SECONDS } from './support-sessions.ts';
import { endpoints } from './endpoints.ts';
import { createEngineFetch } from './engine-fetch.ts';
import { createIntrospectionPolicy, mayRevoke } from './token-policies.ts';
import {
  createLifeBound,
  createRegistrationFeatures,
  isRegistrationOn,
  type ClientRegistration,
} from './registration.ts';

type Granted = { readonly grantId?: string | undefined };

const JWKS_LIMIT_BYTES = 64 * 1024;

export type SettingsParts = {
  config: Config;
  store: Store;
  clock: Clock;
  accounts: Accounts;
  chosenCustomer: ChosenCustomer;
  endGrant: Endings['endGrant'];
  consents: Consents;
  clients: ClientCache;
  clientRegistration: ClientRegistration;
  fetcher: Fetcher;
  pages: EnginePages;
  devicePages: DevicePages;
  deviceCodes: Pick<DeviceCodes, 'hash' | 'find'>;
  hasSecondFactor: (accountId: string) => Promise<boolean>;
  levels: Levels;
  canProve: (accountId: string, levels: readonly string[]) => Promise<boolean>;
  isSpared: (accountId: string, entryId: string) => Promise<boolean>;
  /** What operators do as support stands or has ended. */
  supportUses: Pick<Uses, 'find'>;
  /** The person's SSH keys, as lines of `authorized_keys`. */
  sshKeysOf: (accountId: string) => Promise<string[]>;
};

/** The engine's configuration with these signing keys. */
export function createSettings(parts: SettingsParts, keys: readonly PrivateJwk[]): Configuration {
  const { config, store, clock, clients, clientRegistration, pages } = parts;
  const { registrationPolicies } = clientRegistration;
  const https = config.issuer.startsWith('https:');
  return {
    adapter: createEngineAdapter(store, clock, clients, clientRegistration, parts.deviceCodes),
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
    extraTokenClaims: createActor(parts),
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // What a device may do is its own: signing out of the browser in which it was allowed does not end it.
    expiresWithSession: (_ctx, source) =>
      Promise.resolve(source.kind !== 'DeviceCode' && !source.scopes.has('offline_access')),
    ttl: lifetimes(config, clock, registrationPolicies),
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

/** Whether what is shown stands for the account: a token by its sign-in (or by itself), else the session. */
function stands(ctx: KoaContextWithOIDC, account: Account, token: object | undefined): boolean {
  if (token === undefined) {
    const { session } = ctx.oidc;
    return sessionStands(account, { loginTs: session?.loginTs, provedAt: signInOf(ctx, session).provedAt });
  }
  const { authTime, iat } = token as { authTime?: number; iat?: number };
  return standsFor(account, authTime ?? iat);
}

/** Accounts for the engine: a disabled one is as good as none, so its tokens and sessions end with it. */
function createAccountFinder(parts: SettingsParts): Configuration['findAccount'] {
  const { accounts, chosenCustomer, sshKeysOf, supportUses } = parts;

  /** Whom the person acts for, as the grant has it; one that was given before they acted for anybody has none. */
  function actingIn(ctx: KoaContextWithOIDC, accountId: string, use: StandingUse | undefined) {
    const customerId = use?.customerId ?? customerOf(ctx.oidc.grant);
    return customerId === undefined
      ? chosenCustomer.inSession(accountId, ctx.oidc.session?.uid)
      : chosenCustomer.forCustomer(accountId, customerId);
  }

  return async (ctx, sub, token) => {
    const found = await accounts.get(sub);
    if (!found || !stands(ctx, found.doc, token)) return undefined;
    const mark = token ? markOfGrant((token as Granted).grantId) : markOfSession(ctx.oidc.session);
    const use = mark && (await supportUses.find(mark.use));
    if (mark && use?.accountId !== sub) return undefined;
    return {
      accountId: found.id,
      async claims(_use, scope, claims): Promise<AccountClaims> {
        const wants = (name: string) => scope.split(' ').includes(name);
        const named = Object.keys(claims ?? {}).some((claim) => claim.startsWith('customer_'));
        const known = claimsOf(
          found.id,
          found.doc,
          named || wants('customer') ? await actingIn(ctx, found.id, use) : undefined,
          use && { sub: use.operatorId },
        );
        const wantsKeys = wants('ssh_keys') || 'ssh_keys' in (claims ?? {});
        return wantsKeys ? { ...known, ssh_keys: await sshKeysOf(found.id) } : known;
      },
    };
  };
}

/** Access tokens of support say who acts (RFC 8693 §4.1), where they are asked about as in those that are JWTs. */
function createActor({ supportUses }: SettingsParts): NonNullable<Configuration['extraTokenClaims']> {
  return async (_ctx, token) => {
    const mark = markOfGrant((token as Granted).grantId);
    if (!mark) return undefined;
    const use = await supportUses.find(mark.use);
    // It has ended in this very moment: without `act` the token would pass for the person's own.
    if (!use) throw new errors.InvalidGrant('support access has ended');
    return { act: { sub: use.operatorId } };
  };
}

/**
 * Resource servers of the configuration and the operators' API, with those of their scopes that the client is registered
 * for. Tokens for the operators' API are a client's own, never a person's; they are judged here, so they are opaque.
 */
function createResourceFinder(config: Config, clients: ClientCache) {
  const operatorsApi = operatorsApiOf(config.issuer);
  return async (ctx: KoaContextWithOIDC, indicator: string, client: { clientId: string }) => {
    const registered = new Set((await clients.record(client.clientId))?.metadata.scope.split(' '));
    const permitted = (scopes: readonly string[]) =>
      scopes.filter((scope) => registered.has(scope)).join(' ');
    if (indicator === operatorsApi) {
      const isOwn = ctx.oidc.route === 'token' && ctx.oidc.params?.['grant_type'] === 'client_credentials';
      const scope = permitted(permissions);
      if (!isOwn || scope === '') throw new errors.InvalidTarget('resource indicator is not known');
      const ttl = config.clientTokenLife;
      return { scope, audience: indicator, accessTokenFormat: 'opaque' as const, accessTokenTTL: ttl };
    }
    const scopes = Object.hasOwn(config.resources, indicator) ? config.resources[indicator] : undefined;
    if (scopes === undefined) throw new errors.InvalidTarget('resource indicator is not known');
    return {
      scope: permitted(scopes.split(' ')),
      audience: indicator,
      accessTokenFormat: 'jwt' as const,
      accessTokenTTL: config.accessTokenLife,
      jwt: { sign: { alg: 'ES256' as const } },
    };
  };
}

/** A JWT cannot be taken back before its end: of support it lives no longer than this, in seconds. */
const MARKED_JWT_LIFE = 300;

function lifetimes(config: Config, clock: Clock, policies: RegistrationPolicies): Configuration['ttl'] {
  const left = (mark: SupportMark): number =>
    Math.max(1, mark.until - Math.floor(clock.now().getTime() / 1000));
  /** Of support nothing lives longer than its use. */
  const bounded = (life: number, grantId: string | undefined): number => {
    const mark = markOfGrant(grantId);
    return mark ? Math.min(life, left(mark)) : life;
  };
  const allow = createLifeBound(policies);
  return {
    AccessToken(_ctx, token, client) {
      const { grantId, resourceServer } = token;
      const life = allow(resourceServer?.accessTokenTTL ?? config.accessTokenLife, client, 'accessTokenLife');
      const isJwt = markOfGrant(grantId) !== undefined && resourceServer?.accessTokenFormat === 'jwt';
      return bounded(isJwt ? Math.min(life, MARKED_JWT_LIFE) : life, grantId);
    },
    ClientCredentials: (_ctx, token, client) =>
      allow(token.resourceServer?.accessTokenTTL ?? config.clientTokenLife, client, 'accessTokenLife'),
    AuthorizationCode: 60,
    DeviceCode: DEVICE_CODE_SECONDS,
    IdToken: ({ oidc }) => bounded(config.accessTokenLife, oidc.entities.Grant?.jti),
    Interaction: config.interactionLife,
    // Ends when unused, and in any case some time after the sign-in (NIST SP 800-63B-4 §2.1.3).
    Session: (_ctx, session) => {
      // Nobody is signed in: it only carries the question whether to sign out.
      if (session.accountId === undefined) return config.interactionLife;
      const mark = markOfSession(session);
      if (mark) return left(mark) + UNTOLD_SECONDS;
      const age = session.loginTs === undefined ? 0 : Math.floor(Date.now() / 1000) - session.loginTs;
      return Math.max(1, Math.min(config.sessionLife, config.sessionMax - age));
    },
    Grant: grantLife(config.refreshTokenMax),
    RefreshToken(_ctx, token, client) {
      const life = Math.min(config.refreshTokenLife, config.refreshTokenMax - token.totalLifetime());
      return bounded(Math.max(1, allow(life, client, 'refreshTokenLife')), token.grantId);
    },
  };
}

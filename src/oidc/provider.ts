// The engine itself, with what it does not let one configure set right.

import Engine, {
  type Configuration,
  type KoaContextWithOIDC,
  type TokenEndpointGrantContext,
} from 'oidc-provider';
import type Koa from 'koa';
import { AppError } from '../lib/app-error.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../ports/clock.ts';
import { pinAuthority } from '../http/authority.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Audit } from '../domain/audit/audit.ts';
import type { TokenChecks } from '../domain/api-tokens/token-checks.ts';
import type { SupportAccess } from '../domain/support-access/support-access.ts';
import type { Uses } from '../domain/support-access/uses.ts';
import { DEVICE_GRANT } from '../domain/clients/client-metadata.ts';
import type { DevicePollsOf } from '../domain/sign-ins/device-polls.ts';
import type { Quotas } from '../domain/limits/quotas.ts';
import type { TellClients } from '../domain/sign-ins/endings.ts';
import type { Cookies } from '../http/cookies.ts';
import { clearSiteData } from '../http/headers.ts';
import { setRoute } from '../http/request-facts.ts';
import { firstSeen } from './adapter.ts';
import type { ClientCache } from './client-cache.ts';
import type { Metadata } from './metadata.ts';
import type { EnginePages } from './pages.ts';
import { rememberCustomers } from './acting.ts';
import { rememberDevices } from './devices.ts';
import { createDeviceQuota } from './device-quota.ts';
import { keepDevicesApart, paceDevices, tellInterval } from './device-flow.ts';
import { dropHeldSignIns } from './held-sign-ins.ts';
import { queueLogouts } from './logout-delivery.ts';
import { rememberSupport } from './support-mark.ts';
import {
  createSupportRequests,
  keepSupportApart,
  logoutAction,
  sessionCookieName,
} from './support-requests.ts';
import { createSupportSessions } from './support-sessions.ts';
import { endpoints } from './endpoints.ts';
import { showRegistration } from './registration.ts';
import { createTokenIntrospection } from './token-introspection.ts';
import { recordReuse } from './token-reuse.ts';
import { nameTokenKinds } from './token-kinds.ts';
import { awaitWrites } from './begun-writes.ts';

type Hooks = {
  issuer: string;
  clock: Clock;
  clients: ClientCache;
  pages: EnginePages;
  metadata: Metadata;
  cookies: Cookies;
  tellClients: TellClients;
  audit: Pick<Audit, 'note'>;
  accounts: Accounts;
  tokenChecks: TokenChecks;
  supportUses: Pick<Uses, 'find'>;
  supportAccess: Pick<SupportAccess, 'leave' | 'leaveAll'>;
  devicePolls: DevicePollsOf;
  quotas: Quotas;
  log: Log;
};
type Client = InstanceType<Engine['Client']>;
type ResponseMode = Parameters<Engine['registerResponseMode']>[1];
type Names = string | readonly string[] | ReadonlySet<string>;

/** A running engine for this configuration. */
export function createProvider(
  configuration: Configuration,
  {
    issuer,
    clock,
    clients,
    pages,
    metadata,
    cookies,
    tellClients,
    audit,
    accounts,
    tokenChecks,
    supportUses,
    supportAccess,
    devicePolls,
    quotas,
    log,
  }: Hooks,
): Engine {
  class Provider extends Engine {
    /** The engine registers its response modes from its constructor; its form_post page has a script inside. */
    override registerResponseMode(name: string, handler: ResponseMode): void {
      super.registerResponseMode(name, name === 'form_post' ? pages.formPost : handler);
    }

    /** A browser may hold a session of support beside the person's own. */
    override cookieName(type: string): string {
      const own = super.cookieName(type);
      return type === 'session' ? sessionCookieName(own, cookies) : own;
    }

    /** And its grant types, which write one thing after the other. */
    override registerGrantType<Parameters extends object>(
      name: string,
      handler: (ctx: TokenEndpointGrantContext<Parameters>) => void | Promise<void>,
      parameters?: Names,
      duplicates?: Names,
    ): void {
      const paced = name === DEVICE_GRANT ? paceDevices(handler, devicePolls) : handler;
      const handle = (ctx: TokenEndpointGrantContext<Parameters>) => awaitWrites(ctx, () => paced(ctx));
      super.registerGrantType(name, handle, parameters, duplicates);
    }
  }
  const provider = new Provider(issuer, configuration);
  pinAuthority(provider, issuer);
  compareSecretsByHash(provider, clients);
  findClientsOnce(provider, clients);
  takeReplaysOnce(provider);
  rememberDevices(provider, { cookies, clock });
  rememberCustomers(provider);
  rememberSupport(provider);
  keepDevicesApart(provider);
  tellInterval(provider);
  keepSupportApart(provider);
  dropHeldSignIns(provider, accounts, cookies);
  queueLogouts(provider, tellClients);
  recordReuse(provider, audit);
  nameTokenKinds(provider, clock);
  provider.use(createSurroundings(pages, metadata, clients) as Koa.Middleware);
  provider.use(
    createSupportRequests({
      cookies,
      sessions: createSupportSessions({
        provider: () => provider,
        accounts,
        uses: supportUses,
        cookies,
        clock,
      }),
      access: supportAccess,
      endpoints,
    }) as Koa.Middleware,
  );
  provider.use(createDeviceQuota({ quotas, log }) as Koa.Middleware);
  provider.use(createTokenIntrospection({ clients, tokenChecks, issuer }) as Koa.Middleware);
  return provider;
}

/** Client secrets are stored as hashes, so the engine's own comparison of texts cannot serve. */
function compareSecretsByHash(provider: Engine, clients: ClientCache): void {
  const prototype = provider.Client.prototype as unknown as {
    clientId: string;
    compareClientSecret: (actual: string) => Promise<boolean>;
  };
  prototype.compareClientSecret = function compareClientSecret(this: { clientId: string }, actual: string) {
    return clients.secretMatches(this.clientId, actual);
  };
}

/**
 * The engine tells whether a client has changed by a hash over its metadata, made anew for every request. Ours come
 * from the cache as the same object until they change.
 */
function findClientsOnce(provider: Engine, clients: ClientCache): void {
  const known = new WeakMap<object, Client>();
  const { Client } = provider;
  const find = Client.find.bind(Client);
  Client.find = async (id) => {
    if (typeof id !== 'string' || id === '') return undefined;
    const metadata = await clients.engine(id);
    if (metadata === undefined) return undefined;
    let client = known.get(metadata);
    if (client === undefined) {
      client = await find(id);
      if (client !== undefined) known.set(metadata, client);
    }
    return client;
  };
}

/** The engine looks a `jti` up and then stores it; between the two another request may do the same. */
function takeReplaysOnce(provider: Engine): void {
  const replays = provider.ReplayDetection as unknown as {
    unique: (issuer: string, jti: string, exp: number) => Promise<boolean>;
  };
  const unique = replays.unique.bind(replays);
  replays.unique = async (clientIssuer, jti, exp) => {
    let isNew = false;
    const inserted = await firstSeen(async () => {
      isNew = await unique(clientIssuer, jti, exp);
    });
    return inserted && isNew;
  };
}

/** The methods of each endpoint, for `Allow` (RFC 9110 §15.5.6). */
const methods: Readonly<Record<keyof typeof endpoints, string>> = {
  authorization: 'GET, HEAD',
  code_verification: 'GET, HEAD, POST',
  device_authorization: 'POST, OPTIONS',
  end_session: 'GET, HEAD',
  introspection: 'POST, OPTIONS',
  jwks: 'GET, HEAD, OPTIONS',
  pushed_authorization_request: 'POST, OPTIONS',
  registration: 'POST',
  revocation: 'POST, OPTIONS',
  token: 'POST, OPTIONS',
  userinfo: 'GET, HEAD, POST, OPTIONS',
};
const methodsOf = new Map(
  Object.entries(endpoints).map(([name, path]) => [path as string, methods[name as keyof typeof endpoints]]),
);

const openRoutes: ReadonlySet<string | undefined> = new Set(['discovery', 'jwks']);

/** The engine lets the calling origin read an answer before it knows the client, whose origins decide that. */
function hideFromOrigins(ctx: KoaContextWithOIDC): void {
  if (ctx.method === 'OPTIONS' || openRoutes.has(ctx.oidc?.route)) return;
  if (!ctx.oidc?.client) ctx.remove('Access-Control-Allow-Origin');
  if (!ctx.res.hasHeader('Access-Control-Allow-Origin')) ctx.remove('Access-Control-Expose-Headers');
}

/** The request that a sign-in begins with, and the one that it comes back by. */
const isAuthorization = (path: string): boolean =>
  path === endpoints.authorization || path.startsWith(`${endpoints.authorization}/`);

/** How the engine's only page that is not set by configuration begins; our own escape what others put into them. */
const ENGINE_PAGE = '<title>Submitting Callback</title>';

/** Around every engine request: its route for the log, a page for automatic sign-out, errors that are ours. */
function createSurroundings(pages: EnginePages, metadata: Metadata, clients: ClientCache) {
  return async function surround(
    ctx: KoaContextWithOIDC & { _matchedRouteName?: string },
    next: () => Promise<void>,
  ) {
    try {
      await (isAuthorization(ctx.path) ? awaitWrites(ctx, next) : next());
    } catch (error) {
      // The engine may have come to its answer before a write failed.
      ctx.remove('Location');
      throw error;
    } finally {
      setRoute(ctx.req, ctx.oidc?.route ?? ctx._matchedRouteName ?? 'oidc');
      hideFromOrigins(ctx);
    }
    if (ctx.status === 404 && ctx.body === undefined) {
      const allowed = methodsOf.get(ctx.path);
      if (allowed === undefined) throw new AppError('not_found');
      ctx.set('Allow', allowed);
      throw new AppError('method_not_allowed');
    }
    metadata.keep(ctx);
    await showRegistration(ctx, clients);
    const { session } = ctx.oidc ?? {};
    if (ctx.oidc?.route === 'end_session_confirm' && (session as { destroyed?: true } | undefined)?.destroyed)
      clearSiteData(ctx.res);
    // To sign out whom nobody asks (nobody is signed in, or somebody else has just proved who they are) the engine
    // makes a page of its own that submits itself to the confirmation.
    const state = ctx.oidc?.session?.state as { secret?: string } | undefined;
    if (typeof ctx.body === 'string' && ctx.body.includes(ENGINE_PAGE) && state?.secret) {
      const action = logoutAction(ctx);
      await pages.showContinue(ctx, action, { xsrf: state.secret, logout: 'yes' }, 200);
    }
  };
}

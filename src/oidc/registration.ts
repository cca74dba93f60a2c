// Clients that register themselves (RFC 7591) and look after their registration (RFC 7592) by the engine's own endpoints.
// The engine minds tokens and answers; which registration a policy allows, how it is stored and how often a token is good
// for is ours.

import type { IncomingMessage } from 'node:http';
import Engine, { errors, type Adapter, type AdapterPayload, type KoaContextWithOIDC } from 'oidc-provider';
import { AppError } from '../lib/app-error.ts';
import { secretsEqual } from '../lib/digest.ts';
import { randomToken } from '../lib/random.ts';
import { usesSecret, type ClientMetadata } from '../domain/clients/client-metadata.ts';
import {
  registrationBy,
  RegistrationRefused,
  type RegistrationPolicies,
} from '../domain/client-registration/policies.ts';
import type { RegisteredClients } from '../domain/client-registration/registered-clients.ts';
import type { RegistrationTokens } from '../domain/client-registration/registration-tokens.ts';
import { originOf, wideOriginOf, type Quotas } from '../domain/limits/quotas.ts';
import { gatherBody } from '../http/body.ts';
import type { Route } from '../http/gate.ts';
import { factsOf } from '../http/request-facts.ts';
import { identityScopes } from './claims.ts';
import type { ClientCache } from './client-cache.ts';
import { endpoints } from './endpoints.ts';

export type ClientRegistration = {
  readonly registrationPolicies: RegistrationPolicies;
  readonly registrationTokens: RegistrationTokens;
  readonly registeredClients: RegisteredClients;
};

/** How many registrations are tried from one /32 or /64, and from one /24 or /48, whatever becomes of them. */
export const registrationQuotas = {
  network: { limit: 30, windowSeconds: 3600 },
  wide: { limit: 100, windowSeconds: 3600 },
} as const;

type Judged = { readonly metadata: ClientMetadata; readonly policy: string; readonly token: string };
/** What a request was judged to register, until the engine stores it. */
const judged = new WeakMap<object, Judged>();

/** Whether clients can register themselves at all. */
export const isRegistrationOn = (policies: RegistrationPolicies): boolean => Object.keys(policies).length > 0;

/** The engine's features. */
export function createRegistrationFeatures({ registrationPolicies, registrationTokens }: ClientRegistration) {
  async function judge(
    name: string,
    ctx: KoaContextWithOIDC,
    properties: Record<string, unknown>,
  ): Promise<void> {
    let metadata: ClientMetadata;
    try {
      metadata = registrationBy(registrationPolicies[name]!, String(properties['client_id']), properties);
    } catch (error) {
      if (error instanceof RegistrationRefused) throw new errors.InvalidClientMetadata(error.message);
      throw error;
    }
    let token = '';
    // Only now: a mistake in the registration costs no use.
    if (ctx.oidc.entities.InitialAccessToken) {
      const found = await registrationTokens.find(ctx.oidc.getAccessToken());
      token = found?.id ?? '';
      if (!found || !(await registrationTokens.spend(token)))
        throw new errors.InvalidToken('initial access token is used up');
    }
    judged.set(ctx, { metadata, policy: name, token });
    const { client_id_issued_at: issuedAt, client_secret: secret } = properties;
    for (const field of Object.keys(properties)) delete properties[field];
    Object.assign(properties, engineFields(metadata), {
      client_id_issued_at: issuedAt,
      ...(usesSecret(metadata) ? { client_secret: secret, client_secret_expires_at: 0 } : {}),
    });
  }

  const policies = Object.fromEntries(
    Object.keys(registrationPolicies).map((name) => [
      name,
      (ctx: KoaContextWithOIDC, properties: object) =>
        judge(name, ctx, properties as Record<string, unknown>),
    ]),
  );
  return {
    registration: {
      enabled: true,
      initialAccessToken: true,
      policies,
      idFactory: () => `client-${randomToken().slice(0, 20)}`,
      secretFactory: () => randomToken(),
      issueRegistrationAccessToken: true,
    },
    registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
  };
}

/** Bounds the life of a token, in seconds, by the policy by which its client has registered itself. */
export const createLifeBound =
  (policies: RegistrationPolicies) =>
  (seconds: number, client: object | undefined, kind: 'accessTokenLife' | 'refreshTokenLife'): number => {
    const { registration_policy: name } = (client ?? {}) as { registration_policy?: string };
    const policy = name !== undefined && Object.hasOwn(policies, name) ? policies[name] : undefined;
    return Math.min(seconds, policy?.[kind] ?? seconds);
  };

/** The engine knows the identity scopes only; those of resource servers are judged by our record. */
function engineFields({ scope, ...metadata }: ClientMetadata): Record<string, unknown> {
  const identity = scope.split(' ').filter((name) => identityScopes.has(name));
  return { ...metadata, scope: identity.length > 0 ? identity.join(' ') : 'openid' };
}

/** What the engine does with clients that register themselves. */
export function registrationAdapter(
  { registeredClients }: ClientRegistration,
  clients: ClientCache,
): Pick<Adapter, 'upsert' | 'destroy'> {
  return {
    async upsert(id: string, payload: AdapterPayload) {
      const ctx = Engine.ctx;
      const found = ctx && judged.get(ctx);
      if (!found || found.metadata.client_id !== id) throw new Error('a client that no policy has judged');
      const secret = usesSecret(found.metadata) ? (payload['client_secret'] as string) : undefined;
      if (ctx.oidc.entities.InitialAccessToken) {
        await registeredClients.register(found.metadata, secret, found);
      } else {
        const stored = (await clients.record(id))?.secrets.map(({ hash }) => hash) ?? [];
        // The engine hands back what it was given, which is a hash; only what it has just made is a secret.
        const isKept = secret !== undefined && stored.some((hash) => secretsEqual(hash, secret));
        const fresh = isKept ? undefined : secret;
        if (!(await registeredClients.change(found.metadata, fresh)))
          throw new errors.InvalidToken('the client did not register itself');
      }
      clients.clear();
    },
    async destroy(id: string) {
      await registeredClients.remove(id);
      clients.clear();
    },
  };
}

/** The engine's view of initial access tokens: the operators'. */
export function initialAccessTokenAdapter({
  registrationPolicies,
  registrationTokens,
}: ClientRegistration): Pick<Adapter, 'find'> {
  return {
    async find(value: string) {
      const found = await registrationTokens.find(value);
      // Its policy may have gone from the configuration since: then it allows nothing.
      if (!found || !Object.hasOwn(registrationPolicies, found.doc.policy)) return undefined;
      return {
        kind: 'InitialAccessToken',
        jti: value,
        policies: [found.doc.policy],
        iat: Math.floor(Date.parse(found.doc.createdAt) / 1000),
        exp: Math.floor(Date.parse(found.doc.expiresAt) / 1000),
      };
    },
  };
}

/** Makes answers tell what is registered: the scope in full, and never the hash of a secret. */
export async function showRegistration(ctx: KoaContextWithOIDC, clients: ClientCache): Promise<void> {
  if (!isRegistrationPath(ctx.path)) return;
  const body = ctx.body as Record<string, unknown> | undefined;
  if (typeof body !== 'object' || body === null || typeof body['client_id'] !== 'string') return;
  const record = await clients.record(body['client_id']);
  if (!record) return;
  const shown = body['client_secret'];
  const isHash = typeof shown === 'string' && record.secrets.some(({ hash }) => secretsEqual(hash, shown));
  for (const field of ['first_party', 'resource_server', 'registration_policy']) delete body[field];
  if (isHash) for (const field of ['client_secret', 'client_secret_expires_at']) delete body[field];
  body['scope'] = record.metadata.scope;
}

const isRegistrationPath = (path: string): boolean =>
  path === endpoints.registration || path.startsWith(`${endpoints.registration}/`);

/** The endpoints as a route; it answers for their paths only where there are policies. */
export function createRegistrationRoute(parts: {
  registrationPolicies: RegistrationPolicies;
  quotas: Quotas;
  clients: ClientCache;
  limitBytes: number;
  handle: (req: IncomingMessage, res: Parameters<NonNullable<ReturnType<Route>>>[1]) => void | Promise<void>;
}): Route {
  const { quotas, clients, limitBytes, handle } = parts;
  if (!isRegistrationOn(parts.registrationPolicies)) return () => undefined;

  /**
   * A client may say its secret when it changes its registration (RFC 7592 §2.2); the engine has no more than a hash to
   * compare it with. One that is right is taken out, a wrong one is left for the engine to refuse.
   */
  async function withoutSecret(clientId: string, bytes: Buffer): Promise<Buffer> {
    let body: unknown;
    try {
      body = JSON.parse(bytes.toString());
    } catch {
      return bytes;
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return bytes;
    const { client_secret: secret, ...rest } = body as Record<string, unknown>;
    if (typeof secret !== 'string' || !(await clients.secretMatches(clientId, secret))) return bytes;
    return Buffer.from(JSON.stringify(rest));
  }

  async function spend(req: IncomingMessage): Promise<void> {
    const { address } = factsOf(req);
    const retryAfterSeconds = await quotas.spend([
      { id: `client-registration:network:${originOf(address)}`, ...registrationQuotas.network },
      { id: `client-registration:wide:${wideOriginOf(address)}`, ...registrationQuotas.wide },
    ]);
    if (retryAfterSeconds > 0) throw new AppError('too_many_requests', { retryAfterSeconds });
  }

  return (path) => {
    if (!isRegistrationPath(path)) return undefined;
    const isCollection = path === endpoints.registration;
    const allowed = isCollection ? ['POST'] : ['GET', 'PUT', 'DELETE'];
    return async (req, res) => {
      if (!allowed.includes(req.method!)) {
        res.setHeader('Allow', allowed.join(', '));
        throw new AppError('method_not_allowed');
      }
      if (isCollection) await spend(req);
      if (req.method === 'POST' || req.method === 'PUT') {
        // Ids of ours need no escaping; what is escaped is no client.
        const clientId = path.slice(endpoints.registration.length + 1);
        gatherBody(req, limitBytes, isCollection ? undefined : (bytes) => withoutSecret(clientId, bytes));
        // What is read may be shorter than what was sent: a body of unknown length.
        if (!isCollection && req.headers['content-length'] !== undefined) {
          delete req.headers['content-length'];
          req.headers['transfer-encoding'] = 'chunked';
        }
      }
      return handle(req, res);
    };
  };
}

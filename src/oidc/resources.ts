// What access tokens are for: the resource servers that a token may be asked for (RFC 8707).

import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../config/options.ts';
import { permissions } from '../domain/operators/permissions.ts';
import type { ClientCache } from './client-cache.ts';
import { operatorsApiOf } from './operator-scopes.ts';

/**
 * Resource servers of the configuration and the operators' API, with those of their scopes that the client is registered
 * for. Tokens for the operators' API are a client's own, never a person's; they are judged here, so they are opaque.
 */
export function createResourceFinder(
  config: Pick<Config, 'issuer' | 'resources' | 'clientTokenLife' | 'accessTokenLife'>,
  clients: Pick<ClientCache, 'record'>,
) {
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

// Access tokens of the operators' API: issued by client credentials alone, for the built-in resource server of the
// provider, opaque, and judged here at every request against what is stored at that moment (RFC 6750, RFC 8707).

import type { Clients } from '../domain/clients/clients.ts';
import { isPermission, type Permission } from '../domain/operators/permissions.ts';
import type { RunningEngine } from './engine.ts';
import { operatorsApiOf } from './operator-scopes.ts';

export type OperatorToken = { readonly clientId: string; readonly permissions: ReadonlySet<Permission> };

/**
 * Judges bearer tokens. Whatever is not a token of ours for this API is nothing: one that was revoked or has ended, one
 * for another audience, one of a client that is gone or disabled. A scope that was taken from the client since then does
 * not count.
 */
export function createOperatorTokens(parts: { engine: RunningEngine; clients: Clients; issuer: string }) {
  const { engine, clients, issuer } = parts;
  const audience = operatorsApiOf(issuer);
  return async function findToken(value: string): Promise<OperatorToken | undefined> {
    const token = await engine.provider().ClientCredentials.find(value);
    if (!token || token.aud !== audience || token.clientId === undefined) return undefined;
    // From the store and not from the cache of this node, which learns of changes a second later.
    const record = await clients.find(token.clientId);
    if (!record || record.disabled) return undefined;
    const registered = new Set(record.metadata.scope.split(' '));
    const granted = (token.scope ?? '').split(' ').filter((scope) => registered.has(scope));
    return { clientId: token.clientId, permissions: new Set(granted.filter(isPermission)) };
  };
}

export type OperatorTokens = ReturnType<typeof createOperatorTokens>;

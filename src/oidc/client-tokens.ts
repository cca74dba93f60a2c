// Who calls an endpoint of ours in a client's own name: the token of a client-credentials grant (RFC 6750 §2.1).

import type { IncomingMessage } from 'node:http';
import type { ClientRecord } from '../domain/clients/clients.ts';
import type { ClientCache } from './client-cache.ts';
import type { RunningEngine } from './engine.ts';

/** The client, or what RFC 6750 §3.1 calls the reason why not. */
export type Caller =
  | { readonly kind: 'client'; readonly client: ClientRecord }
  | { readonly kind: 'invalid_token' | 'insufficient_scope' };

/** Reads the bearer token of a request. */
export function createClientTokens(parts: {
  engine: Pick<RunningEngine, 'provider'>;
  clients: Pick<ClientCache, 'record'>;
}) {
  const { engine, clients } = parts;
  return async function callerOf(req: IncomingMessage, scope: string): Promise<Caller> {
    const [, value = ''] = /^Bearer ([\w.~+/=-]{1,512})$/i.exec(req.headers.authorization ?? '') ?? [];
    const token = value === '' ? undefined : await engine.provider().ClientCredentials.find(value);
    const client = token?.clientId === undefined ? undefined : await clients.record(token.clientId);
    // One for a resource server is for that one alone (RFC 8707).
    if (!token?.isValid || client === undefined || token.aud !== undefined) return { kind: 'invalid_token' };
    if (!(token.scope ?? '').split(' ').includes(scope)) return { kind: 'insufficient_scope' };
    return { kind: 'client', client };
  };
}

export type ClientTokens = ReturnType<typeof createClientTokens>;

// API tokens at the introspection endpoint (RFC 7662): the engine authenticates whoever asks and finds no token of its
// own by that name, and its answer is replaced by ours.

import type { KoaContextWithOIDC } from 'oidc-provider';
import type { TokenChecks, TokenFacts } from '../domain/api-tokens/token-checks.ts';
import type { ClientCache } from './client-cache.ts';
import { isApiToken } from './token-kinds.ts';

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

const answerOf = (issuer: string, facts: TokenFacts): Record<string, unknown> => ({
  active: true,
  iss: issuer,
  sub: facts.accountId,
  jti: facts.id,
  scope: facts.scope,
  token_type: 'Bearer',
  token_kind: 'api_token',
  level: facts.level,
  customer_id: facts.customerId,
  customer_number: facts.customerNumber,
  customer_role: facts.role,
  iat: seconds(facts.createdAt),
  ...(facts.endsAt === undefined ? {} : { exp: seconds(facts.endsAt) }),
});

/** Runs around the engine. Only registered resource servers learn anything (A77); to others the token is none. */
export function createTokenIntrospection(parts: {
  clients: Pick<ClientCache, 'record'>;
  tokenChecks: Pick<TokenChecks, 'check'>;
  issuer: string;
}) {
  const { clients, tokenChecks, issuer } = parts;
  return async function introspectApiToken(ctx: KoaContextWithOIDC, next: () => Promise<void>) {
    await next();
    if (ctx.oidc?.route !== 'introspection' || ctx.status !== 200) return;
    const { client, params, body } = ctx.oidc;
    const value = params?.['token'];
    if (client === undefined || typeof value !== 'string' || !isApiToken(value)) return;
    if ((await clients.record(client.clientId))?.metadata.resource_server !== true) return;
    // Not of RFC 7662: the address that the resource server was called from, for tokens that are bound to some.
    const address = body?.['ip'];
    const facts = await tokenChecks.check(value, typeof address === 'string' ? address : undefined);
    if (facts) ctx.body = answerOf(issuer, facts);
  };
}

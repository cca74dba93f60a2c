// Who asks: the bearer token of a request to the operators' API (RFC 6750), and what a refusal says.

import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../../src/domain/operators/caller.ts';
import type { Permission } from '../../../src/domain/operators/permissions.ts';
import { factsOf } from '../../../src/http/request-facts.ts';
import { OPERATORS_API_PAGE } from '../../../src/oidc/operator-scopes.ts';
import type { OperatorTokens } from '../../../src/oidc/operator-tokens.ts';
import { Problem } from './problem.ts';

const REALM = 'Bearer realm="operators"';
const TOKEN = /^Bearer +([A-Za-z0-9._~+/-]{1,512}=*)$/i;

/** The client that a request comes from. Tokens are taken from the header alone, never from the address or a form. */
export async function authenticate(
  req: IncomingMessage,
  findToken: OperatorTokens,
): Promise<Caller & { clientId: string }> {
  const { authorization } = req.headers;
  if (authorization === undefined) throw refused(REALM);
  const value = TOKEN.exec(authorization)?.[1];
  const token = value === undefined ? undefined : await findToken(value);
  if (!token) throw refused(`${REALM}, error="invalid_token"`);
  const { id, address } = factsOf(req);
  return {
    clientId: token.clientId,
    actor: { kind: 'client', clientId: token.clientId },
    permissions: token.permissions,
    address,
    userAgent: req.headers['user-agent'],
    requestId: id,
  };
}

/** The same for every token, so that nothing is told of one; most who come here asked for theirs without the resource. */
const refused = (challenge: string) =>
  new Problem('unauthorized', {
    detail: `send a token that was asked for with the address of this API as the resource: see ${OPERATORS_API_PAGE}`,
    headers: { 'WWW-Authenticate': challenge },
  });

/** The refusal of a token that is good, but not for this. */
export const lacksScope = (permission: Permission, detail = `this needs the scope ${permission}`) =>
  new Problem('forbidden', {
    detail,
    headers: { 'WWW-Authenticate': `${REALM}, error="insufficient_scope", scope="${permission}"` },
  });

// The SSH keys of a person as the text of an `authorized_keys` file, for servers that ask at each login
// (`AuthorizedKeysCommand` of sshd).

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { PublicKeys } from '../../src/domain/public-keys/public-keys.ts';
import { readTarget } from '../../src/http/target.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { ClientTokens } from '../../src/oidc/client-tokens.ts';
import type { Page } from '../route.ts';

/** The scope that a resource server must be registered for, and its token carry. */
const SCOPE = 'ssh_keys';

function answer(
  res: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.end(body);
}

/** GET /api/authorized-keys?account=<id, login name or e-mail> */
export function createAuthorizedKeys(parts: {
  accounts: Pick<Accounts, 'get' | 'findByIdentifier'>;
  publicKeys: Pick<PublicKeys, 'sshLines'>;
  callerOf: ClientTokens;
}): Page {
  const { accounts, publicKeys, callerOf } = parts;
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const caller = await callerOf(req, SCOPE);
    if (caller.kind === 'invalid_token')
      return answer(res, 401, 'invalid_token\n', { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
    // Whoever learns the keys of anybody must be a server that people log in to.
    if (caller.kind !== 'client' || !caller.client.metadata.resource_server) {
      const challenge = `Bearer error="insufficient_scope", scope="${SCOPE}"`;
      return answer(res, 403, 'insufficient_scope\n', { 'WWW-Authenticate': challenge });
    }
    const [wanted, ...more] = new URLSearchParams(readTarget(req.url ?? '').query).getAll('account');
    if (wanted === undefined || more.length > 0)
      throw new AppError('bad_request', { detail: 'the parameter account is needed, once' });
    const account = (await accounts.get(wanted)) ?? (await accounts.findByIdentifier(wanted));
    // Nobody, or nobody any more: no keys, which is what the server has to know.
    const lines = account?.doc.status === 'active' ? await publicKeys.sshLines(account.id) : [];
    return answer(res, 200, lines.map((line) => `${line}\n`).join(''));
  };
}

// Who may ask about a token, who may end it, and who acts by it.

import { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Uses } from '../domain/support-access/uses.ts';
import type { ClientCache } from './client-cache.ts';
import { markOfGrant } from './support-mark.ts';

/**
 * A client may ask about its own tokens; a registered resource server about any. Of a disabled account and of a
 * deleted client no token is active any more.
 */
export function createIntrospectionPolicy({
  clients,
  accounts,
  supportUses,
}: {
  clients: ClientCache;
  accounts: Pick<Accounts, 'get'>;
  supportUses: Pick<Uses, 'find'>;
}) {
  return async (
    _ctx: KoaContextWithOIDC,
    client: { clientId: string },
    token: { clientId?: string | undefined; accountId?: string | undefined; grantId?: string | undefined },
  ) => {
    const own = token.clientId === client.clientId;
    const asker = await clients.record(client.clientId);
    if (!own && asker?.metadata.resource_server !== true) return false;
    if ((await clients.record(token.clientId ?? '')) === undefined) return false;
    const mark = markOfGrant(token.grantId);
    if (mark && !(await supportUses.find(mark.use))) return false;
    return token.accountId === undefined || (await accounts.get(token.accountId))?.doc.status === 'active';
  };
}

type Revoking = { readonly clientId: string; readonly clientAuthMethod?: string | undefined };

/** Its own client alone; another one is told so, unless it has proved nothing itself (RFC 7009 §2.1). */
export function mayRevoke(
  _ctx: KoaContextWithOIDC,
  { clientId, clientAuthMethod }: Revoking,
  token: { clientId?: string | undefined },
): boolean {
  if (token.clientId === clientId) return true;
  if (clientAuthMethod === 'none') return false;
  throw new errors.InvalidRequest('client is not authorized to revoke the presented token');
}

/** Access tokens of support say who acts (RFC 8693 §4.1), where they are asked about as in those that are JWTs. */
export function createActingClaims({
  supportUses,
}: {
  supportUses: Pick<Uses, 'find'>;
}): NonNullable<Configuration['extraTokenClaims']> {
  return async (_ctx, token) => {
    const mark = markOfGrant((token as { grantId?: string }).grantId);
    if (!mark) return undefined;
    const use = await supportUses.find(mark.use);
    // It has ended in this very moment: without `act` the token would pass for the person's own.
    if (!use) throw new errors.InvalidGrant('support access has ended');
    return { act: { sub: use.operatorId } };
  };
}

// A code or refresh token that comes a second time has been copied by somebody: the engine ends all that came of it
// (RFC 6749 §4.1.2, RFC 9700 §4.14.2), and the audit log says so.

import type Engine from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Audit } from '../domain/audit/audit.ts';
import { usedBefore } from './adapter.ts';
import { beginWrite } from './begun-writes.ts';

/** Writes down each grant that ended like that, before the application is answered; once, for it is gone then. */
export function recordReuse(provider: Engine, audit: Pick<Audit, 'note'>): void {
  provider.on('grant.revoked', (ctx: KoaContextWithOIDC) => {
    if (ctx.oidc.route !== 'token') return;
    const { code, refresh_token: refreshToken, device_code: deviceCode } = ctx.oidc.params ?? {};
    const given = { authorization_code: code, refresh_token: refreshToken, device_code: deviceCode };
    for (const [kind, value] of Object.entries(given)) {
      const used = typeof value === 'string' ? usedBefore(value) : undefined;
      const clientId = ctx.oidc.client?.clientId;
      if (!used || clientId === undefined) continue;
      void beginWrite(
        audit.note({
          action: 'grant.ended_by_reuse',
          actor: { kind: 'client', clientId },
          accountId: used.accountId,
          clientId,
          after: { kind },
        }),
      );
    }
  });
}

// The provider's own session, for the pages where a person looks after their account.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts, StoredAccount } from '../domain/accounts/accounts.ts';
import { accountPlace, consolePlace, type OwnPlace } from '../domain/clients/own-client.ts';
import { sessionStands } from '../domain/sign-ins/sessions.ts';
import { isMultiFactor, MULTI_FACTOR } from './acr.ts';
import { deviceOf } from './devices.ts';
import type { RunningEngine } from './engine.ts';
import { endpoints } from './endpoints.ts';
import type { PresentSession } from './present-session.ts';

/** Reads the session of a request, and leads to sign-in. */
export function createOwnSession(parts: {
  engine: RunningEngine;
  accounts: Accounts;
  issuer: string;
  /** Whether the entry of the account's address list still spares it the second factor. */
  isSpared: (accountId: string, entryId: string) => Promise<boolean>;
}) {
  const { engine, accounts, issuer, isSpared } = parts;
  return {
    /** Who is signed in in this browser; `undefined` when nobody is, or their account or session has ended. */
    async find(
      req: IncomingMessage,
      res: ServerResponse,
    ): Promise<{ session: PresentSession; account: StoredAccount } | undefined> {
      const provider = engine.provider();
      const session = await provider.Session.get(provider.createContext(req, res));
      const { accountId, uid, loginTs, amr, acr } = session;
      if (accountId === undefined) return undefined;
      const account = await accounts.get(accountId);
      const device = deviceOf(session);
      if (!account || !sessionStands(account.doc, { loginTs, provedAt: device?.provedAt })) return undefined;
      // Spared the second factor by an address that spares nobody any more: the policy asks for it.
      if (device?.listedBy !== undefined && !(await isSpared(accountId, device.listedBy))) return undefined;
      const authTime = device?.isTimeUntold ? 0 : (loginTs ?? 0);
      return { account, session: { uid, accountId, authTime, amr: amr ?? [], acr } };
    },

    /** Whether two factors were proved in the session. */
    isMultiFactor: ({ amr }: PresentSession): boolean => isMultiFactor(amr),

    /**
     * The authorization request that signs a person in and leads back to `path` of a place of ours, the account pages
     * unless told; with `again` even if they are signed in. The console asks for two factors.
     */
    signInUrl(
      path: string,
      { again = false, to = accountPlace }: { again?: boolean; to?: OwnPlace } = {},
    ): string {
      const params = new URLSearchParams({
        client_id: to.clientId,
        response_type: 'none',
        scope: 'openid',
        redirect_uri: `${issuer}${to.callback}`,
        state: path,
        ...(to === consolePlace ? { acr_values: MULTI_FACTOR } : {}),
        ...(again ? { prompt: 'login' } : {}),
      });
      return `${endpoints.authorization}?${params.toString()}`;
    },
  };
}

export type OwnSession = ReturnType<typeof createOwnSession>;

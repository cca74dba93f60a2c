// Sessions of support: begun for an operator who has been let into an account, and read by our own pages. Each stands
// only as long as its use does.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type Engine from 'oidc-provider';
import type { Clock } from '../ports/clock.ts';
import type { Accounts, StoredAccount } from '../domain/accounts/accounts.ts';
import { standsFor } from '../domain/accounts/standing.ts';
import type { StandingUse, Uses } from '../domain/support-access/uses.ts';
import type { Cookies } from '../http/cookies.ts';
import { randomToken } from '../lib/random.ts';
import type { PresentSession } from './present-session.ts';
import { markOf, markOfSession, type SessionMark, type SupportMark } from './support-mark.ts';

/** Who acts (RFC 8693 §4.1). */
export type ActClaim = { readonly sub: string };

export type SupportPresence = {
  readonly session: PresentSession;
  readonly account: StoredAccount;
  readonly use: StandingUse;
};

/** A session document stays a little longer than it stands, so that relying parties can be told of its end. */
export const UNTOLD_SECONDS = 3600;

type Fields = {
  jti: string;
  uid: string;
  accountId: string;
  loginTs: number;
  transient: boolean;
  support: SessionMark;
};

/** Sessions of support over the engine. */
export function createSupportSessions(parts: {
  /** The engine at this moment: it is built anew when keys change. */
  provider: () => Engine;
  accounts: Pick<Accounts, 'get'>;
  uses: Pick<Uses, 'find'>;
  cookies: Cookies;
  clock: Clock;
}) {
  const { provider, accounts, uses, cookies, clock } = parts;

  return {
    /** The session of support in this browser; `over` when there was one that stands no more. */
    async find(req: IncomingMessage): Promise<SupportPresence | 'over' | undefined> {
      const id = cookies.supportSession(req);
      if (id === undefined) return undefined;
      const session = await provider().Session.find(id);
      const mark = markOfSession(session);
      const use = mark && (await uses.find(mark.use));
      if (!session || !use || session.uid !== use.sessionUid || session.accountId !== use.accountId)
        return 'over';
      const account = await accounts.get(use.accountId);
      if (!account || !standsFor(account.doc, session.loginTs)) return 'over';
      const { uid, loginTs = 0 } = session;
      return {
        account,
        use,
        session: { uid, accountId: use.accountId, authTime: loginTs, amr: [], acr: undefined },
      };
    },

    /** Begins the session of a use in this browser. It proves nothing: nobody has. */
    async begin(res: ServerResponse, use: StandingUse): Promise<void> {
      const now = Math.floor(clock.now().getTime() / 1000);
      const support = markOf(use);
      const jti = randomToken();
      const { accountId, sessionUid: uid } = use;
      const fields: Fields = { jti, uid, accountId, loginTs: now, transient: true, support };
      const Session = provider().Session as unknown as new (given: Fields) => InstanceType<Engine['Session']>;
      const session = new Session(fields);
      await session.save(Math.max(1, support.until - now) + UNTOLD_SECONDS);
      // It may have been ended in this very moment: then nothing is left behind.
      if (!(await uses.find(use.id))) return session.destroy();
      cookies.setSupportSession(res, jti);
    },

    /** Makes the browser forget it. */
    forget: (res: ServerResponse): void => cookies.clearSupportSession(res),

    /** The operator behind a mark, as long as the use stands. */
    async actorOf(mark: SupportMark | undefined): Promise<ActClaim | undefined> {
      const use = mark && (await uses.find(mark.use));
      return use && { sub: use.operatorId };
    },
  };
}

export type SupportSessions = ReturnType<typeof createSupportSessions>;

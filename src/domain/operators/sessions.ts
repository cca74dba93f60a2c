// What an account has open, as operators see and end it: sessions, and what it allows to applications.

import type { Accounts } from '../accounts/accounts.ts';
import type { Consent, Consents } from '../clients/consents.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Endings } from '../sign-ins/endings.ts';
import type { OwnSession, Sessions } from '../sign-ins/sessions.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import { actOf, type Caller, type RecordAct } from './caller.ts';
import { requireForChange } from './staff-guard.ts';

/** Sessions and consents as operators handle them. */
export function createSessionActs(parts: {
  accounts: Pick<Accounts, 'require'>;
  sessions: Sessions;
  consents: Pick<Consents, 'find' | 'ofAccount' | 'withdraw'>;
  endings: Pick<Endings, 'endOwnSession'>;
  signOutEverywhere: SignOutEverywhere;
  record: RecordAct;
}) {
  const { accounts, sessions, consents, endings, signOutEverywhere, record } = parts;
  return {
    async list(accountId: string): Promise<OwnSession[]> {
      await accounts.require(accountId);
      return sessions.list(accountId);
    },

    /** Ends one session with all that came of it; its applications are told. */
    async end(by: Caller, accountId: string, uid: string): Promise<void> {
      await requireForChange(accounts, by, accountId);
      if (!(await endings.endOwnSession(accountId, uid)))
        throw new AppError('not_found', { detail: 'no such session of this account' });
      await record({ ...actOf(by), action: 'session.ended', accountId, target: uid });
    },

    /** Ends all of them, with every grant and token. */
    async endAll(by: Caller, accountId: string): Promise<void> {
      await requireForChange(accounts, by, accountId);
      await signOutEverywhere(accountId);
      await record({ ...actOf(by), action: 'account.signed_out_everywhere', accountId });
    },

    /** What the account allows to applications of others. */
    async consents(accountId: string): Promise<Consent[]> {
      await accounts.require(accountId);
      return consents.ofAccount(accountId);
    },

    /** Takes back what it allows one application; that one has to ask again. */
    async withdrawConsent(by: Caller, accountId: string, clientId: string): Promise<void> {
      await requireForChange(accounts, by, accountId);
      if (!(await consents.find(accountId, clientId)))
        throw new AppError('not_found', { detail: 'this account allows the client nothing' });
      await consents.withdraw(accountId, clientId);
      await record({ ...actOf(by), action: 'consent.withdrawn', accountId, clientId });
    },
  };
}

export type SessionActs = ReturnType<typeof createSessionActs>;

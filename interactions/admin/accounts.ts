// Accounts in the console: the newest, one in tabs, and what helps its person or stops somebody who is not.

import {
  displayName,
  ENDED_WITH_CUSTOMER,
  type Accounts,
  type StoredAccount,
} from '../../src/domain/accounts/accounts.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { NotPermitted, WrongState } from '../../src/domain/operators/caller.ts';
import { rolesOf } from '../../src/domain/operators/operators.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { ActOutcome, DangerousAct, Target } from './dangerous.ts';
import type { ConsoleHandler, ConsoleVisit } from './frame.ts';
import { createAccountEdit } from './account-edit.ts';
import { createAccountTabs, tabs, type Tab } from './account-tabs.ts';
import { placeOf } from './paging.ts';
import { createAccountTokens } from './account-tokens.ts';
import { allowanceRow } from './support-access.ts';

const PATH = '/admin/accounts';
const ROWS = 30;
/** An account as a row of a list. */
export const accountRow = ({ id, doc }: StoredAccount) => ({
  href: `${PATH}/${id}`,
  name: displayName(doc),
  login: doc.login ?? '',
  email: doc.email,
  phone: shownPhone(doc.phone ?? ''),
  createdAt: doc.createdAt,
  disabled: doc.status !== 'active',
});

/** The pages under /admin/accounts. */
export function createAccountPages(parts: {
  acts: Acts;
  accounts: Accounts;
  customers: Customers;
  audit: Audit;
  guard: Guard;
}) {
  const { acts, accounts } = parts;
  const tokens = createAccountTokens(acts);

  const content = createAccountTabs(parts);

  async function showTab(visit: ConsoleVisit, id: string, tab: Tab, problem?: string): Promise<void> {
    const account = await acts.accounts.requireAccount(id);
    const after = placeOf(visit);
    const here = tab === 'overview' ? `${PATH}/${id}` : `${PATH}/${id}/${tab}`;
    const shown = await content[tab](account, after);
    const name = displayName(account.doc);
    visit.show(
      'admin/account.njk',
      {
        rows: [],
        ...shown,
        key: tab,
        id,
        allowances:
          tab === 'overview' && visit.may('support-access:read')
            ? (await acts.supportAccess.list({ accountId: id })).map(allowanceRow)
            : [],
        mayEnter: visit.may('support-access:write'),
        name,
        here: `${PATH}/${id}`,
        disabled: account.doc.status !== 'active',
        isClosed: account.doc.disabledReason === ENDED_WITH_CUSTOMER,
        disabledReason: account.doc.disabledReason ?? '',
        roles: rolesOf(account.doc).map((key) => ({ key })),
        mayWrite:
          visit.may('accounts:write') && (rolesOf(account.doc).length === 0 || visit.may('operators:write')),
        tabs: tabs
          .filter((key) => key !== 'changes' || visit.may('audit:read'))
          .map((key) => ({
            key,
            href: key === 'overview' ? `${PATH}/${id}` : `${PATH}/${id}/${key}`,
            current: key === tab,
          })),
        firstHref: after === undefined ? '' : here,
        nextHref: shown.older ? `${here}?after=${shown.older}` : '',
      },
      { problem, trail: [{ text: name }] },
    );
  }

  const tab =
    (key: Tab): ConsoleHandler =>
    (visit, id) =>
      showTab(visit, id, key);

  async function target(_visit: ConsoleVisit, id: string): Promise<Target | undefined> {
    const account = await accounts.get(id);
    if (!account) return undefined;
    const name = displayName(account.doc);
    const backHref = `${PATH}/${id}`;
    return {
      name,
      detail: account.doc.login ?? account.doc.email,
      backHref,
      trail: [{ text: name, href: backHref }],
    };
  }

  /** The same, coming back to a tab. */
  async function targetIn(id: string, tabKey: Tab): Promise<Target | undefined> {
    const account = await accounts.get(id);
    if (!account) return undefined;
    const name = displayName(account.doc);
    return { name, backHref: `${PATH}/${id}/${tabKey}`, trail: [{ text: name, href: `${PATH}/${id}` }] };
  }

  const act = (
    key: string,
    verb: string,
    notice: string,
    work: (visit: ConsoleVisit, id: string, reason: string) => Promise<unknown>,
  ): DangerousAct => ({
    key,
    path: `${PATH}/:id/${verb}`,
    permission: 'accounts:write',
    target,
    async act(visit, reason, id): Promise<ActOutcome> {
      await work(visit, id, reason);
      return { kind: 'done', to: `${PATH}/${id}`, notice };
    },
  });

  const onFile = async (id: string, field: 'email' | 'phone') => {
    const value = (await acts.accounts.requireAccount(id)).doc[field];
    if (value === undefined) throw new WrongState('there is none on file');
    return { [field]: value };
  };

  return {
    /** GET /admin/accounts */
    async list(visit: ConsoleVisit): Promise<void> {
      const after = placeOf(visit);
      const found = await accounts.list({ limit: ROWS + 1, ...(after === undefined ? {} : { after }) });
      const shown = found.slice(0, ROWS);
      visit.show('admin/accounts.njk', {
        rows: shown.map(accountRow),
        firstHref: after ? PATH : '',
        nextHref: found.length > ROWS ? `${PATH}?after=${shown.at(-1)!.id}` : '',
      });
    },

    tabs: tabs.map((key) => ({ key, handler: tab(key) })),

    /** POST /admin/accounts/:id/set-password-link */
    async sendLink(visit: ConsoleVisit, id: string): Promise<void> {
      try {
        await acts.accounts.sendSetPasswordLink(visit.by, id);
        return visit.goTo(`${PATH}/${id}`, 'link_sent');
      } catch (error) {
        if (error instanceof NotPermitted || error instanceof WrongState)
          return showTab(visit, id, 'overview', 'not_possible');
        if (error instanceof AppError && error.code === 'too_many_requests')
          return showTab(visit, id, 'overview', 'too_often');
        throw error;
      }
    },

    acts: [
      act('disable_account', 'disable', 'account_disabled', (visit, id, reason) =>
        acts.accounts.disable(visit.by, id, reason),
      ),
      act('enable_account', 'enable', 'account_enabled', (visit, id) => acts.accounts.enable(visit.by, id)),
      act('end_sessions', 'end-sessions', 'sessions_ended', (visit, id) =>
        acts.sessions.endAll(visit.by, id),
      ),
      {
        key: 'end_session',
        path: `${PATH}/:id/sessions/:uid/end`,
        permission: 'accounts:write',
        target: (_visit, id) => targetIn(id, 'sessions'),
        async act(visit, _reason, id, uid) {
          await acts.sessions.end(visit.by, id, uid);
          return { kind: 'done', to: `${PATH}/${id}/sessions`, notice: 'session_ended' };
        },
      },
      {
        key: 'withdraw_consent',
        path: `${PATH}/:id/consents/:client/withdraw`,
        permission: 'accounts:write',
        target: async (_visit, id, clientId) => {
          const found = await targetIn(id, 'applications');
          return found && { ...found, detail: clientId };
        },
        async act(visit, _reason, id, clientId) {
          await acts.sessions.withdrawConsent(visit.by, id, clientId);
          return { kind: 'done', to: `${PATH}/${id}/applications`, notice: 'consent_withdrawn' };
        },
      },
      tokens.revoke((id) => targetIn(id, 'tokens')),
      ...createAccountEdit({ acts, target }),
      act('verify_email', 'verify-email', 'verified', async (visit, id, reason) =>
        acts.accounts.verify(visit.by, id, await onFile(id, 'email'), reason),
      ),
      act('verify_phone', 'verify-phone', 'verified', async (visit, id, reason) =>
        acts.accounts.verify(visit.by, id, await onFile(id, 'phone'), reason),
      ),
    ] satisfies DangerousAct[],
  };
}

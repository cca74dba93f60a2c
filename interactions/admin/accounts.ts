// Accounts in the console: the newest, one in tabs, and what helps its person or stops somebody who is not.

import { displayName, type Accounts, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import { shownAddress } from '../../src/domain/federation/differences.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { NotPermitted, WrongState } from '../../src/domain/operators/caller.ts';
import { rolesOf } from '../../src/domain/operators/operators.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { describeAgent } from '../../src/lib/user-agent.ts';
import type { ActOutcome, DangerousAct, Target } from './dangerous.ts';
import type { ConsoleHandler, ConsoleVisit } from './frame.ts';
import { createAccountEdit } from './account-edit.ts';
import { placeOf } from './paging.ts';
import { createAccountTokens } from './account-tokens.ts';
import { allowanceRow } from './support-access.ts';

const PATH = '/admin/accounts';
const ROWS = 30;
const tabs = [
  'overview',
  'security',
  'history',
  'sessions',
  'changes',
  'customers',
  'applications',
  'tokens',
] as const;
type Tab = (typeof tabs)[number];
const underWay: ReadonlySet<string> = new Set(['requested', 'waiting', 'removing']);

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
  const { acts, accounts, customers, audit, guard } = parts;
  const tokens = createAccountTokens(acts);

  const content: Readonly<Record<Tab, (account: StoredAccount, after?: string) => Promise<object>>> = {
    overview: ({ doc }) =>
      Promise.resolve({
        login: doc.login ?? '',
        email: doc.email,
        emailVerified: doc.emailVerified,
        phone: shownPhone(doc.phone ?? ''),
        phoneVerified: doc.phoneVerified === true,
        address: shownAddress(doc.address),
        locale: doc.locale ?? '',
        createdAt: doc.createdAt,
        updatedAt: doc.updatedAt,
      }),
    async security(account) {
      const { id, doc } = account;
      const [totp, removal, passkeys, addresses, passwordBlocked] = await Promise.all([
        guard.totp.state(id),
        acts.totpRemovals.get(id),
        guard.passkeys.list(id),
        guard.addressLists.live(id),
        guard.failedPasswords.isOff(account),
      ]);
      return {
        hasPassword: doc.passwordHash !== undefined,
        passwordBlocked,
        totpSince: totp?.activatedAt ?? '',
        codesLeft: totp?.codesLeft ?? 0,
        // What is under way is not asked for a second time.
        removal: removal && underWay.has(removal.state) ? { key: removal.state } : undefined,
        passkeys: passkeys.map(({ doc: passkey }) => ({
          name: passkey.name,
          createdAt: passkey.createdAt,
          usedAt: passkey.lastUsedAt ?? '',
        })),
        addresses: addresses.length,
        confirmSignIn: doc.confirmSignIn === true,
        resetForbidden: doc.resetForbidden === true,
      };
    },
    async history({ id }, after) {
      const { entries, older } = await guard.history.list(id, { filter: 'all', after, limit: ROWS });
      return {
        rows: entries.map(({ doc }) => ({
          at: doc.at,
          result: doc.result,
          reason: doc.reason ?? '',
          supportReason: doc.supportReason ?? '',
          address: doc.address ?? '',
          agent: describeAgent(doc.userAgent),
          application: doc.clientName,
        })),
        older: older ?? '',
      };
    },
    async sessions({ id }) {
      const found = await acts.sessions.list(id);
      return {
        rows: found.map(({ uid, signedInAt, device, clientIds }) => ({
          uid,
          signedInAt,
          usedAt: device ? new Date(device.usedAt) : '',
          address: device?.address ?? '',
          agent: device ? describeAgent(device.userAgent) : '',
          clients: clientIds.join(', '),
          endHref: `${PATH}/${id}/sessions/${encodeURIComponent(uid)}/end`,
        })),
      };
    },
    async changes({ id }, after) {
      const { entries, older } = await audit.list({ accountId: id }, { after, limit: ROWS });
      return {
        rows: entries.map(({ id: number, doc }) => ({
          href: `/admin/audit/${number}`,
          at: doc.at,
          action: doc.action,
          actor: doc.actorName ? `${doc.actor} ${doc.actorName}` : doc.actor,
          reason: doc.reason ?? '',
        })),
        older: older ?? '',
      };
    },
    async customers({ id }) {
      const found = await customers.ofAccount(id);
      return {
        rows: found.map(({ customer, role }) => ({
          href: `/admin/customers/${customer.doc.number}`,
          number: customer.doc.number,
          name: customer.doc.name,
          role,
        })),
      };
    },
    tokens: async ({ id }) => ({ rows: await tokens.rows(id) }),
    async applications({ id }) {
      const found = await acts.sessions.consents(id);
      return {
        rows: found.map(({ clientId, scopes, updatedAt }) => ({
          clientId,
          scopes: scopes.join(' '),
          updatedAt,
          withdrawHref: `${PATH}/${id}/consents/${encodeURIComponent(clientId)}/withdraw`,
        })),
      };
    },
  };

  async function showTab(visit: ConsoleVisit, id: string, tab: Tab, problem?: string): Promise<void> {
    const account = await acts.accounts.requireAccount(id);
    const after = placeOf(visit);
    const here = tab === 'overview' ? `${PATH}/${id}` : `${PATH}/${id}/${tab}`;
    const shown = (await content[tab](account, after)) as { older?: string };
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

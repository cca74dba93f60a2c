// An account in the console, in tabs: what each of them shows.

import type { Accounts, StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import { shownAddress } from '../../src/domain/federation/differences.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { describeAgent } from '../../src/lib/user-agent.ts';
import { createAccountTokens } from './account-tokens.ts';
import { createListedActors } from './actor-names.ts';

const PATH = '/admin/accounts';
const ROWS = 30;
/** The tabs in their order; each is the end of its address. */
export const tabs = [
  'overview',
  'security',
  'history',
  'sessions',
  'changes',
  'customers',
  'applications',
  'tokens',
] as const;
export type Tab = (typeof tabs)[number];
const underWay: ReadonlySet<string> = new Set(['requested', 'waiting', 'removing']);

/** What a tab shows; `older` is where its next page begins. */
type TabContent = (account: StoredAccount, after?: string) => Promise<object & { readonly older?: string }>;

/** The contents, by the tab. */
export function createAccountTabs(parts: {
  acts: Acts;
  customers: Customers;
  accounts: Pick<Accounts, 'get'>;
  audit: Audit;
  guard: Guard;
}): Readonly<Record<Tab, TabContent>> {
  const { acts, customers, audit, guard } = parts;
  const tokens = createAccountTokens(acts);
  const actorOf = createListedActors(parts.accounts);

  return {
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
        rows: await Promise.all(
          entries.map(async ({ id: number, doc }) => ({
            href: `/admin/audit/${number}`,
            at: doc.at,
            action: doc.action,
            // What they did themselves is told as such.
            actor: doc.actor === `person:${id}` ? doc.actor : await actorOf(doc),
            reason: doc.reason ?? '',
          })),
        ),
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
}

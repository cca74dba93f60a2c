// The pages of the console, made of the rules they stand for, and every address of it with the permission that opens it.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import type { Clients } from '../../src/domain/clients/clients.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Domains } from '../../src/domain/customers/domains.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import type { Operators } from '../../src/domain/operators/operators.ts';
import type { Permission } from '../../src/domain/operators/permissions.ts';
import type { Statistics } from '../../src/domain/statistics/statistics.ts';
import type { StockTaking } from '../../src/domain/statistics/stock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { OPERATORS_API_PAGE } from '../../src/oidc/operator-scopes.ts';
import { createFreshProof } from '../account/fresh-proof.ts';
import type { On } from '../route.ts';
import { createAccountPages } from './accounts.ts';
import { createAuditPages } from './audit.ts';
import { createBanPages } from './bans.ts';
import { createClosingPages } from './closings.ts';
import { createClientPages } from './clients.ts';
import { createConfigurationPage } from './configuration.ts';
import { createCustomerPages } from './customers.ts';
import { createDashboard } from './dashboard.ts';
import { createDangerous, type DangerousAct } from './dangerous.ts';
import type { ConsoleFrame, ConsoleHandler } from './frame.ts';
import { createKeyPages } from './keys.ts';
import { createOperatorPages } from './operators.ts';
import { createOrderPages } from './orders.ts';
import { createQueuePages } from './queues.ts';
import { createRegistrationTokenPages } from './registration-tokens.ts';
import { createSearchPage } from './search.ts';
import { createStartPages } from './start.ts';
import { createSupportPages } from './support.ts';
import { createTotpRemovalPages } from './totp-removals.ts';
import { createUpstreamPages } from './upstreams.ts';
import { createSupportAccessPages } from './support-access.ts';
import { createWebhookPages } from './webhooks.ts';
import { redirect } from '../../src/http/redirect.ts';

/** An address of the console. */
export type ConsoleRoute = {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** `undefined`: every operator may. */
  readonly permission: Permission | undefined;
  readonly handler: ConsoleHandler;
  /** Whether it asks for a fresh proof and a reason. */
  readonly dangerous?: true;
};

export type ConsoleParts = {
  accounts: Accounts;
  customers: Customers;
  domains: Domains;
  clients: Clients;
  acts: Acts;
  audit: Audit;
  guard: Guard;
  operators: Operators;
  hasSecondFactor: (accountId: string) => Promise<boolean>;
  explanationOf: (variable: string) => string;
  statistics: Statistics;
  stock: StockTaking;
  clock: Clock;
  issuer: string;
};

/** Every page of the console. */
export function createConsolePages(parts: ConsoleParts): readonly ConsoleRoute[] {
  const { acts, guard } = parts;
  const dangerous = createDangerous({ freshProofs: acts.freshProofs, freshProof: createFreshProof(guard) });
  const get = (path: string, permission: Permission | undefined, handler: ConsoleHandler): ConsoleRoute => ({
    method: 'get',
    path,
    permission,
    handler,
  });
  const post = (path: string, permission: Permission, handler: ConsoleHandler): ConsoleRoute => ({
    method: 'post',
    path,
    permission,
    handler,
  });
  const act = (described: DangerousAct): ConsoleRoute[] => {
    const { show, submit } = dangerous(described);
    const { path, permission } = described;
    return [get(path, permission, show), { ...post(path, permission, submit), dangerous: true }];
  };

  const start = createStartPages();
  const accounts = createAccountPages(parts);
  const customers = createCustomerPages(parts);
  const clients = createClientPages(parts);
  const registration = createRegistrationTokenPages(parts);
  const queues = createQueuePages(parts);
  const support = createSupportPages(parts);
  const closings = createClosingPages(parts);
  const upstreams = createUpstreamPages(parts);
  const supportAccess = createSupportAccessPages(parts);
  const removals = createTotpRemovalPages(parts);
  const audit = createAuditPages(parts);
  const bans = createBanPages({ ...parts, now: () => parts.clock.now() });
  const webhooks = createWebhookPages(parts);
  const keys = createKeyPages(parts);
  const operators = createOperatorPages(parts);
  const orders = createOrderPages(parts);
  return [
    get('/admin', undefined, start.home),
    get('/admin/prove', undefined, start.prove),
    get('/admin/search', undefined, createSearchPage(parts)),

    get('/admin/accounts', 'accounts:read', accounts.list),
    ...accounts.tabs.map(({ key, handler }) =>
      key === 'overview'
        ? get('/admin/accounts/:id', 'accounts:read', handler)
        : get(`/admin/accounts/:id/${key}`, key === 'changes' ? 'audit:read' : 'accounts:read', handler),
    ),
    post('/admin/accounts/:id/set-password-link', 'accounts:write', accounts.sendLink),
    ...accounts.acts.flatMap(act),

    get('/admin/customers', 'customers:read', customers.list),
    // An account as well as a customer: the act asks for customers:write itself.
    get('/admin/customers/new', 'accounts:write', orders.ask),
    post('/admin/customers/new', 'accounts:write', orders.open),
    get('/admin/customers/:number', 'customers:read', customers.one),
    ...customers.acts.flatMap(act),

    get('/admin/clients', 'clients:read', clients.list),
    get('/admin/clients/new', 'clients:write', clients.askNew),
    post('/admin/clients/new', 'clients:write', clients.create),
    get('/admin/clients/registration', 'clients:read', registration.list),
    post('/admin/clients/registration', 'clients:write', registration.create),
    post('/admin/clients/registration/:id/revoke', 'clients:write', registration.revoke),
    get('/admin/clients/:id', 'clients:read', clients.one),
    get('/admin/clients/:id/tester', 'clients:read', clients.tester),
    ...clients.acts.flatMap(act),

    get('/admin/queues', 'queues:read', support.list),
    get('/admin/queues/closings', 'customers:read', closings.list),
    ...closings.acts.flatMap(act),
    get('/admin/queues/totp-removals', 'accounts:read', removals.list),
    ...removals.acts.flatMap(act),
    get('/admin/queues/messages', 'queues:read', queues.messages),
    post('/admin/queues/messages/:id/retry', 'queues:write', queues.retry),
    post('/admin/queues/messages/:id/give-up', 'queues:write', queues.giveUp),
    get('/admin/queues/:id', 'queues:read', support.one),
    post('/admin/queues/:id/take', 'queues:write', support.take),
    post('/admin/queues/:id/answer', 'queues:write', support.answer),
    post('/admin/queues/:id/close', 'queues:write', support.close),
    ...support.acts.flatMap(act),

    get('/admin/support-access', 'support-access:read', supportAccess.list),
    post('/admin/support-access/leave', 'support-access:write', supportAccess.leave),
    ...supportAccess.acts.flatMap(act),

    get('/admin/audit', 'audit:read', audit.list),
    get('/admin/audit/export', 'audit:read', audit.export),
    get('/admin/audit/:number', 'audit:read', audit.one),

    get('/admin/dashboard', 'statistics:read', createDashboard(parts)),

    get('/admin/bans', 'bans:read', bans.list),
    ...bans.acts.flatMap(act),

    get('/admin/webhooks', 'webhooks:read', webhooks.list),
    ...webhooks.acts.flatMap(act),
    get('/admin/webhooks/:id', 'webhooks:read', webhooks.one),
    post('/admin/webhooks/:id/switch', 'webhooks:write', webhooks.toggle),
    post('/admin/webhooks/:id/test', 'webhooks:write', webhooks.test),
    post('/admin/webhooks/:id/replay', 'webhooks:write', webhooks.replay),

    get('/admin/upstreams', 'upstreams:read', upstreams.list),
    post('/admin/upstreams/:name/test', 'upstreams:write', upstreams.test),
    ...upstreams.acts.flatMap(act),

    get('/admin/keys', 'keys:read', keys.list),
    ...keys.acts.flatMap(act),

    get('/admin/configuration', 'configuration:read', createConfigurationPage(parts)),

    get('/admin/operators', 'operators:read', operators.list),
    post('/admin/operators', 'operators:write', operators.find),
    get('/admin/operators/:id', 'operators:read', operators.one),
    ...operators.acts.flatMap(act),
  ];
}

/** Adds the console. */
export function routeConsole(
  on: On,
  { consoleFrame, consolePages }: { consoleFrame: ConsoleFrame; consolePages: readonly ConsoleRoute[] },
): void {
  on('get', '/admin/signed-in', consoleFrame.signedIn);
  on('get', '/admin/api', (_req, res) => redirect(res, OPERATORS_API_PAGE));
  for (const { method, path, permission, handler } of consolePages)
    on(method, path, consoleFrame.page(permission, handler));
}

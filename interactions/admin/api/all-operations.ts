// Every operation of the operators' API: a new resource is a file of rows, named here.

import type { Accounts } from '../../../src/domain/accounts/accounts.ts';
import type { Clients } from '../../../src/domain/clients/clients.ts';
import type { Customers } from '../../../src/domain/customers/customers.ts';
import type { Audit } from '../../../src/domain/audit/audit.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import type { StockTaking } from '../../../src/domain/statistics/stock.ts';
import type { Statistics } from '../../../src/domain/statistics/statistics.ts';
import { auditOperations } from './audit.ts';
import { banOperations } from './bans.ts';
import { configurationOperations } from './configuration.ts';
import { keyOperations } from './keys.ts';
import { messageOperations } from './messages.ts';
import { statisticsOperations } from './statistics.ts';
import { webhookOperations } from './webhooks.ts';
import { apiTokenOperations } from './api-tokens.ts';
import { accountOperations } from './accounts.ts';
import { clientOperations } from './clients.ts';
import { customerOperations } from './customers.ts';
import type { Operation } from './operation.ts';
import { operatorOperations } from './operators.ts';
import { orderOperations } from './orders.ts';
import { registrationTokenOperations } from './registration-tokens.ts';
import { sessionOperations } from './sessions.ts';
import { closingOperations } from './closings.ts';
import { supportAccessOperations } from './support-access.ts';
import { totpRemovalOperations } from './totp-removals.ts';
import { supportOperations } from './support-requests.ts';
import { upstreamOperations } from './upstreams.ts';

/** What those who run the house look at. */
type House = { audit: Audit; statistics: Statistics; stock: StockTaking };

/** The operations in the order in which the document and its page have them. */
export const allOperations = (
  acts: Acts,
  rules: { accounts: Accounts; customers: Customers; clients: Clients } & House,
): readonly Operation[] => [
  ...orderOperations(acts),
  ...accountOperations(acts, rules),
  ...sessionOperations(acts),
  ...apiTokenOperations(acts),
  ...customerOperations(acts, rules),
  ...clientOperations(acts, rules),
  ...registrationTokenOperations(acts),
  ...supportOperations(acts),
  ...totpRemovalOperations(acts),
  ...closingOperations(acts),
  ...upstreamOperations(acts),
  ...supportAccessOperations(acts),
  ...operatorOperations(acts),
  ...auditOperations(rules),
  ...webhookOperations(acts),
  ...banOperations(acts),
  ...statisticsOperations(rules),
  ...messageOperations(acts),
  ...keyOperations(acts),
  ...configurationOperations(acts),
];

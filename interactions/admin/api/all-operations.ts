// Every operation of the operators' API: a new resource is a file of rows, named here.

import type { Accounts } from '../../../src/domain/accounts/accounts.ts';
import type { Clients } from '../../../src/domain/clients/clients.ts';
import type { Customers } from '../../../src/domain/customers/customers.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { accountOperations } from './accounts.ts';
import { clientOperations } from './clients.ts';
import { customerOperations } from './customers.ts';
import type { Operation } from './operation.ts';
import { orderOperations } from './orders.ts';
import { sessionOperations } from './sessions.ts';
import { supportOperations } from './support-requests.ts';

export const allOperations = (
  acts: Acts,
  rules: { accounts: Accounts; customers: Customers; clients: Clients },
): readonly Operation[] => [
  ...orderOperations(acts),
  ...accountOperations(acts, rules),
  ...sessionOperations(acts),
  ...customerOperations(acts, rules),
  ...clientOperations(acts, rules),
  ...supportOperations(acts),
];

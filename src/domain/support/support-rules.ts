// Support, joined: requests of signed-out and of signed-in people, and letting support in.

import type { Log } from '../../lib/log.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { CustomerNotices } from '../customers/customer-notices.ts';
import type { Customers } from '../customers/customers.ts';
import type { Roles } from '../customers/roles.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import type { Endings } from '../sign-ins/endings.ts';
import type { History } from '../sign-ins/history.ts';
import { createSupportAccess } from '../support-access/support-access.ts';
import type { Unfinished } from '../unfinished.ts';
import { createOwnRequests } from './own-requests.ts';
import { createSupportRequests } from './support-requests.ts';

/** Requests and access over a store; `supportAccess` has to be started, and closed with the process. */
export function createSupportRules(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  quotas: Quotas;
  proofOfWork: ProofOfWork;
  accounts: Accounts;
  letters: Letters;
  audit: Audit;
  customers: Customers;
  customerNotices: CustomerNotices;
  roles: Roles;
  endings: Endings;
  history: History;
  unfinished: Unfinished;
  log: Log;
}) {
  return {
    supportRequests: createSupportRequests(parts),
    ownRequests: createOwnRequests(parts),
    supportAccess: createSupportAccess(parts),
  };
}

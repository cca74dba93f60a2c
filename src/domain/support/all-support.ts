// Requests to support, joined: those of signed-out and of signed-in people.

import type { Log } from '../../lib/log.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import { createOwnRequests } from './own-requests.ts';
import { createSupportRequests } from './support-requests.ts';

/** The rules over a store. */
export function createSupport(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  quotas: Quotas;
  proofOfWork: ProofOfWork;
  accounts: Accounts;
  letters: Letters;
  audit: Audit;
  log: Log;
}) {
  return {
    supportRequests: createSupportRequests(parts),
    ownRequests: createOwnRequests(parts),
  };
}

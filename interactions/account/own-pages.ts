// The pages of the account on which people look after what is theirs beside its security: overview, personal data,
// applications, changes, their data as a file, and requests to support.

import { createAccountExport } from '../../src/domain/accounts/account-export.ts';
import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { ApiTokens } from '../../src/domain/api-tokens/api-tokens.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import type { GrantedClients } from '../../src/domain/clients/granted-clients.ts';
import type { CustomerRules } from '../../src/domain/customers/customer-rules.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Federation } from '../../src/domain/federation/federation.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { PublicKeys } from '../../src/domain/public-keys/public-keys.ts';
import type { Sessions } from '../../src/domain/sign-ins/sessions.ts';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import type { SupportAccess } from '../../src/domain/support-access/support-access.ts';
import type { OwnRequests } from '../../src/domain/support/own-requests.ts';
import type { SupportRequests } from '../../src/domain/support/support-requests.ts';
import { createApplicationPages } from './applications.ts';
import { createChangesPage } from './changes.ts';
import { createExportPage } from './export.ts';
import { createFreshProof } from './fresh-proof.ts';
import { createOverviewPage } from './overview.ts';
import { createProfilePage } from './profile.ts';
import { createOwnSupportPages } from './support.ts';

/** These pages, made of the rules they stand for. */
export function createOwnPages(parts: {
  accounts: Accounts;
  guard: Guard;
  audit: Audit;
  customers: Customers;
  customerRules: CustomerRules;
  sessions: Sessions;
  apiTokens: ApiTokens;
  publicKeys: PublicKeys;
  grantedClients: GrantedClients;
  supportRequests: SupportRequests;
  ownRequests: OwnRequests;
  supportAccess: SupportAccess;
  totpRemovals: Pick<TotpRemovals, 'underWay'>;
  federation: Pick<Federation, 'upstreams' | 'links'>;
}) {
  const { guard, audit, supportRequests } = parts;
  const { totp, passkeys, recoveryCodes } = guard;
  const exportOf = createAccountExport({
    ...guard,
    ...parts,
    identityLinks: parts.federation.links,
    isTotpOn: totp.isOn,
  });
  return {
    overview: createOverviewPage({
      ...guard,
      ...parts,
      ...parts.customerRules,
      isTotpOn: totp.isOn,
      codesLeft: recoveryCodes.left,
      passkeys: async (accountId) => (await passkeys.list(accountId)).length,
      answers: supportRequests.unseen,
    }),
    profile: createProfilePage({ ...parts, ...parts.federation }),
    applications: createApplicationPages(parts),
    changes: createChangesPage(parts),
    export: createExportPage({ exportOf, audit, freshProof: createFreshProof(guard) }),
    support: createOwnSupportPages(parts),
  };
}

export type OwnPages = ReturnType<typeof createOwnPages>;

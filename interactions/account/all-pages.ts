// The pages of the account, made of the rules they stand for: a new part is a line here and its routes.

import type { IncomingMessage } from 'node:http';
import type { Log } from '../../src/lib/log.ts';
import { describeAgent } from '../../src/lib/user-agent.ts';
import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import type { CustomerRules } from '../../src/domain/customers/customer-rules.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Endings } from '../../src/domain/sign-ins/endings.ts';
import type { Federation } from '../../src/domain/federation/federation.ts';
import type { TakingOver } from '../../src/domain/federation/taking-over.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { PublicKeys } from '../../src/domain/public-keys/public-keys.ts';
import { createOwnPasskeys } from '../../src/domain/factors/own-passkeys.ts';
import type { PhonePolicy } from '../../src/domain/factors/phone-policy.ts';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import type { Sessions } from '../../src/domain/sign-ins/sessions.ts';
import type { SupportAccess } from '../../src/domain/support-access/support-access.ts';
import type { SupportSessions } from '../../src/oidc/support-sessions.ts';
import type { Pages } from '../../src/http/pages.ts';
import type { Interactions } from '../../src/oidc/interactions.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ApiTokens } from '../../src/domain/api-tokens/api-tokens.ts';
import type { DeparturePage } from '../departure.ts';
import { createAddressPages } from './addresses.ts';
import { createApiTokenPages } from './api-tokens.ts';
import { createCustomerChangesPage } from './changes.ts';
import { createChooseCustomerPage } from './choose-customer.ts';
import { createClosingPages } from './closing.ts';
import { createContactPages } from './contacts.ts';
import { createCustomerPage } from './customer.ts';
import { createEmailPage } from './email.ts';
import { createFreshProof } from './fresh-proof.ts';
import { createHistoryPages } from './history.ts';
import { createInvitationPages } from './invitations.ts';
import { createDifferencesPage } from './differences.ts';
import { createIdentityPages } from './identities.ts';
import { createKeyPages } from './keys.ts';
import { createLoginPage } from './login.ts';
import { createLeavingPages } from './leaving.ts';
import { createMemberPages } from './members.ts';
import { createNoticesPage } from './notices.ts';
import { createPasskeyPages } from './passkeys.ts';
import { createPasswordPage } from './password.ts';
import { createPasswordSignInPage } from './password-sign-in.ts';
import { createPhonePages } from './phone.ts';
import { createRecoveryPage } from './recovery.ts';
import { createRecoveryCodePages } from './recovery-codes.ts';
import { createSecurityPage } from './security.ts';
import { createSessionPages } from './sessions.ts';
import { createLeaveSupport, createSupportAccessPages } from './support-access.ts';
import { createTotpPages } from './totp.ts';
import { createKeepTotp } from './totp-removal.ts';

/** Every part of the account pages. */
export function createAccountPages(parts: {
  accounts: Accounts;
  guard: Guard;
  federation: Federation;
  takingOver: TakingOver;
  depart: DeparturePage;
  audit: Audit;
  apiTokens: ApiTokens;
  customers: Customers;
  customerRules: CustomerRules;
  publicKeys: PublicKeys;
  endings: Endings;
  sessions: Sessions;
  supportAccess: SupportAccess;
  totpRemovals: TotpRemovals;
  supportSessions: Pick<SupportSessions, 'forget'>;
  interactions: Interactions;
  /** Where the person may still be signed in when they are no longer here. */
  wayOut: (req: IncomingMessage) => object | undefined;
  /** Which numbers messages are sent to. */
  phones: PhonePolicy;
  pages: Pages;
  clock: Clock;
  log: Log;
  brandName: string;
  /** How long the history is kept, in seconds. */
  historyLife: number;
}) {
  const { federation, takingOver, depart } = parts;
  const { accounts, guard, endings, sessions, interactions, pages, clock, log, brandName, historyLife } =
    parts;
  const { totp, passkeys, recoveryCodes, addressLists } = guard;
  const freshProof = createFreshProof(guard);
  const ownPasskeys = createOwnPasskeys({
    accounts,
    passkeys,
    ceremonies: guard.passkeyCeremonies,
    notices: guard.credentialNotices,
    log,
  });
  return {
    chooseCustomer: createChooseCustomerPage({ customers: parts.customers, ...parts.customerRules }),
    members: createMemberPages({ ...parts.customerRules, accounts, freshProof }),
    leaving: createLeavingPages({ ...parts.customerRules, customers: parts.customers, freshProof, pages }),
    invitations: createInvitationPages(parts.customerRules),
    closing: createClosingPages({ ...parts.customerRules, accounts, freshProof }),
    customer: createCustomerPage({ ...parts.customerRules, ...federation }),
    customerChanges: createCustomerChangesPage(parts),
    contacts: createContactPages(parts.customerRules),
    security: createSecurityPage(
      async (accountId) => ({
        totp: await totp.isOn(accountId),
        codesLeft: await recoveryCodes.left(accountId),
        passkeys: (await passkeys.list(accountId)).length,
        addresses: (await addressLists.live(accountId)).length,
        identities: (await federation.links.ofAccount(accountId)).length,
        canLink: federation.upstreams.faces().length > 0,
      }),
      parts.totpRemovals,
      guard.failedPasswords,
    ),
    keepTotp: createKeepTotp(parts.totpRemovals),
    totp: createTotpPages({ ...guard, ...parts, freshProof, brandName }),
    recoveryCodes: createRecoveryCodePages({ ...guard, freshProof }),
    passkeys: createPasskeyPages({ passkeys, ownPasskeys, freshProof }),
    addresses: createAddressPages({ ...guard, isTotpOn: totp.isOn, clock }),
    notices: createNoticesPage({ ...guard, accounts }),
    email: createEmailPage({ ...guard, freshProof }),
    password: createPasswordPage({ ...guard, freshProof }),
    login: createLoginPage({ ...guard, freshProof }),
    recovery: createRecoveryPage({ ...guard, accounts, freshProof }),
    phone: createPhonePages({ ...guard, accounts, phones: parts.phones, freshProof }),
    history: createHistoryPages({ history: guard.history, lifeSeconds: historyLife }),
    identities: createIdentityPages({ ...guard, ...federation, takingOver, freshProof, depart }),
    differences: createDifferencesPage({ ...federation, takingOver }),
    passwordSignIn: createPasswordSignInPage({ ...federation, freshProof }),
    keys: createKeyPages({ ...guard, ...parts }),
    apiTokens: createApiTokenPages({ ...guard, ...parts, freshProof }),
    supportAccess: createSupportAccessPages(parts),
    leaveSupport: createLeaveSupport({ ...parts, forget: parts.supportSessions.forget }),
    sessions: createSessionPages({
      leaveSupport: parts.supportAccess.leave,
      sessions,
      endings,
      signOutEverywhere: guard.signOutEverywhere,
      clientFace: interactions.face,
      describeAgent,
      audit: parts.audit,
      wayOut: parts.wayOut,
      pages,
    }),
  };
}

export type AccountPages = ReturnType<typeof createAccountPages>;

// The rules around customers, joined: who acts for whom, what a role may do, and who is told of it.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { EndTokensOf } from '../api-tokens/token-endings.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Links } from '../federation/links.ts';
import { createTakingOver } from '../federation/taking-over.ts';
import type { Letters } from '../messages/letters.ts';
import type { Outbox } from '../messages/outbox.ts';
import type { EndingLinks } from '../sign-ins/ending-links.ts';
import type { Endings } from '../sign-ins/endings.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import { createSessions } from '../sign-ins/sessions.ts';
import type { Unfinished } from '../unfinished.ts';
import { createChosenCustomer } from './chosen-customer.ts';
import { createClosings } from './closings.ts';
import { createContacts } from './contacts.ts';
import { createCustomerData } from './customer-data.ts';
import { createCustomerNotices } from './customer-notices.ts';
import type { Customers } from './customers.ts';
import { createEndAccount } from './end-account.ts';
import { createEraseCustomer } from './erase-customer.ts';
import { createErasePerson } from './erase-person.ts';
import { createInvitations } from './invitations.ts';
import { createEndMemberAccess } from './member-access.ts';
import { createMembers } from './members.ts';
import { createMembership } from './membership.ts';
import { createOwnership } from './ownership.ts';
import { createRoles, type AddedRole } from './roles.ts';

/** What the configuration says of it. Durations are in seconds. */
export type CustomerSettings = {
  readonly roles: Readonly<Record<string, AddedRole>>;
  readonly sessionSeconds: number;
  /** For digests of what people have decided about when an upstream said something else. */
  readonly comparisonKeys: readonly Buffer[];
  /** What is left of an account that is closed. */
  readonly closed: { readonly isErased: boolean; readonly blockedSeconds: number };
};

/** Everything around customers over a store; `identityLinks` go with an account whose last customer is closed. */
export function createCustomerRules(parts: {
  store: Store;
  clock: Clock;
  accounts: Accounts;
  customers: Customers;
  endings: Endings;
  endTokensOf: EndTokensOf;
  signOutEverywhere: SignOutEverywhere;
  endingLinks: Pick<EndingLinks, 'lockUrl'>;
  outbox: Pick<Outbox, 'forget'>;
  identityLinks: Pick<Links, 'noteCompared'>;
  letters: Letters;
  quotas: Quotas;
  audit: Audit;
  unfinished: Unfinished;
  log: Log;
  settings: CustomerSettings;
}) {
  const { store, clock, accounts, customers, endings, letters, quotas, audit, log, settings } = parts;
  const { isErased } = settings.closed;
  const forgetMessages = parts.outbox.forget;
  const roles = createRoles(settings.roles);
  const chosenCustomer = createChosenCustomer({
    store,
    clock,
    customers,
    sessionSeconds: settings.sessionSeconds,
  });
  const ownership = createOwnership({ store, customers });
  const sessions = createSessions(store);
  const members = createMembers({
    store,
    clock,
    ownership,
    endAccess: createEndMemberAccess({ endings, sessions, chosenCustomer, endTokensOf: parts.endTokensOf }),
  });
  const contacts = createContacts({ store, clock, customers, quotas, letters, audit });
  const customerNotices = createCustomerNotices({
    accounts,
    customers,
    roles,
    letters,
    lockUrl: parts.endingLinks.lockUrl,
    contactsFor: contacts.tickedFor,
    audit,
    unfinished: parts.unfinished,
    clock,
    log,
  });
  const invitations = createInvitations({
    store,
    clock,
    accounts,
    customers,
    members,
    roles,
    quotas,
    letters,
  });
  const closings = createClosings({
    ...parts,
    members,
    invitations,
    customerNotices,
    endAccount: createEndAccount({
      ...parts,
      erasePerson: isErased ? createErasePerson({ ...parts, forgetMessages, ...settings.closed }) : undefined,
    }),
    eraseCustomer: isErased ? createEraseCustomer({ store, forgetMessages }) : undefined,
  });
  const customerData = createCustomerData({ store, customerNotices });
  const membership = createMembership({ ...parts, members, invitations, customerNotices });
  return {
    roles,
    chosenCustomer,
    members,
    invitations,
    membership,
    customerNotices,
    contacts,
    closings,
    customerData,
    takingOver: createTakingOver({
      accounts,
      customers,
      customerData,
      roles,
      links: parts.identityLinks,
      audit,
      clock,
      keys: settings.comparisonKeys,
    }),
  };
}

export type CustomerRules = ReturnType<typeof createCustomerRules>;

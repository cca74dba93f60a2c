// Everything that operators do, joined: the console, the API and the command line call the same functions.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConfiguredUpstream } from '../../ports/upstream.ts';
import type { Log } from '../../lib/log.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { ApiTokens } from '../api-tokens/api-tokens.ts';
import type { Openings } from '../accounts/openings.ts';
import type { Orders } from '../accounts/orders.ts';
import type { RegistrationPolicies } from '../client-registration/policies.ts';
import type { RegistrationTokens } from '../client-registration/registration-tokens.ts';
import type { Clients } from '../clients/clients.ts';
import { createConsents } from '../clients/consents.ts';
import type { Closings } from '../customers/closings.ts';
import type { Customers } from '../customers/customers.ts';
import type { Domains } from '../customers/domains.ts';
import type { UpstreamSwitches } from '../federation/upstream-switches.ts';
import type { Guard } from '../guard.ts';
import type { Letters } from '../messages/letters.ts';
import type { Outbox } from '../messages/outbox.ts';
import type { Endings } from '../sign-ins/endings.ts';
import { createSessions } from '../sign-ins/sessions.ts';
import type { SigningKeys } from '../signing-keys.ts';
import type { Unfinished } from '../unfinished.ts';
import type { SupportAccess } from '../support-access/support-access.ts';
import { createAccountActs } from './accounts.ts';
import { createApiTokenActs } from './api-tokens.ts';
import { createBanCare } from './ban-care.ts';
import type { RecordAct } from './caller.ts';
import { createClientActs } from './clients.ts';
import { createClosingActs } from './closings.ts';
import { createCustomerActs } from './customers.ts';
import { createDomainActs } from './domains.ts';
import { createFreshProofs } from './fresh-proofs.ts';
import { createIdempotency } from './idempotency.ts';
import { createKeyCare } from './key-care.ts';
import type { KeepActs } from './kept-acts.ts';
import { createOperatorCare } from './operator-care.ts';
import type { Operators } from './operators.ts';
import { createQueues } from './queues.ts';
import { createRegistrationTokenActs } from './registration-tokens.ts';
import { createSearch } from './search.ts';
import { createSessionActs } from './sessions.ts';
import { createSupportAccessActs } from './support-access.ts';
import { createSupportDesk } from './support-desk.ts';
import { createUpstreamActs } from './upstreams.ts';
import { createTotpRemovals, type RemovalSettings } from './totp-removals.ts';
import { createWaiting } from './waiting.ts';
import type { Watch } from './watch.ts';
import { createWebhookCare } from './webhook-care.ts';

/** An option as it is in force: where it comes from, and its value unless that is secret. */
export type ReportedOption = { readonly variable: string; readonly value: string; readonly source: string };

/** The acts of operators over the rules. */
export function createActs(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  accounts: Accounts;
  openings: Openings;
  orders: Orders;
  customers: Customers;
  domains: Domains;
  clients: Clients;
  operators: Operators;
  apiTokens: ApiTokens;
  endings: Endings;
  guard: Guard;
  letters: Letters;
  outbox: Outbox;
  watch: Watch;
  upstreams: readonly ConfiguredUpstream[];
  switches: UpstreamSwitches;
  closings: Closings;
  signingKeys: SigningKeys;
  supportAccess: SupportAccess;
  keyOverlapSeconds: number;
  removals: RemovalSettings;
  log: Log;
  registrationTokens: RegistrationTokens;
  registrationPolicies: RegistrationPolicies;
  configuration: readonly ReportedOption[];
  audit: { record: RecordAct };
  keepActs: KeepActs;
  unfinished: Unfinished;
}) {
  const { store, clock, guard, endings, keepActs } = parts;
  const { record } = parts.audit;
  const noted = { ...parts, record };
  const customers = createCustomerActs(noted);
  const kept = {
    accounts: createAccountActs({ ...noted, ...guard }),
    customers,
    sessions: createSessionActs({
      accounts: parts.accounts,
      sessions: createSessions(store),
      consents: createConsents(store, clock, endings),
      endings,
      signOutEverywhere: guard.signOutEverywhere,
      record,
    }),
    apiTokens: createApiTokenActs({ ...noted, ...guard }),
    totpRemovals: createTotpRemovals({
      ...noted,
      ...guard,
      settings: parts.removals,
    }),
    domains: createDomainActs({ domains: parts.domains, requireCustomer: customers.requireCustomer, record }),
    clients: createClientActs(noted),
    registrationTokens: createRegistrationTokenActs(noted),
    supportDesk: createSupportDesk(noted),
    closings: createClosingActs({ ...parts, requireCustomer: customers.requireCustomer }),
    upstreams: createUpstreamActs({ ...noted, stock: parts.watch.stock }),
    webhooks: createWebhookCare({ webhooks: parts.watch.webhooks, record }),
    bans: createBanCare({ bans: parts.watch.bans, record }),
    queues: createQueues(noted),
    keys: createKeyCare({ ...noted, overlapSeconds: parts.keyOverlapSeconds }),
  };
  for (const [resource, group] of Object.entries(kept))
    Object.assign(kept, { [resource]: keepActs(resource, group) });
  return {
    ...kept,
    idempotency: createIdempotency(parts),
    freshProofs: createFreshProofs(store, clock),
    // What is below it keeps its acts.
    operators: createOperatorCare(parts),
    search: createSearch(parts),
    /** How many requests wait for an operator. `queues:read`. */
    waiting: createWaiting({ ...kept, closings: parts.closings }),
    // Keeps its beginnings and ends itself.
    supportAccess: createSupportAccessActs(parts),
    /** Every option with its value in force and where that comes from; secrets are masked. `configuration:read`. */
    configuration: (): readonly ReportedOption[] => parts.configuration,
  };
}

export type Acts = ReturnType<typeof createActs>;

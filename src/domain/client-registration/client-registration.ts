// Dynamic registration of clients, joined.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { AuditEvent } from '../audit/audit-entry.ts';
import type { Clients } from '../clients/clients.ts';
import { checkPolicies, type RegistrationPolicies } from './policies.ts';
import { createRegisteredClients } from './registered-clients.ts';
import { createRegistrationTokens } from './registration-tokens.ts';

/** The parts, by the policies of the configuration; throws when one of these would make operators. */
export const createClientRegistration = (parts: {
  store: Store;
  clock: Clock;
  clients: Clients;
  audit: { record(event: AuditEvent): Promise<unknown> };
  policies: RegistrationPolicies;
}) => ({
  registrationPolicies: checkPolicies(parts.policies),
  registrationTokens: createRegistrationTokens(parts),
  registeredClients: createRegisteredClients(parts),
});

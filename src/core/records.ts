// Who and what the provider knows: accounts, the customers they act for, clients, and the keys that tokens are signed with.

import type { Config } from '../config/options.ts';
import { createAccounts } from '../domain/accounts/accounts.ts';
import { createOpenings } from '../domain/accounts/openings.ts';
import { createTokenEndings } from '../domain/api-tokens/token-endings.ts';
import { createClientRegistration } from '../domain/client-registration/client-registration.ts';
import { createClients } from '../domain/clients/clients.ts';
import { ownClients } from '../domain/clients/own-client.ts';
import { createCustomers } from '../domain/customers/customers.ts';
import { createDomains } from '../domain/customers/domains.ts';
import { createSigningKeys } from '../domain/signing-keys.ts';
import type { readConfiguredFiles } from '../outside.ts';
import type { Foundation } from './foundation.ts';

const DAY_SECONDS = 86_400;

/** Over the store; openings of accounts that were cut off are brought to their end first. */
export async function openRecords(parts: {
  config: Config;
  foundation: Foundation;
  fileClients: ReturnType<typeof readConfiguredFiles>['fileClients'];
}) {
  const { config, fileClients } = parts;
  const { store, clock, log, revisions, sealer, audit } = parts.foundation;
  const endTokensOf = createTokenEndings(store, revisions);
  const accounts = createAccounts(store, clock, endTokensOf);
  const customers = createCustomers(store, clock, revisions);
  const openings = createOpenings({ store, clock, customers, revisions });
  const count = await openings.recover();
  if (count > 0) log.info({ count }, 'openings of accounts that were left halfway are completed');
  const clients = createClients({
    store,
    clock,
    revisions,
    fromFile: fileClients,
    builtIn: ownClients(config),
  });
  const policies = config.clientRegistration;
  const longestLife = Math.max(config.sessionMax, config.accessTokenLife) + DAY_SECONDS;
  return {
    endTokensOf,
    accounts,
    customers,
    openings,
    domains: createDomains({ store, clock, accounts, customers }),
    clients,
    clientRegistration: createClientRegistration({ store, clock, clients, audit, policies }),
    signingKeys: createSigningKeys(store, clock, revisions, sealer, longestLife),
  };
}

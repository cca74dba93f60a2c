// The rules around customers, joined: who acts for whom, and what a role may do.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { createChosenCustomer } from './chosen-customer.ts';
import type { Customers } from './customers.ts';
import { createRoles, type AddedRole } from './roles.ts';

/** What the configuration says of it. Durations are in seconds. */
export type CustomerSettings = {
  readonly roles: Readonly<Record<string, AddedRole>>;
  readonly sessionSeconds: number;
};

/** The rules over a store. */
export function createCustomerRules(parts: {
  store: Store;
  clock: Clock;
  customers: Customers;
  settings: CustomerSettings;
}) {
  const { store, clock, customers, settings } = parts;
  const roles = createRoles(settings.roles);
  const chosenCustomer = createChosenCustomer({
    store,
    clock,
    customers,
    sessionSeconds: settings.sessionSeconds,
  });
  return { roles, chosenCustomer };
}

export type CustomerRules = ReturnType<typeof createCustomerRules>;

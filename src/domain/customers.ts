// Customers: what accounts act for. An account is a member of a customer, with a role (S1, S20).

import type { Store, Stored } from '../ports/store.ts';
import type { Clock } from '../ports/clock.ts';
import { timeOrderedId } from '../lib/random.ts';
import { collections } from './collections.ts';
import type { Revisions } from './revisions.ts';

export type Role = 'owner' | 'manager' | 'viewer';

export type Customer = {
  /** The number that invoices and support go by; decimal digits. */
  readonly number: string;
  readonly kind: 'person' | 'company';
  readonly name: string;
  readonly createdAt: string;
};

export type Member = {
  readonly customerId: string;
  readonly accountId: string;
  readonly role: Role;
  readonly since: string;
};

const FIRST_CUSTOMER_NUMBER = 100_001;
const MOST_MEMBERSHIPS = 100;

/** Customers and their members over the store. */
export function createCustomers(store: Store, clock: Clock, revisions: Revisions) {
  const customers = store.collection(collections.customers);
  const members = store.collection(collections.members);
  return {
    get: (id: string): Promise<Stored<Customer> | undefined> => customers.get(id),

    /** A new customer with the next number, owned by the account. */
    async createOwnedBy(
      accountId: string,
      fields: { kind: Customer['kind']; name: string },
    ): Promise<Stored<Customer>> {
      const now = clock.now();
      const number = String(await revisions.nextNumber('customer', FIRST_CUSTOMER_NUMBER));
      const customer = await customers.insert(timeOrderedId(now), {
        ...fields,
        number,
        createdAt: now.toISOString(),
      });
      await members.insert(`${customer.id}:${accountId}`, {
        customerId: customer.id,
        accountId,
        role: 'owner',
        since: now.toISOString(),
      });
      return customer;
    },

    /** The customers an account acts for, oldest first, with its role in each. */
    async ofAccount(accountId: string): Promise<{ customer: Stored<Customer>; role: Role }[]> {
      const rows = await members.list({ key: 'accountId', value: accountId }, { limit: MOST_MEMBERSHIPS });
      const found = await Promise.all(
        rows.map(async ({ doc }) => ({ customer: await customers.get(doc.customerId), role: doc.role })),
      );
      return found.flatMap(({ customer, role }) => (customer ? [{ customer, role }] : []));
    },
  };
}

export type Customers = ReturnType<typeof createCustomers>;

// What is taken away when a customer is closed and its data are not kept (`VRATNY_CLOSED_DATA=erase`): everything that
// says who it was. Its number is on invoices, and stays.

import type { Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import type { Customer } from './customers.ts';

const PAGE = 500;

/** `bare` is written in the place of the customer, and `rest` takes away what is stored beside it. */
export function createEraseCustomer(parts: { store: Store; forgetMessages: (to: string) => Promise<void> }) {
  const { store, forgetMessages } = parts;
  return {
    /** The customer without what is not kept of it. */
    bare: ({ billing: _billing, vetting, ...customer }: Customer): Customer => ({
      ...customer,
      name: `(${customer.number})`,
      ...(vetting && { vetting: { ...vetting, reason: '' } }),
    }),

    /** What is kept beside it; before its contacts go. */
    async rest(customerId: string): Promise<void> {
      const contacts = await store
        .collection(collections.contacts)
        .list({ key: 'customerId', value: customerId }, { limit: PAGE });
      await Promise.all(contacts.map(({ doc }) => forgetMessages(doc.email)));
      await store.collection(collections.domains).removeMany('customerId', customerId);
    },
  };
}

export type EraseCustomer = ReturnType<typeof createEraseCustomer>;

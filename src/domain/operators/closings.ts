// Requests to close a customer (S36), for operators to look at, refuse and carry out. Permissions: `customers:*`.

import type { Closing, ClosingOutcome, Closings, ClosingState } from '../customers/closings.ts';
import type { Customer, Customers } from '../customers/customers.ts';
import type { Page, Stored } from '../../ports/store.ts';
import { fullPage } from '../read-through.ts';
import { nameOf, type Caller } from './caller.ts';
import type { CustomerActs } from './customers.ts';

/** The states, in their order. */
export const closingStates = [
  'requested',
  'checked',
  'refused',
  'closed',
] as const satisfies readonly ClosingState[];

/** A request with the customer it is about. */
export type ShownClosing = {
  readonly id: string;
  readonly customer: Stored<Customer>;
  readonly closing: Closing;
};

/** The acts over closings; customers go by their number. The rules below record each and tell the customer. */
export function createClosingActs(parts: {
  closings: Closings;
  customers: Pick<Customers, 'get'>;
  requireCustomer: CustomerActs['requireCustomer'];
}) {
  const { closings, customers, requireCustomer } = parts;
  const doerOf = (by: Caller) => ({ actor: by.actor, name: nameOf(by) });

  return {
    /** Those in a state, or all, by the id of the customer; customers that are not there any more are left out. */
    list: (state: ClosingState | undefined, page: Page): Promise<ShownClosing[]> =>
      fullPage(
        (part) => closings.list(state, part),
        page,
        async ({ id, doc }) => {
          const customer = await customers.get(id);
          return customer && { id, customer, closing: doc };
        },
      ),

    /** The request of one customer, in whatever state it is. */
    get: async (number: string): Promise<Closing | undefined> =>
      closings.get((await requireCustomer(number)).id),

    /** Notes that there are no debts, no active services and no balance. */
    check: async (by: Caller, number: string): Promise<ClosingOutcome> =>
      closings.check((await requireCustomer(number)).id, doerOf(by)),

    /** Says no, and why; the owner is told. */
    refuse: async (by: Caller, number: string, reason: string): Promise<ClosingOutcome> =>
      closings.refuse((await requireCustomer(number)).id, reason, doerOf(by)),

    /** Ends a customer that was checked; it cannot be brought back. */
    close: async (by: Caller, number: string): Promise<ClosingOutcome> =>
      closings.close((await requireCustomer(number)).id, doerOf(by)),
  };
}

export type ClosingActs = ReturnType<typeof createClosingActs>;

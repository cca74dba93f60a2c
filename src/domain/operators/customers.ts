// What operators do with customers: look at them and their members, change their name, note what came of vetting, and
// open first orders.

import { AppError } from '../../lib/app-error.ts';
import type { Stored } from '../../ports/store.ts';
import type { OpenedOrder, OrderRequest, Orders } from '../accounts/orders.ts';
import type { Customer, Customers, Member, VettingState } from '../customers/customers.ts';
import { actOf, nameOf, requirePermission, type Caller, type RecordAct } from './caller.ts';

export type CustomerChange = {
  readonly name?: string | undefined;
  readonly kind?: Customer['kind'] | undefined;
};

/** Customers as operators handle them; they go by their number. */
export function createCustomerActs(parts: { customers: Customers; orders: Orders; record: RecordAct }) {
  const { customers, orders, record } = parts;

  async function requireCustomer(number: string): Promise<Stored<Customer>> {
    const customer = await customers.findByNumber(number);
    if (!customer) throw new AppError('not_found', { detail: `no customer ${number}` });
    return customer;
  }

  return {
    requireCustomer,

    async change(
      by: Caller,
      number: string,
      change: CustomerChange,
      version?: number,
    ): Promise<Stored<Customer>> {
      const { id, doc } = await requireCustomer(number);
      const changed = await customers.change(id, change, version);
      const told = ({ name, kind }: CustomerChange) => ({ name, kind });
      await record({
        ...actOf(by),
        action: 'customer.changed',
        customerId: id,
        before: told(doc),
        after: told(changed.doc),
      });
      return changed;
    },

    /** Notes that somebody has looked at the customer, and what came of it; applications are told the state. `decidedBy` is who did, when it is somebody else than the caller. */
    async vet(
      by: Caller,
      number: string,
      { state, reason, decidedBy }: { state: VettingState; reason: string; decidedBy?: string | undefined },
    ): Promise<Stored<Customer>> {
      const before = await requireCustomer(number);
      const changed = await customers.vet(number, {
        state,
        reason,
        by: (decidedBy ?? nameOf(by)).slice(0, 100),
      });
      if (!changed) throw new AppError('not_found', { detail: `no customer ${number}` });
      await record({
        ...actOf(by),
        action: 'customer.vetted',
        customerId: changed.id,
        before: { state: before.doc.vetting?.state ?? 'unvetted' },
        after: { state },
        reason,
      });
      return changed;
    },

    members: async (number: string): Promise<Member[]> =>
      customers.membersOf((await requireCustomer(number)).id),

    /** The first order of somebody new: customer and account, once for each key (S69). */
    async openOrder(by: Caller, order: OrderRequest): Promise<OpenedOrder> {
      requirePermission(by, 'customers:write', 'an order makes a customer');
      const opened = await orders.open(order, nameOf(by));
      await record({
        ...actOf(by),
        action: 'order.opened',
        accountId: opened.account.id,
        customerId: opened.customer.id,
        after: {
          login: opened.account.doc.login ?? opened.account.doc.email,
          number: opened.customer.doc.number,
        },
      });
      return opened;
    },
  };
}

export type CustomerActs = ReturnType<typeof createCustomerActs>;

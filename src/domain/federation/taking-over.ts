// Taking over what an upstream says (S76): what differs is shown to the person, and what they choose is taken: of their
// account, and of a customer whose data their role lets them change.

import type { Clock } from '../../ports/clock.ts';
import type { UpstreamIdentity } from '../../ports/upstream.ts';
import type { Stored } from '../../ports/store.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { CustomerData } from '../customers/customer-data.ts';
import type { Customer, Customers } from '../customers/customers.ts';
import { doerOf } from '../customers/membership.ts';
import type { Roles } from '../customers/roles.ts';
import {
  customerDifferences,
  differencesOf,
  takenFields,
  takenItems,
  type Difference,
} from './differences.ts';

/** Beside each other, of the account and of the customer. */
export type Compared = {
  readonly account: readonly Difference[];
  readonly customer: readonly Difference[];
  /** The customer that the second list is of. */
  readonly of: Stored<Customer> | undefined;
};

/** Taking over. */
export function createTakingOver(parts: {
  accounts: Pick<Accounts, 'change' | 'get'>;
  customers: Pick<Customers, 'ofAccount'>;
  customerData: CustomerData;
  roles: Roles;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
}) {
  const { accounts, customers, customerData, roles, audit, clock } = parts;

  /** The customer whose data the account may change: the one that is meant, or the only one there is. */
  async function customerOf(
    accountId: string,
    id: string | undefined,
  ): Promise<Stored<Customer> | undefined> {
    const own = (await customers.ofAccount(accountId))
      .filter(
        ({ customer, role }) => customer.doc.closedAt === undefined && roles.may(role, 'customer:write'),
      )
      .map(({ customer }) => customer);
    return id === undefined ? (own.length === 1 ? own[0] : undefined) : own.find((one) => one.id === id);
  }

  /** What differs; `customerId` is whom the person acts for, where that is known. */
  async function compare(
    account: StoredAccount,
    { profile }: Pick<UpstreamIdentity, 'profile'>,
    customerId?: string,
  ): Promise<Compared> {
    const of = await customerOf(account.id, customerId);
    return {
      account: differencesOf(account.doc, profile),
      customer: of ? customerDifferences(of.doc, profile) : [],
      of,
    };
  }

  return {
    compare,

    /** Whether anything differs. */
    async differs(...asked: Parameters<typeof compare>): Promise<boolean> {
      const { account, customer } = await compare(...asked);
      return account.length > 0 || customer.length > 0;
    },

    /** Takes what was chosen; which items these are. Those of a customer only where it is the one that was shown. */
    async take(
      account: StoredAccount,
      { upstream, identity: { profile } }: { upstream: string; identity: UpstreamIdentity },
      chosen: { readonly items: readonly string[]; readonly customerId: string | undefined },
      from: { address: string | undefined; userAgent: string },
    ): Promise<readonly string[]> {
      const source = { upstream, at: clock.now().toISOString() };
      let items: readonly string[] = [];
      await accounts.change(account.id, (doc) => {
        const made = takenItems(doc, profile, chosen.items, source);
        ({ items } = made);
        return made.change;
      });
      if (items.length > 0)
        await audit.note({
          action: 'account.profile_taken',
          actor: { kind: 'person', accountId: account.id },
          accountId: account.id,
          address: from.address,
          userAgent: from.userAgent,
          after: { fields: items.join(' '), detail: upstream },
        });
      // At this moment: a role may have been taken away since the page was shown.
      const customer = chosen.customerId ? await customerOf(account.id, chosen.customerId) : undefined;
      if (!customer) return items;
      const { form, items: fields } = takenFields(customer.doc, profile, chosen.items);
      if (fields.length === 0) return items;
      const problems = await customerData.change(customer.id, form, doerOf(account), source);
      return problems ? items : [...items, ...fields];
    },
  };
}

export type TakingOver = ReturnType<typeof createTakingOver>;

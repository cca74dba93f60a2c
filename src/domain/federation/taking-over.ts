// Taking over what an upstream says (S76): what differs is shown to the person, and what they choose is taken: of their
// account, and of a customer whose data their role lets them change. What they have decided about is not asked again
// before the upstream says something else.

import { authenticate, digestsEqual } from '../../lib/digest.ts';
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
import type { Links, StoredLink } from './links.ts';

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
  links: Pick<Links, 'noteCompared'>;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
  /** For digests of what was decided about, the newest first: what a person has kept from us is not kept here. */
  keys: readonly Buffer[];
}) {
  const { accounts, customers, customerData, roles, links, audit, clock, keys } = parts;

  const said = ({ item, theirs }: Difference): string => JSON.stringify([item, theirs]);

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

  async function noteAsked(
    accountId: string,
    identity: UpstreamIdentity,
    asked: Pick<Compared, 'account' | 'customer'>,
  ): Promise<void> {
    const marks = [...asked.account, ...asked.customer].map(
      (difference) => [difference.item, authenticate(keys[0]!, said(difference))] as const,
    );
    if (marks.length > 0) await links.noteCompared(identity, accountId, Object.fromEntries(marks));
  }

  return {
    compare,

    /** Whether anything differs. */
    async differs(...asked: Parameters<typeof compare>): Promise<boolean> {
      const { account, customer } = await compare(...asked);
      return account.length > 0 || customer.length > 0;
    },

    /** Whether there is anything to choose: what can only be shown keeps nobody from their way. */
    async offers(...asked: Parameters<typeof compare>): Promise<boolean> {
      const { account, customer } = await compare(...asked);
      return [...account, ...customer].some(({ canTake }) => canTake);
    },

    /** Whether it says something, of what could be taken over, that the person has not decided about yet. */
    async isNews(
      account: StoredAccount,
      identity: Pick<UpstreamIdentity, 'profile'>,
      { doc: { compared = {} } }: StoredLink,
    ): Promise<boolean> {
      const found = await compare(account, identity);
      return [...found.account, ...found.customer].some(
        (difference) =>
          difference.canTake &&
          !keys.some((key) =>
            digestsEqual(authenticate(key, said(difference)), compared[difference.item] ?? ''),
          ),
      );
    },

    /** Takes what was chosen; which items these are. Those of a customer only where it is the one that was shown. */
    async take(
      account: StoredAccount,
      { upstream, identity }: { upstream: string; identity: UpstreamIdentity },
      chosen: { readonly items: readonly string[]; readonly customerId: string | undefined },
      from: { address: string | undefined; userAgent: string },
    ): Promise<readonly string[]> {
      const { profile } = identity;
      const asked = await compare(account, identity, chosen.customerId);
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
      await noteAsked(account.id, identity, asked);
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

// Customers: what accounts act for. An account is a member of a customer, with a role (S1, S20).

import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import type { Clock } from '../../ports/clock.ts';
import { AppError } from '../../lib/app-error.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { withoutChanged, type Sources } from '../accounts/sources.ts';
import { collections } from '../collections.ts';
import { ignoreConflict } from '../ignore-conflict.ts';
import type { Revisions } from '../revisions.ts';
import { createUpdater } from '../update.ts';
import { customerRows } from '../search/search-keys.ts';

/** The name of a role; what it may do is told by `roles.ts`. There is always `owner`. */
export type Role = string;

/** Whether support and billing have looked at a customer (S12); nobody has, unless it says so. */
export type VettingState = 'unvetted' | 'vetted' | 'refused';

export type Vetting = {
  readonly state: VettingState;
  /** The operator, or the order, that it comes from. */
  readonly by: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly at: string;
};

/** What invoices need to know. */
export type CustomerBilling = {
  /** Eight digits. */
  readonly ico?: string;
  /** With the country, in capitals. */
  readonly dic?: string;
  readonly street?: string;
  readonly city?: string;
  readonly postalCode?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly invoiceEmail?: string;
};

export type Customer = {
  /** The number that invoices and support go by; decimal digits. */
  readonly number: string;
  readonly kind: 'person' | 'company';
  readonly name: string;
  readonly billing?: CustomerBilling;
  /** Where its data were taken over from, by the field of its form. */
  readonly sources?: Sources;
  readonly vetting?: Vetting;
  /**
   * The accounts that own it, once somebody's role or status has changed: every change that takes an owner away is a
   * compare-and-swap of this list, so that two who act at once cannot leave nobody. Each of them is an active owner.
   */
  readonly owners?: readonly string[];
  /** ISO 8601, UTC: nobody acts for it any more (S36). */
  readonly closedAt?: string;
  readonly createdAt: string;
};

export type Member = {
  readonly customerId: string;
  readonly accountId: string;
  readonly role: Role;
  /** Absent: active. Whoever is disabled acts for the customer no more (S24). */
  readonly status?: 'active' | 'disabled';
  readonly since: string;
};

export const isActiveMember = ({ status }: Member): boolean => status !== 'disabled';

/** What customer numbers begin with, where the old system gave out none. */
export const FIRST_CUSTOMER_NUMBER = 100_001;
const MOST_MEMBERSHIPS = 100;

/** Customers and their members over the store. */
export function createCustomers(store: Store, clock: Clock, revisions: Revisions) {
  const customers = customerRows(store);
  const members = store.collection(collections.members);
  const update = createUpdater(customers);

  /** With the next number that no customer of an old system has. Rejects with `Conflict` when the id is taken. */
  async function insertNumbered(id: string, doc: Omit<Customer, 'number'>): Promise<Stored<Customer>> {
    for (;;) {
      const number = String(await revisions.nextNumber('customer', FIRST_CUSTOMER_NUMBER));
      try {
        return await customers.insert(id, { ...doc, number });
      } catch (error) {
        if (!(error instanceof Conflict) || (await customers.get(id))) throw error;
      }
    }
  }

  async function membershipsOf(accountId: string): Promise<Member[]> {
    const rows = await members.list({ key: 'accountId', value: accountId }, { limit: MOST_MEMBERSHIPS });
    return rows.map(({ doc }) => doc).filter(isActiveMember);
  }

  return {
    insertNumbered,
    get: (id: string): Promise<Stored<Customer> | undefined> => customers.get(id),

    /** A new customer with the next number, owned by the account. */
    async createOwnedBy(
      accountId: string,
      fields: { kind: Customer['kind']; name: string },
    ): Promise<Stored<Customer>> {
      const now = clock.now();
      const customer = await insertNumbered(timeOrderedId(now), { ...fields, createdAt: now.toISOString() });
      await members.insert(`${customer.id}:${accountId}`, {
        customerId: customer.id,
        accountId,
        role: 'owner',
        since: now.toISOString(),
      });
      return customer;
    },

    findByNumber: (number: string): Promise<Stored<Customer> | undefined> =>
      customers.findOne('number', number),

    /** Changes name or kind. Rejects with `not_found`, or with `Stale` when it is no longer in the version that is given. */
    async change(
      id: string,
      { name, kind }: { name?: string | undefined; kind?: Customer['kind'] | undefined },
      version?: number,
    ): Promise<Stored<Customer>> {
      const seen = await customers.get(id);
      if (!seen) throw new AppError('not_found', { detail: `no customer ${id}` });
      if (version !== undefined && version !== seen.version) throw new Stale(collections.customers.name, id);
      const { sources, ...doc } = seen.doc;
      const kept = withoutChanged(
        sources,
        (field) => (field === 'name' && name !== undefined) || (field === 'kind' && kind !== undefined),
      );
      return customers.replace(seen, {
        ...doc,
        ...(kept === undefined ? {} : { sources: kept }),
        ...(name === undefined ? {} : { name }),
        ...(kind === undefined ? {} : { kind }),
      });
    },

    /** Customers by age, newest first. */
    list: (page: { after?: string; limit: number }): Promise<Stored<Customer>[]> =>
      customers.list(undefined, { ...page, newestFirst: true }),

    /** Notes who has looked at a customer, and what came of it (S12); `undefined` when there is no such customer. */
    async vet(number: string, vetting: Omit<Vetting, 'at'>): Promise<Stored<Customer> | undefined> {
      const found = await customers.findOne('number', number);
      if (!found) return undefined;
      const at = clock.now().toISOString();
      await update(found.id, (doc) =>
        doc
          ? { result: undefined, write: { doc: { ...doc, vetting: { ...vetting, at } } } }
          : { result: undefined },
      );
      return customers.get(found.id);
    },

    /** The accounts that act for a customer, with their roles. */
    async membersOf(customerId: string): Promise<Member[]> {
      const rows = await members.list({ key: 'customerId', value: customerId }, { limit: MOST_MEMBERSHIPS });
      return rows.map(({ doc }) => doc);
    },

    /** Who owns a customer, longest-standing first. */
    async ownersOf(customerId: string): Promise<Member[]> {
      const rows = await members.list({ key: 'customerId', value: customerId }, { limit: MOST_MEMBERSHIPS });
      return rows
        .map(({ doc }) => doc)
        .filter((member) => member.role === 'owner' && isActiveMember(member))
        .sort((a, b) => (a.since < b.since ? -1 : 1));
    },

    /** Adds somebody who owns it already to the list of owners, where there is one. */
    noteOwner: (customerId: string, accountId: string): Promise<void> =>
      update(customerId, (doc) =>
        doc?.owners && !doc.owners.includes(accountId)
          ? { result: undefined, write: { doc: { ...doc, owners: [...doc.owners, accountId] } } }
          : { result: undefined },
      ),

    /** A number for a customer that is yet to be made; no two callers get the same. */
    nextNumber: async (): Promise<string> =>
      String(await revisions.nextNumber('customer', FIRST_CUSTOMER_NUMBER)),

    /**
     * The same by a plan that was written down before: made once, however often it is asked for. Where an import has
     * brought a customer of that number meanwhile, it gets the next one.
     */
    async ensureOwnedBy(
      accountId: string,
      { customerId, number }: { customerId: string; number: string },
      fields: Pick<Customer, 'kind' | 'name' | 'billing' | 'sources'>,
    ): Promise<void> {
      const at = clock.now().toISOString();
      const customer = { ...fields, createdAt: at };
      try {
        await customers.insert(customerId, { ...customer, number });
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        if (!(await customers.get(customerId))) await ignoreConflict(insertNumbered(customerId, customer));
      }
      const member: Member = { customerId, accountId, role: 'owner', since: at };
      await ignoreConflict(members.insert(`${customerId}:${accountId}`, member));
    },

    /** Where an account is a member, disabled ones left out; oldest first. */
    membershipsOf,

    /** The customers an account acts for, oldest first, with its role in each. */
    async ofAccount(accountId: string): Promise<{ customer: Stored<Customer>; role: Role }[]> {
      const memberships = await membershipsOf(accountId);
      const found = await Promise.all(
        memberships.map(async ({ customerId, role }) => ({
          customer: await customers.get(customerId),
          role,
        })),
      );
      return found.flatMap(({ customer, role }) => (customer ? [{ customer, role }] : []));
    },
  };
}

export type Customers = ReturnType<typeof createCustomers>;

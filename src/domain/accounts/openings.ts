// Openings: an account, its customer and its role there, made together or not at all. They are three documents, so what
// is to be written is noted first, and a node that ends halfway leaves behind what the next one needs to go on.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { timeOrderedId } from '../../lib/random.ts';
import {
  accountDocument,
  displayName,
  NameTaken,
  type Account,
  type NewAccount,
  type StoredAccount,
} from './accounts.ts';
import { collections } from '../collections.ts';
import {
  FIRST_CUSTOMER_NUMBER,
  type Customer,
  type Customers,
  type Role,
  type Vetting,
} from '../customers/customers.ts';
import { ignoreConflict } from '../ignore-conflict.ts';
import type { Revisions } from '../revisions.ts';
import { accountRows, customerRows } from '../search/search-keys.ts';

/** What to open. */
export type Opening = {
  /** Given by whoever must be able to ask for the very same opening again. */
  readonly ids?: { readonly accountId: string; readonly customerId: string };
  readonly account: NewAccount & { readonly createdAt?: string };
  /**
   * The customer that it acts for, if any. A number that there is already is that very customer, and what else is
   * given must be as it is stored. Without a number it is a new one, with the next number.
   */
  readonly customer?: {
    readonly number?: string;
    readonly kind?: Customer['kind'];
    readonly name?: string;
    readonly vetting?: Vetting;
  };
  /** `owner`, unless given. */
  readonly role?: Role;
};

export type OpeningOutcome =
  | { readonly kind: 'opened'; readonly account: StoredAccount; readonly customer?: Stored<Customer> }
  /** Nothing was made: the name is another account's, or the number belongs to a customer who is another one. */
  | { readonly kind: 'taken'; readonly field: 'login' | 'email' | 'customer_number' };

type Plan = {
  readonly accountId: string;
  readonly account: Account;
  readonly role: Role;
  readonly customerId: string;
  /** Without a number it gets the next one. */
  readonly customer?: Omit<Customer, 'number'> & { readonly number?: string };
  /** What was said of the customer: it must be true of one who is there. */
  readonly said: { readonly kind?: Customer['kind']; readonly name?: string };
};
export type OpeningPlans = { readonly plans: readonly Plan[]; readonly at: string };

/** Whoever noted it may still be at it; to write the same twice would do no harm. */
const UNDER_WAY_MILLISECONDS = 10_000;
const PAGE = 20;

/** Openings over the store. */
export function createOpenings(parts: {
  store: Store;
  clock: Clock;
  customers: Customers;
  revisions: Revisions;
}) {
  const { store, clock, customers, revisions } = parts;
  const notes = store.collection(collections.openings);
  const accountsMade = accountRows(store);
  const customersMade = customerRows(store);
  const members = store.collection(collections.members);

  function planOf({ ids, account, customer, role = 'owner' }: Opening, now: Date): Plan {
    const doc = accountDocument(account, now);
    const { kind, name, number, vetting } = customer ?? {};
    const said = { ...(kind && { kind }), ...(name !== undefined && { name }) };
    return {
      accountId: ids?.accountId ?? timeOrderedId(now),
      account: doc,
      role,
      customerId: ids?.customerId ?? timeOrderedId(now),
      said,
      ...(customer && {
        customer: {
          kind: 'person',
          name: displayName(doc),
          ...said,
          ...(vetting && { vetting }),
          ...(number !== undefined && { number }),
          createdAt: doc.createdAt,
        },
      }),
    };
  }

  /** Whether the account is ours: just made, or by an earlier run of the same plan. Else the name that is taken. */
  async function makeAccount({ accountId, account }: Plan): Promise<'ours' | 'login' | 'email'> {
    try {
      await accountsMade.insert(accountId, account);
      return 'ours';
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if (await accountsMade.get(accountId)) return 'ours';
      const { loginKey } = account;
      return loginKey !== undefined && (await accountsMade.findOne('loginKey', loginKey)) ? 'login' : 'email';
    }
  }

  /** The customer, made or found; `undefined` when the number belongs to another one. */
  async function makeCustomer(plan: Plan, doc: NonNullable<Plan['customer']>) {
    const { number, ...rest } = doc;
    try {
      if (number === undefined) return await customers.insertNumbered(plan.customerId, rest);
      return await customersMade.insert(plan.customerId, { ...rest, number });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      return (await customersMade.get(plan.customerId)) ?? (await findSame(plan));
    }
  }

  async function findSame({ customer, said }: Plan): Promise<Stored<Customer> | undefined> {
    const found = customer?.number === undefined ? undefined : await customers.findByNumber(customer.number);
    return found && isSame(found.doc, said) ? found : undefined;
  }

  async function join(customerId: string, { accountId, account, role }: Plan): Promise<void> {
    const member = { customerId, accountId, role, since: account.createdAt };
    await ignoreConflict(members.insert(`${customerId}:${accountId}`, member));
  }

  async function carryOut(plan: Plan): Promise<OpeningOutcome> {
    const made = await makeAccount(plan);
    if (made !== 'ours') return { kind: 'taken', field: made };
    const account = { id: plan.accountId, version: 1, doc: plan.account };
    if (!plan.customer) return { kind: 'opened', account };
    const customer = await makeCustomer(plan, plan.customer);
    if (!customer) {
      // Somebody took the number since it was looked up: an account that acts for nobody was not asked for.
      await accountsMade.remove(plan.accountId);
      return { kind: 'taken', field: 'customer_number' };
    }
    await join(customer.id, plan);
    if (plan.role === 'owner' && customer.doc.owners) await customers.noteOwner(customer.id, plan.accountId);
    return { kind: 'opened', account, customer };
  }

  /** Whether the number, if any, is free or belongs to this very customer. */
  async function isNumberOurs(plan: Plan): Promise<boolean> {
    const number = plan.customer?.number;
    if (number === undefined || !(await customers.findByNumber(number))) return true;
    return (await findSame(plan)) !== undefined;
  }

  /** Numbers of old customers must not be given out again. */
  async function passOver(plans: readonly Plan[]): Promise<void> {
    const numbers = plans.flatMap(({ customer }) => (customer?.number ? [Number(customer.number)] : []));
    if (numbers.length > 0)
      await revisions.skipNumbers('customer', Math.max(...numbers), FIRST_CUSTOMER_NUMBER);
  }

  async function openMany(openings: readonly Opening[]): Promise<OpeningOutcome[]> {
    const now = clock.now();
    const all = openings.map((opening) => planOf(opening, now));
    const fit = await Promise.all(all.map(isNumberOurs));
    const plans = all.filter((_, index) => fit[index]);
    if (plans.length > 0) {
      const note = timeOrderedId(now);
      await Promise.all([passOver(plans), notes.insert(note, { plans, at: now.toISOString() })]);
      const outcomes = await Promise.all(plans.map(carryOut));
      await notes.remove(note);
      const byPlan = new Map(plans.map((plan, index) => [plan, outcomes[index]!]));
      return all.map((plan) => byPlan.get(plan) ?? numberTaken);
    }
    return all.map(() => numberTaken);
  }

  return {
    /** Opens many, with few commits: an outcome each, in their order. */
    openMany,

    /** Opens one. Rejects with `NameTaken`, or with `NumberTaken`. */
    async open(opening: Opening): Promise<{ account: StoredAccount; customer?: Stored<Customer> }> {
      const outcome = (await openMany([opening]))[0]!;
      if (outcome.kind === 'opened') return outcome;
      throw outcome.field === 'customer_number' ? new NumberTaken() : new NameTaken(outcome.field);
    },

    /** Goes on with what others left halfway; how many of their notes there were. */
    async recover(): Promise<number> {
      const latest = clock.now().getTime() - UNDER_WAY_MILLISECONDS;
      let count = 0;
      let after: string | undefined;
      for (;;) {
        const page = await notes.list(undefined, { limit: PAGE, ...(after === undefined ? {} : { after }) });
        for (const { id, doc } of page) {
          if (Date.parse(doc.at) > latest) continue;
          await Promise.all(doc.plans.map(carryOut));
          await notes.remove(id);
          count += 1;
        }
        after = page.at(-1)?.id;
        if (page.length < PAGE) return count;
      }
    },
  };
}

export type Openings = ReturnType<typeof createOpenings>;

/** The customer number belongs to a customer of another kind or name. */
export class NumberTaken extends Error {
  override readonly name = 'NumberTaken';
  constructor() {
    super('this customer number belongs to another customer');
  }
}

const numberTaken: OpeningOutcome = { kind: 'taken', field: 'customer_number' };

const isSame = (customer: Customer, said: Plan['said']): boolean =>
  (said.kind === undefined || said.kind === customer.kind) &&
  (said.name === undefined || said.name === customer.name);

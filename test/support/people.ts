// The rules that make accounts and customers over a store, and a look at all that they have made.

import {
  createAccountImport,
  type ImportLine,
  type Refused,
} from '../../src/domain/accounts/account-import.ts';
import { createAccounts } from '../../src/domain/accounts/accounts.ts';
import { collections } from '../../src/domain/collections.ts';
import { createCustomers } from '../../src/domain/customers/customers.ts';
import { createOpenings } from '../../src/domain/accounts/openings.ts';
import { createRevisions } from '../../src/domain/revisions.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { StoreUnavailable, type Collection, type Shape, type Store } from '../../src/ports/store.ts';
import { spyHasher } from './rules.ts';

/** Everything that makes people, as one node has it. */
export function createPeople(store: Store, clock: Clock) {
  const revisions = createRevisions(store);
  const accounts = createAccounts(store, clock);
  const customers = createCustomers(store, clock, revisions);
  const openings = createOpenings({ store, clock, customers, revisions });
  const hasher = spyHasher();
  const accountImport = createAccountImport({ openings, accounts, hasher, clock, batchSize: 20 });
  return { accounts, customers, openings, hasher, accountImport };
}

/** All accounts with the customers that they act for; it throws where there is half a record. */
export async function peopleIn(store: Store) {
  const all = async <T extends object, K extends keyof T & string>(shape: Shape<T, K>) =>
    store.collection(shape).list(undefined, { limit: 1000 });
  const [accounts, customers, members] = await Promise.all([
    all(collections.accounts),
    all(collections.customers),
    all(collections.members),
  ]);
  for (const { doc } of members) {
    if (!accounts.some(({ id }) => id === doc.accountId)) throw new Error('a member without an account');
    if (!customers.some(({ id }) => id === doc.customerId)) throw new Error('a member without a customer');
  }
  for (const { id, doc } of customers)
    if (!members.some((member) => member.doc.customerId === id)) throw new Error(`nobody is ${doc.name}`);
  const byEmail = accounts.toSorted((a, b) => (a.doc.email < b.doc.email ? -1 : 1));
  return byEmail.map(({ id, doc }) => ({
    email: doc.email,
    login: doc.login,
    customers: members
      .filter((member) => member.doc.accountId === id)
      .map((member) => {
        const { number, name, kind } = customers.find((one) => one.id === member.doc.customerId)!.doc;
        return { number, name, kind, role: member.doc.role };
      }),
  }));
}

/** A store over another one whose process dies after so many writes: all later ones fail. */
export function dyingStore(store: Store, writes: number): Store {
  let left = writes;
  const dying =
    (verb: (...values: never[]) => Promise<unknown>) =>
    async (...values: never[]): Promise<unknown> => {
      left -= 1;
      if (left < 0) throw new StoreUnavailable('the process is gone');
      return verb(...values);
    };
  return {
    ...store,
    collection<T extends object, K extends keyof T & string>(shape: Shape<T, K>): Collection<T, K> {
      const collection = store.collection(shape);
      const { insert, replace, put, remove } = collection;
      return {
        ...collection,
        insert: dying(insert.bind(collection)) as typeof insert,
        replace: dying(replace.bind(collection)) as typeof replace,
        put: dying(put.bind(collection)) as typeof put,
        remove: dying(remove.bind(collection)) as typeof remove,
      };
    },
  };
}

/** Records as a file would have them, from line 2 on, as after a header. */
export async function* linesOf(
  records: readonly Readonly<Record<string, unknown>>[],
): AsyncGenerator<ImportLine> {
  for (const [index, record] of records.entries()) yield await Promise.resolve({ line: index + 2, record });
}

/** Runs an import of these records; the report with its refusals. */
export async function importAll(
  people: ReturnType<typeof createPeople>,
  records: readonly Readonly<Record<string, unknown>>[],
  flags: { dryRun?: boolean; resume?: boolean; withCustomers?: boolean } = {},
) {
  const refusals: Refused[] = [];
  const report = await people.accountImport.run(
    linesOf(records),
    { dryRun: false, resume: false, withCustomers: true, ...flags },
    { refused: (refused) => refusals.push(refused), progress: () => {} },
  );
  return { ...report, refusals: refusals.map(({ line, reason }) => `${line}: ${reason}`) };
}

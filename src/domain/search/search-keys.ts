// The keys that accounts and customers are found by beside their own. They stand in the document and are made anew
// with every write, whoever writes, so that they can never tell of a name that is gone; whoever reads does not see them.

import type { Collection, Store, Stored } from '../../ports/store.ts';
import type { Account } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Customer } from '../customers/customers.ts';
import { plainWords, rotationsOf } from './plain-words.ts';

/** Rotations of a name, the more telling ones first; more words than keys is rare. */
export const personNameKeys = ['name1', 'name2', 'name3', 'name4'] as const;
export const customerNameKeys = [...personNameKeys, 'name5', 'name6'] as const;
type PersonNameKey = (typeof personNameKeys)[number];
type CustomerNameKey = (typeof customerNameKeys)[number];

export type AccountKey = 'loginKey' | 'emailKey' | 'phone' | PersonNameKey;
export type CustomerKey = 'number' | 'ico' | CustomerNameKey;
export type AccountRow = Account & { readonly [K in PersonNameKey]?: string };
export type CustomerRow = Customer & { readonly ico?: string } & { readonly [K in CustomerNameKey]?: string };

/** Every word of what a person is called. */
export const wordsOfAccount = ({ name, givenName, familyName }: Account): string[] => [
  ...new Set(plainWords([name, givenName, familyName].filter(Boolean).join(' '))),
];
export const wordsOfCustomer = ({ name }: Customer): string[] => [...new Set(plainWords(name))];

/** The rotations of a person's name: of the whole one where it is given, of its parts otherwise. */
const named = <K extends string>(keys: readonly K[], words: readonly string[]): { [N in K]?: string } =>
  Object.fromEntries(rotationsOf(words, keys.length).map((text, index) => [keys[index], text])) as {
    [N in K]?: string;
  };

/** What an account or a customer is found by. */
export const valuesOfAccount = (doc: Account): { readonly [K in AccountKey]?: string } => ({
  ...keysOfAccount(doc),
  emailKey: doc.emailKey,
  ...(doc.loginKey === undefined ? {} : { loginKey: doc.loginKey }),
  ...(doc.phone === undefined ? {} : { phone: doc.phone }),
});
export const valuesOfCustomer = (doc: Customer): { readonly [K in CustomerKey]?: string } => ({
  ...keysOfCustomer(doc),
  number: doc.number,
});

const keysOfAccount = (doc: Account) => named(personNameKeys, wordsOfAccount(doc));
const keysOfCustomer = (doc: Customer) => ({
  ...named(customerNameKeys, wordsOfCustomer(doc)),
  ...(doc.billing?.ico === undefined ? {} : { ico: doc.billing.ico }),
});

/** The same documents, with their keys on the way in and without them on the way out. */
function keyed<T extends object, K extends keyof T & string>(
  rows: Collection<T, K>,
  added: readonly string[],
  keysOf: (doc: T) => object,
): Collection<T, K> {
  const bare = (doc: T): T =>
    Object.fromEntries(Object.entries(doc).filter(([name]) => !added.includes(name))) as T;
  const withKeys = (doc: T): T => ({ ...bare(doc), ...keysOf(doc) });
  const shown = (row: Stored<T>): Stored<T> => ({ ...row, doc: bare(row.doc) });
  const ifThere = (row: Stored<T> | undefined) => row && shown(row);
  return {
    get: async (id) => ifThere(await rows.get(id)),
    findOne: async (key, value) => ifThere(await rows.findOne(key, value)),
    list: async (where, page) => (await rows.list(where, page)).map(shown),
    listByKey: async (key, page) => (await rows.listByKey(key, page)).map(shown),
    insert: async (id, doc, expiresAt) => shown(await rows.insert(id, withKeys(doc), expiresAt)),
    replace: async (seen, doc, expiresAt) => shown(await rows.replace(seen, withKeys(doc), expiresAt)),
    put: (id, doc, expiresAt) => rows.put(id, withKeys(doc), expiresAt),
    take: async (id) => ifThere(await rows.take(id)),
    remove: (id) => rows.remove(id),
    removeMany: (key, value) => rows.removeMany(key, value),
  };
}

/** The accounts in the store. */
export const accountRows = (store: Store): Collection<AccountRow, AccountKey> =>
  keyed(store.collection(collections.accounts), personNameKeys, keysOfAccount);

/** The customers in the store. */
export const customerRows = (store: Store): Collection<CustomerRow, CustomerKey> =>
  keyed(store.collection(collections.customers), [...customerNameKeys, 'ico'], keysOfCustomer);

const PAGE = 500;

/**
 * Writes the keys into what was stored before there were any; whatever has them is passed over, so that it goes on
 * where it was broken off. Who writes meanwhile writes the keys, too.
 */
export async function addSearchKeys(store: Store): Promise<void> {
  await addTo(store.collection(collections.accounts), accountRows(store), keysOfAccount);
  await addTo(store.collection(collections.customers), customerRows(store), keysOfCustomer);
}

async function addTo<T extends object, K extends keyof T & string>(
  stored: Collection<T, K>,
  rows: Collection<T, K>,
  keysOf: (doc: T) => object,
): Promise<void> {
  const isDone = ({ doc }: Stored<T>): boolean => {
    const keys = Object.entries(keysOf(doc)) as [keyof T, unknown][];
    return keys.length > 0 && keys.every(([name, text]) => doc[name] === text);
  };
  for (let after: string | undefined; ;) {
    const page = await stored.list(undefined, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    await Promise.all(
      page
        .filter((row) => !isDone(row))
        .map((row) => rows.replace(row, row.doc, row.expiresAt).catch(unlessStale)),
    );
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

function unlessStale(error: unknown): void {
  if (!(error instanceof Error && error.name === 'Stale')) throw error;
}

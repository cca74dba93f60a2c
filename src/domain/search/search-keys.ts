// The keys that accounts and customers are found by beside their own. They stand in the document and are made anew
// with every write, whoever writes, so that they can never tell of a name that is gone; whoever reads does not see them.

import type { Collection, Store, Stored } from '../../ports/store.ts';
import type { Account } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Customer } from '../customers/customers.ts';
import { addKeys, keyed, withoutKeys } from '../keyed.ts';
import { plainWords, rotationsOf } from './plain-words.ts';

/** Rotations of a name, the more telling ones first; more words than keys is rare. */
export const personNameKeys = ['name1', 'name2', 'name3', 'name4'] as const;
export const customerNameKeys = [...personNameKeys, 'name5', 'name6'] as const;
const customerKeys = [...customerNameKeys, 'ico'] as const;
type PersonNameKey = (typeof personNameKeys)[number];
type CustomerNameKey = (typeof customerNameKeys)[number];

export type AccountKey = 'loginKey' | 'emailKey' | 'phone' | PersonNameKey;
export type CustomerKey = 'number' | 'ico' | CustomerNameKey;
export type AccountRow = Account & { readonly [K in PersonNameKey]?: string };
export type CustomerRow = Customer & { readonly ico?: string } & { readonly [K in CustomerNameKey]?: string };

/** Every word of what a person is called. */
const wordsOfAccount = ({ name, givenName, familyName }: Account): string[] => [
  ...new Set(plainWords([name, givenName, familyName].filter(Boolean).join(' '))),
];
const wordsOfCustomer = ({ name }: Customer): string[] => [...new Set(plainWords(name))];

/** The rotations of a person's name: of the whole one where it is given, of its parts otherwise. */
const named = <K extends string>(keys: readonly K[], words: readonly string[]): { [N in K]?: string } =>
  Object.fromEntries(rotationsOf(words, keys.length).map((text, index) => [keys[index], text])) as {
    [N in K]?: string;
  };

/** The keys of an account. */
export const keysOfAccount = (doc: Account) => named(personNameKeys, wordsOfAccount(doc));
/** The keys of a customer. */
export const keysOfCustomer = (doc: Customer) => ({
  ...named(customerNameKeys, wordsOfCustomer(doc)),
  ...(doc.billing?.ico === undefined ? {} : { ico: doc.billing.ico }),
});

/** The accounts in the store. */
export const accountRows = (store: Store): Collection<AccountRow, AccountKey> =>
  keyed(store.collection(collections.accounts), personNameKeys, keysOfAccount);

/** The customers in the store. */
export const customerRows = (store: Store): Collection<CustomerRow, CustomerKey> =>
  keyed(store.collection(collections.customers), customerKeys, keysOfCustomer);

/** The same with their keys: for looking through many, of which few are shown. */
export const accountsWithKeys = (store: Store): Pick<Collection<AccountRow, AccountKey>, 'listByKey'> =>
  store.collection(collections.accounts);
export const customersWithKeys = (store: Store): Pick<Collection<CustomerRow, CustomerKey>, 'listByKey'> =>
  store.collection(collections.customers);

/** What is shown of one. */
export const bareAccount = ({ doc, ...row }: Stored<AccountRow>): Stored<AccountRow> => ({
  ...row,
  doc: withoutKeys(doc, personNameKeys),
});
export const bareCustomer = ({ doc, ...row }: Stored<CustomerRow>): Stored<CustomerRow> => ({
  ...row,
  doc: withoutKeys(doc, customerKeys),
});

/** Writes the keys into what was stored before there were any. */
export async function addSearchKeys(store: Store): Promise<void> {
  await addKeys(store.collection(collections.accounts), accountRows(store), keysOfAccount);
  await addKeys(store.collection(collections.customers), customerRows(store), keysOfCustomer);
}

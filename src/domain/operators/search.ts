// Finding accounts and customers by what a caller on the phone says: login name, e-mail, phone, name, number, company
// number, domain; and clients by name, identifier or host. The console, the API and the command line ask here. Permissions:
// `accounts:read`, `customers:read`, `clients:read`.

import type { Store, Stored } from '../../ports/store.ts';
import { comparableName } from '../accounts/accounts.ts';
import type { Clients } from '../clients/clients.ts';
import type { Customers } from '../customers/customers.ts';
import { domainName, type Domains } from '../customers/domains.ts';
import { hasWords, phonePrefixes, plainWords } from '../search/plain-words.ts';
import {
  bareClient,
  clientHostKeys,
  clientNameKeys,
  clientsWithKeys,
  keysOfClient,
  type ClientKey,
  type ClientRow,
} from '../search/client-keys.ts';
import { findByPrefixes, fitsOne, type Found, type Way } from '../search/prefix-search.ts';
import {
  accountRows,
  accountsWithKeys,
  bareAccount,
  bareCustomer,
  customerNameKeys,
  customersWithKeys,
  personNameKeys,
  type AccountKey,
  type AccountRow,
  type CustomerKey,
  type CustomerRow,
} from '../search/search-keys.ts';

/** The longest text that may be searched for, in UTF-16 units. */
export const LONGEST_SEARCH = 254;
const MOST_DOMAINS = 10;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type SearchPage = { readonly after?: string | undefined; readonly limit: number };

/** The name as it was typed, and where there are more words, those in any order. */
function nameWays<K extends string>(keys: readonly K[], typed: string): Way<K>[] {
  const words = plainWords(typed);
  if (words.length === 0) return [];
  const longest = words.toSorted((one, other) => other.length - one.length)[0]!;
  // Each of the keys has all the words of the name, as far as a key is long.
  const [first] = keys;
  const accepts = (values: { readonly [N in K]?: string }) =>
    hasWords(values[first!]?.split(' ') ?? [], words);
  return [
    ...keys.map((key) => ({ key, prefix: words.join(' ') })),
    ...(words.length === 1 ? [] : keys.map((key) => ({ key, prefix: longest, accepts }))),
  ];
}

function accountWays(typed: string): Way<AccountKey>[] {
  const name = comparableName(typed);
  if (name === '') return [];
  // Names of accounts are seldom written with the accents that the person's own has.
  const spellings = [...new Set([name, name.normalize('NFKD').replaceAll(/\p{M}/gu, '')])];
  return [
    ...spellings.flatMap((prefix) => (['loginKey', 'emailKey'] as const).map((key) => ({ key, prefix }))),
    ...phonePrefixes(typed).map((prefix) => ({ key: 'phone' as const, prefix })),
    ...nameWays(personNameKeys, typed),
  ];
}

function customerWays(typed: string): Way<CustomerKey>[] {
  const digits = typed.replaceAll(/\s/g, '');
  const isNumber = /^\d{1,15}$/.test(digits);
  return [
    ...(isNumber ? (['number', 'ico'] as const).map((key) => ({ key, prefix: digits })) : []),
    ...nameWays(customerNameKeys, typed),
  ];
}

function clientWays(typed: string): Way<ClientKey>[] {
  const prefix = typed.toLowerCase();
  if (prefix === '') return [];
  // An address is found by its host; the beginning of a host is the same as it stands.
  const host = URL.parse(prefix)?.host || prefix;
  return [
    { key: 'clientKey', prefix },
    ...nameWays(clientNameKeys, typed),
    ...clientHostKeys.map((key) => ({ key, prefix: host })),
  ];
}

/** Searching over the store. */
export function createSearch(parts: {
  store: Store;
  customers: Pick<Customers, 'get'>;
  clients: Pick<Clients, 'ofFile'>;
  domains: Domains;
}) {
  const { store, customers, clients, domains } = parts;
  const clientsThere = clientsWithKeys(store);
  const accountsThere = accountsWithKeys(store);
  const customersThere = customersWithKeys(store);

  /** Those whose domain it is or lies in, and those whose domain begins so. */
  async function ownersOf(typed: string): Promise<Stored<CustomerRow>[]> {
    const name = domainName(typed);
    const labels = name?.split('.') ?? [];
    const parents = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
    const beginning = /^[a-z0-9][a-z0-9.-]{1,252}$/.exec(typed.toLowerCase())?.[0];
    const following =
      beginning === undefined ? [] : await domains.list(undefined, { after: beginning, limit: MOST_DOMAINS });
    const found = [
      ...(await Promise.all(parents.slice(0, MOST_DOMAINS).map((parent) => domains.get(parent)))),
      ...following.filter(({ id }) => id.startsWith(beginning!)),
    ].filter((domain) => domain !== undefined);
    const ids = [...new Set(found.map(({ doc }) => doc.customerId))].slice(0, MOST_DOMAINS);
    return (await Promise.all(ids.map((id) => customers.get(id)))).filter(
      (customer) => customer !== undefined,
    );
  }

  return {
    /** Accounts by identifier, login name, e-mail, phone or name, or the beginning of one. */
    async accounts(query: string, page: SearchPage): Promise<Found<AccountRow>> {
      const typed = query.trim().slice(0, LONGEST_SEARCH).toWellFormed();
      if (UUID.test(typed)) {
        const account = await accountRows(store).get(typed.toLowerCase());
        return { hits: account ? [account] : [] };
      }
      const found = await findByPrefixes(accountsThere, accountWays(typed), page);
      return { ...found, hits: found.hits.map(bareAccount) };
    },

    /** Clients by name, identifier or host, or the beginning of one; those of the file, in version 0, come first. */
    async clients(query: string, { after, limit }: SearchPage): Promise<Found<ClientRow>> {
      const typed = query.trim().slice(0, LONGEST_SEARCH).toWellFormed();
      const ways = clientWays(typed);
      const found = await findByPrefixes(clientsThere, ways, { after, limit });
      const hits = found.hits.map(bareClient);
      if (after !== undefined) return { ...found, hits };
      const fixed = clients
        .ofFile()
        .filter((record) => fitsOne(keysOfClient(record), ways))
        .map((doc) => ({ id: doc.metadata.client_id, version: 0, doc }));
      return { ...found, hits: [...fixed, ...hits] };
    },

    /** Customers by number, company number, domain or name, or the beginning of one. */
    async customers(query: string, { after, limit }: SearchPage): Promise<Found<CustomerRow>> {
      const typed = query.trim().slice(0, LONGEST_SEARCH).toWellFormed();
      const owners = await ownersOf(typed);
      const isOwner = ({ id }: Stored<CustomerRow>) => owners.some((owner) => owner.id === id);
      const found = await findByPrefixes(customersThere, customerWays(typed), {
        after,
        limit,
      });
      const others = found.hits.filter((hit) => !isOwner(hit)).map(bareCustomer);
      // Whose domain it is comes first, beside the page.
      return { ...found, hits: after === undefined ? [...owners, ...others] : others };
    },
  };
}

export type Search = ReturnType<typeof createSearch>;

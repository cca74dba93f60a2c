// The keys that clients are found by: identifier, name, and the hosts of their addresses. They stand in the document and are
// made anew with every write, as those of accounts are.

import type { Collection, Store, Stored } from '../../ports/store.ts';
import type { ClientRecord } from '../clients/clients.ts';
import { collections } from '../collections.ts';
import { addKeys, keyed, withoutKeys } from '../keyed.ts';
import { plainWords, rotationsOf } from './plain-words.ts';

export const clientNameKeys = ['name1', 'name2', 'name3', 'name4'] as const;
/** As many keys as a document has room for: a client with more hosts is not found by those beyond. */
export const clientHostKeys = ['host1', 'host2', 'host3', 'host4', 'host5', 'host6'] as const;
const clientKeys = ['clientKey', ...clientNameKeys, ...clientHostKeys] as const;

export type ClientKey = (typeof clientKeys)[number];
export type ClientRow = ClientRecord & { readonly [K in ClientKey]?: string };

const LONGEST_HOST = 100;

/** Whole hosts first, then the domains that they lie in, down to two labels. */
function hostsOf({ metadata }: ClientRecord): string[] {
  const uris = [...metadata.redirect_uris, metadata.client_uri ?? ''];
  const hosts = uris.map((uri) => URL.parse(uri)?.host ?? '').filter((host) => host !== '');
  const parents = hosts
    .filter((host) => /[a-z]/.test(host))
    .flatMap((host) => {
      const labels = host.split('.');
      return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
    });
  return [...new Set([...hosts, ...parents])].map((host) => host.slice(0, LONGEST_HOST));
}

const numbered = (keys: readonly string[], texts: readonly string[]) =>
  texts.slice(0, keys.length).map((text, index) => [keys[index], text] as const);

/** The keys of a client. */
export const keysOfClient = (doc: ClientRecord): { readonly [K in ClientKey]?: string } => ({
  clientKey: doc.metadata.client_id.toLowerCase(),
  ...Object.fromEntries([
    ...numbered(
      clientNameKeys,
      rotationsOf([...new Set(plainWords(doc.metadata.client_name))], clientNameKeys.length),
    ),
    ...numbered(clientHostKeys, hostsOf(doc)),
  ]),
});

/** The clients in the store. */
export const clientRows = (store: Store): Collection<ClientRow, ClientKey> =>
  keyed(store.collection(collections.clients), clientKeys, keysOfClient);

/** The same with their keys: for looking through many, of which few are shown. */
export const clientsWithKeys = (store: Store): Pick<Collection<ClientRow, ClientKey>, 'listByKey'> =>
  store.collection(collections.clients);

/** What is shown of one. */
export const bareClient = ({ doc, ...row }: Stored<ClientRow>): Stored<ClientRow> => ({
  ...row,
  doc: withoutKeys(doc, clientKeys),
});

/** Writes the keys into what was stored before there were any. */
export const addClientKeys = (store: Store): Promise<void> =>
  addKeys(store.collection(collections.clients), clientRows(store), keysOfClient);

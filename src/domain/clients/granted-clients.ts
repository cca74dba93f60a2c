// The applications that a person has let in: what each may see, since when, and the end of it.

import type { Store } from '../../ports/store.ts';
import { collections, engineCollections } from '../collections.ts';
import type { Clients } from './clients.ts';
import type { Consents } from './consents.ts';
import { ACCOUNT_CLIENT } from './own-client.ts';
import type { ClientMetadata } from './client-metadata.ts';

export type GrantedClient = {
  readonly clientId: string;
  readonly metadata: ClientMetadata;
  /** What it may see of the person. */
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  /** What it may do elsewhere: scopes by resource server. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** Of an application of the house nobody is asked for consent. */
  readonly isOwn: boolean;
  /** ISO 8601, UTC: when it was allowed, or signed in to, last. */
  readonly lastAt: string;
};

type Grant = {
  readonly clientId?: string;
  readonly iat?: number;
  readonly openid?: { readonly scope?: string };
  readonly resources?: Readonly<Record<string, string>>;
};
type Access = Omit<GrantedClient, 'clientId' | 'metadata' | 'isOwn'>;

const MOST = 500;
const none: Access = { scopes: [], claims: [], resources: {}, lastAt: '' };
const words = (text: string | undefined): string[] => (text ?? '').split(' ').filter(Boolean);
const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])];

function join(a: Access, b: Access): Access {
  const indicators = union(Object.keys(a.resources), Object.keys(b.resources));
  return {
    scopes: union(a.scopes, b.scopes),
    claims: union(a.claims, b.claims),
    resources: Object.fromEntries(
      indicators.map((name) => [name, union(a.resources[name] ?? [], b.resources[name] ?? [])]),
    ),
    lastAt: a.lastAt > b.lastAt ? a.lastAt : b.lastAt,
  };
}

const accessOf = ({ iat = 0, openid, resources = {} }: Grant): Access => ({
  scopes: words(openid?.scope),
  claims: [],
  resources: Object.fromEntries(Object.entries(resources).map(([name, scope]) => [name, words(scope)])),
  lastAt: new Date(iat * 1000).toISOString(),
});

/** Consents and grants of accounts, by client. */
export function createGrantedClients(parts: {
  store: Store;
  clients: Pick<Clients, 'find'>;
  consents: Pick<Consents, 'withdraw'>;
}) {
  const { store, clients, consents } = parts;
  const kept = store.collection(collections.consents);
  const grants = store.collection(engineCollections.Grant);

  async function list(accountId: string): Promise<GrantedClient[]> {
    const where = { key: 'accountId', value: accountId } as const;
    const [allowed, granted] = await Promise.all([
      kept.list(where, { limit: MOST }),
      grants.list(where, { limit: MOST }),
    ]);
    const access = new Map<string, Access>();
    const add = (clientId: string, more: Access) =>
      access.set(clientId, join(access.get(clientId) ?? none, more));
    for (const { doc } of allowed)
      add(doc.clientId, {
        scopes: doc.scopes,
        claims: doc.claims,
        resources: doc.resources,
        lastAt: doc.updatedAt,
      });
    for (const { doc } of granted) {
      const grant = doc as Grant;
      if (grant.clientId !== undefined) add(grant.clientId, accessOf(grant));
    }
    const found = await Promise.all(
      [...access].map(async ([clientId, given]) => ({
        clientId,
        given,
        record: await clients.find(clientId),
      })),
    );
    return found
      .flatMap(({ clientId, given, record }) =>
        record === undefined || clientId === ACCOUNT_CLIENT
          ? []
          : [{ clientId, ...given, metadata: record.metadata, isOwn: record.metadata.first_party }],
      )
      .sort((one, other) => (one.lastAt < other.lastAt ? 1 : -1));
  }

  return {
    /** The applications with access to the account, those used last first. */
    list,

    /** Ends the access of one: consent, grants and tokens. `undefined` when it had none. */
    async withdraw(accountId: string, clientId: string): Promise<GrantedClient | undefined> {
      const found = (await list(accountId)).find((one) => one.clientId === clientId);
      if (found) await consents.withdraw(accountId, clientId);
      return found;
    },
  };
}

export type GrantedClients = ReturnType<typeof createGrantedClients>;

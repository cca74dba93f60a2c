// Clients: the relying parties registered here, in storage or in a file kept as code.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { AppError } from '../../lib/app-error.ts';
import { digest, digestsEqual } from '../../lib/digest.ts';
import { randomToken } from '../../lib/random.ts';
import {
  clientMetadata,
  usesSecret,
  type ClientMetadata,
  type ClientRegistration,
} from './client-metadata.ts';
import { collections } from '../collections.ts';
import type { Revisions } from '../revisions.ts';

/** Secrets are 256 random bits, so a plain hash keeps them; several are valid while one is being exchanged. */
export type ClientSecret = { readonly hash: string; readonly createdAt: string };

export type ClientRecord = {
  readonly metadata: ClientMetadata;
  readonly secrets: readonly ClientSecret[];
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** A client as it was just made or changed; `secret` is given once and never again. */
export type IssuedClient = { readonly metadata: ClientMetadata; readonly secret?: string };

/** Whether a presented secret is one of the client's, in constant time for each. */
export function secretMatches(record: ClientRecord, presented: string): boolean {
  const hash = digest(presented);
  return record.secrets.map((secret) => digestsEqual(secret.hash, hash)).some(Boolean);
}

/** Clients over the store, with those of the configuration file in front: these are read-only. */
export function createClients(
  store: Store,
  clock: Clock,
  revisions: Revisions,
  fromFile: ReadonlyMap<string, ClientRecord> = new Map(),
  /** Clients that are part of the provider: found by their id, never listed or changed. */
  builtIn: readonly ClientRecord[] = [],
) {
  const ownIds = new Map(builtIn.map((record) => [record.metadata.client_id, record]));
  const clients = store.collection(collections.clients);

  async function require(id: string): Promise<Stored<ClientRecord>> {
    if (ownIds.has(id)) {
      throw new AppError('bad_request', { detail: `client ${id} is part of the provider` });
    }
    if (fromFile.has(id)) {
      throw new AppError('bad_request', {
        detail: `client ${id} is kept in the clients file: change it there`,
      });
    }
    const found = await clients.get(id);
    if (!found) throw new AppError('not_found', { detail: `no client ${id}` });
    return found;
  }

  async function write(seen: Stored<ClientRecord>, change: Partial<ClientRecord>): Promise<void> {
    await clients.replace(seen, { ...seen.doc, ...change, updatedAt: clock.now().toISOString() });
    await revisions.announce('clients');
  }

  const newSecret = () => {
    const secret = randomToken();
    return { secret, stored: { hash: digest(secret), createdAt: clock.now().toISOString() } };
  };

  return {
    async find(id: string): Promise<ClientRecord | undefined> {
      return ownIds.get(id) ?? fromFile.get(id) ?? (await clients.get(id))?.doc;
    },

    /** All clients, those of the file first. */
    async list(page: { after?: string; limit: number }): Promise<ClientRecord[]> {
      const stored = await clients.list(undefined, page);
      return [...(page.after === undefined ? fromFile.values() : []), ...stored.map(({ doc }) => doc)];
    },

    /** Registers a client; without a `client_id` a random one is made. Throws a `ZodError` naming what is wrong. */
    async create(
      registration: Omit<ClientRegistration, 'client_id'> & { client_id?: string },
    ): Promise<IssuedClient> {
      const metadata = clientMetadata.parse({
        client_id: `client-${randomToken().slice(0, 20)}`,
        ...registration,
      });
      if (ownIds.has(metadata.client_id)) {
        throw new AppError('bad_request', {
          detail: `client ${metadata.client_id} is part of the provider`,
        });
      }
      if (fromFile.has(metadata.client_id)) {
        throw new AppError('bad_request', {
          detail: `client ${metadata.client_id} is kept in the clients file`,
        });
      }
      const issued = usesSecret(metadata) ? newSecret() : undefined;
      const now = clock.now().toISOString();
      try {
        await clients.insert(metadata.client_id, {
          metadata,
          secrets: issued ? [issued.stored] : [],
          createdAt: now,
          updatedAt: now,
        });
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        throw new AppError('bad_request', {
          detail: `client ${metadata.client_id} exists already`,
          cause: error,
        });
      }
      await revisions.announce('clients');
      return { metadata, ...(issued ? { secret: issued.secret } : {}) };
    },

    /** Changes fields of the registration; a field set to `undefined` is taken off. */
    async update(id: string, change: Partial<ClientRegistration>): Promise<IssuedClient> {
      const seen = await require(id);
      const merged = Object.entries({ ...seen.doc.metadata, ...change }).filter(
        ([, value]) => value !== undefined,
      );
      const metadata = clientMetadata.parse({ ...Object.fromEntries(merged), client_id: id });
      const issued = usesSecret(metadata) && seen.doc.secrets.length === 0 ? newSecret() : undefined;
      const secrets = usesSecret(metadata) ? (issued ? [issued.stored] : seen.doc.secrets) : [];
      await write(seen, { metadata, secrets });
      return { metadata, ...(issued ? { secret: issued.secret } : {}) };
    },

    /** A new secret; the old one ends at once. */
    async rotateSecret(id: string): Promise<IssuedClient> {
      const seen = await require(id);
      if (!usesSecret(seen.doc.metadata)) {
        throw new AppError('bad_request', { detail: `client ${id} authenticates without a secret of ours` });
      }
      const issued = newSecret();
      await write(seen, { secrets: [issued.stored] });
      return { metadata: seen.doc.metadata, secret: issued.secret };
    },

    /** Removes the registration; tokens of the client stop working with it. */
    async delete(id: string): Promise<void> {
      const seen = await require(id);
      await clients.remove(seen.id);
      await revisions.announce('clients');
    },
  };
}

export type Clients = ReturnType<typeof createClients>;

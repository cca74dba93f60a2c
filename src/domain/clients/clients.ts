// Clients: the relying parties registered here, in storage or in a file kept as code.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import { AppError } from '../../lib/app-error.ts';
import { digest, digestsEqual } from '../../lib/digest.ts';
import { randomToken } from '../../lib/random.ts';
import {
  clientMetadata,
  usesSecret,
  type ClientMetadata,
  type ClientRegistration,
} from './client-metadata.ts';
import { withKeysInPlace } from './client-keys.ts';
import { collections } from '../collections.ts';
import { clientRows } from '../search/client-keys.ts';
import type { Revisions } from '../revisions.ts';

/**
 * Secrets are 256 random bits, so a plain hash keeps them; while one is being exchanged two are valid, the newer first.
 */
export type ClientSecret = {
  readonly hash: string;
  readonly createdAt: string;
  /** ISO 8601, UTC: from then on it opens nothing. Absent: it does not end. */
  readonly expiresAt?: string;
};

export type ClientRecord = {
  readonly metadata: ClientMetadata;
  readonly secrets: readonly ClientSecret[];
  /** Since when, and why, it is switched off: as good as not registered, but kept. */
  readonly disabled?: { readonly at: string; readonly reason: string };
  /** Of one that registered itself: by which policy, by which initial access token (its id), when. */
  readonly registered?: { readonly policy: string; readonly token: string; readonly at: string };
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** A client as it was just made or changed; `secret` is given once and never again. */
export type IssuedClient = { readonly metadata: ClientMetadata; readonly secret?: string };

/** Whether a presented secret is one of the client's that are valid now, in constant time for each. */
export function secretMatches(record: ClientRecord, presented: string, now: Date): boolean {
  const hash = digest(presented);
  const at = now.toISOString();
  return record.secrets
    .map(
      (secret) =>
        digestsEqual(secret.hash, hash) && (secret.expiresAt === undefined || at < secret.expiresAt),
    )
    .some(Boolean);
}

/** A change made on the version that was seen; without one, on whatever is there. */
export type SeenClient = { readonly version?: number | undefined };

/** Clients over the store, with those of the configuration file in front: these are read-only. */
export function createClients(parts: {
  store: Store;
  clock: Clock;
  revisions: Revisions;
  fromFile: ReadonlyMap<string, ClientRecord>;
  /** Clients that are part of the provider: found by their id, never listed or changed. */
  builtIn: readonly ClientRecord[];
}) {
  const { store, clock, revisions, fromFile, builtIn } = parts;
  const ownIds = new Map(builtIn.map((record) => [record.metadata.client_id, record]));
  const clients = clientRows(store);

  async function require(id: string, { version }: SeenClient = {}): Promise<Stored<ClientRecord>> {
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
    if (version !== undefined && version !== found.version) throw new Stale(collections.clients.name, id);
    return found;
  }

  async function write(
    seen: Stored<ClientRecord>,
    change: Partial<Omit<ClientRecord, 'disabled'>> & { disabled?: ClientRecord['disabled'] | undefined },
  ): Promise<Stored<ClientRecord>> {
    const { disabled, ...doc } = { ...seen.doc, ...change, updatedAt: clock.now().toISOString() };
    const written = await clients.replace(seen, { ...doc, ...(disabled && { disabled }) });
    await revisions.announce('clients');
    return written;
  }

  const newSecret = () => {
    const secret = randomToken();
    return { secret, stored: { hash: digest(secret), createdAt: clock.now().toISOString() } };
  };

  return {
    async find(id: string): Promise<ClientRecord | undefined> {
      return ownIds.get(id) ?? fromFile.get(id) ?? (await clients.get(id))?.doc;
    },

    /** One that is stored, in its version; those of the file and our own are not. */
    get: (id: string): Promise<Stored<ClientRecord> | undefined> =>
      ownIds.has(id) || fromFile.has(id) ? Promise.resolve(undefined) : clients.get(id),

    /** Those that are stored, by id. */
    listStored: (page: { after?: string; limit: number }): Promise<Stored<ClientRecord>[]> =>
      clients.list(undefined, page),

    /** Those of the clients file. */
    ofFile: (): readonly ClientRecord[] => [...fromFile.values()],

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

    /** Stores one that registers itself, under an id that nobody has. */
    async insertRegistered(
      metadata: ClientMetadata,
      secrets: readonly ClientSecret[],
      registered: NonNullable<ClientRecord['registered']>,
    ): Promise<void> {
      const at = clock.now().toISOString();
      await clients.insert(metadata.client_id, {
        metadata,
        secrets,
        registered,
        createdAt: at,
        updatedAt: at,
      });
      await revisions.announce('clients');
    },

    /** Puts another registration in its place; rejects with `Stale`. */
    replaceRegistered: (
      seen: Stored<ClientRecord>,
      metadata: ClientMetadata,
      secrets: readonly ClientSecret[],
    ): Promise<Stored<ClientRecord>> => write(seen, { metadata, secrets }),

    /**
     * Changes fields of the registration; a field set to `undefined` is taken off. A method that needs a secret gets one
     * when there is none yet; with one that needs none all secrets end.
     */
    async update(
      id: string,
      change: { readonly [F in keyof ClientRegistration]?: ClientRegistration[F] | undefined },
      seenBefore: SeenClient = {},
    ): Promise<IssuedClient> {
      const seen = await require(id, seenBefore);
      const merged = Object.entries({ ...seen.doc.metadata, ...withKeysInPlace(change) }).filter(
        ([, value]) => value !== undefined,
      );
      const metadata = clientMetadata.parse({ ...Object.fromEntries(merged), client_id: id });
      const issued = usesSecret(metadata) && seen.doc.secrets.length === 0 ? newSecret() : undefined;
      const secrets = usesSecret(metadata) ? (issued ? [issued.stored] : seen.doc.secrets) : [];
      await write(seen, { metadata, secrets });
      return { metadata, ...(issued ? { secret: issued.secret } : {}) };
    },

    /**
     * A new secret. The one before is valid for `keepSeconds` more, so that the application can be given the new one
     * meanwhile; unless it is to be kept it ends at once, and so do all before it.
     */
    async rotateSecret(id: string, keepSeconds = 0, seenBefore: SeenClient = {}): Promise<IssuedClient> {
      const seen = await require(id, seenBefore);
      if (!usesSecret(seen.doc.metadata)) {
        throw new AppError('bad_request', { detail: `client ${id} authenticates without a secret of ours` });
      }
      const issued = newSecret();
      const [before] = seen.doc.secrets;
      const expiresAt = new Date(clock.now().getTime() + keepSeconds * 1000).toISOString();
      const kept = before && keepSeconds > 0 ? [{ ...before, expiresAt }] : [];
      await write(seen, { secrets: [issued.stored, ...kept] });
      return { metadata: seen.doc.metadata, secret: issued.secret };
    },

    /** Switches the client off, or on again. Off, it gets no tokens and those that it has open nothing. */
    async setDisabled(
      id: string,
      reason: string | undefined,
      seenBefore: SeenClient = {},
    ): Promise<Stored<ClientRecord>> {
      const seen = await require(id, seenBefore);
      const at = clock.now().toISOString();
      return write(seen, { disabled: reason === undefined ? undefined : { at, reason } });
    },

    /** Removes the registration; tokens of the client stop working with it. */
    async delete(id: string, seenBefore: SeenClient = {}): Promise<void> {
      const seen = await require(id, seenBefore);
      await clients.remove(seen.id);
      await revisions.announce('clients');
    },
  };
}

export type Clients = ReturnType<typeof createClients>;

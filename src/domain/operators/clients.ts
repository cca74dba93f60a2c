// What operators do with clients: register, change, give new secrets, switch off, delete. A client that may use the
// operators' API is an operator itself, so whoever touches one must be allowed to decide about operators.

import { AppError } from '../../lib/app-error.ts';
import type { Stored } from '../../ports/store.ts';
import { displayedClient, type ClientRegistration } from '../clients/client-metadata.ts';
import type { ClientRecord, Clients, IssuedClient } from '../clients/clients.ts';
import { actOf, NotPermitted, requirePermission, type Caller, type RecordAct } from './caller.ts';
import { isPermission } from './permissions.ts';

export type ClientChange = { readonly [F in keyof ClientRegistration]?: ClientRegistration[F] | undefined };

/** How long a secret that is exchanged may stay valid beside the new one. */
export const MOST_SECRET_OVERLAP_SECONDS = 30 * 86_400;

/** Clients as operators handle them. */
export function createClientActs(parts: { clients: Clients; record: RecordAct }) {
  const { clients, record } = parts;

  /** Nobody gives what they have not, and nobody takes over a client that may do more than they may. */
  function guardScope(by: Caller, scope: string): void {
    const given = scope.split(' ').filter(isPermission);
    if (given.length === 0) return;
    requirePermission(by, 'operators:write', 'the client may use the operators’ API');
    const beyond = given.find((permission) => !by.permissions.has(permission));
    if (beyond) throw new NotPermitted(beyond, 'the client would be allowed more than you are');
  }

  async function require(by: Caller, id: string): Promise<Stored<ClientRecord>> {
    const found = await clients.get(id);
    if (!found) {
      if (await clients.find(id))
        throw new AppError('bad_request', {
          detail: `client ${id} is kept in the clients file: change it there`,
        });
      throw new AppError('not_found', { detail: `no client ${id}` });
    }
    guardScope(by, found.doc.metadata.scope);
    return found;
  }

  return {
    /** One client with its version; one of the clients file has none. */
    async get(id: string): Promise<{ record: ClientRecord; version?: number }> {
      const stored = await clients.get(id);
      if (stored) return { record: stored.doc, version: stored.version };
      const [fixed] = clients.ofFile().filter(({ metadata }) => metadata.client_id === id);
      if (!fixed) throw new AppError('not_found', { detail: `no client ${id}` });
      return { record: fixed };
    },

    async create(
      by: Caller,
      registration: Omit<ClientRegistration, 'client_id'> & { client_id?: string },
    ): Promise<IssuedClient> {
      guardScope(by, registration.scope ?? '');
      const issued = await clients.create(registration);
      const { metadata } = issued;
      await record({
        ...actOf(by),
        action: 'client.created',
        clientId: metadata.client_id,
        after: displayedClient(metadata),
      });
      return issued;
    },

    /** Changes fields of the registration; what is `undefined` is taken off. */
    async change(by: Caller, id: string, change: ClientChange, version?: number): Promise<IssuedClient> {
      const before = await require(by, id);
      guardScope(by, change.scope ?? '');
      const changed = await clients.update(id, change, { version: version ?? before.version });
      await record({
        ...actOf(by),
        action: 'client.changed',
        clientId: id,
        before: displayedClient(before.doc.metadata),
        after: displayedClient(changed.metadata),
      });
      return changed;
    },

    /** A new secret; the one before stays valid for so many seconds. */
    async rotateSecret(by: Caller, id: string, keepSeconds: number, version?: number): Promise<IssuedClient> {
      const before = await require(by, id);
      const issued = await clients.rotateSecret(id, keepSeconds, { version: version ?? before.version });
      await record({ ...actOf(by), action: 'client.secret_rotated', clientId: id });
      return issued;
    },

    /** Switches the client off: it gets no tokens, and those that it has open nothing. */
    async disable(by: Caller, id: string, reason: string, version?: number): Promise<Stored<ClientRecord>> {
      const before = await require(by, id);
      const changed = await clients.setDisabled(id, reason, { version: version ?? before.version });
      await record({ ...actOf(by), action: 'client.disabled', clientId: id, reason });
      return changed;
    },

    async enable(by: Caller, id: string, version?: number): Promise<Stored<ClientRecord>> {
      const before = await require(by, id);
      const changed = await clients.setDisabled(id, undefined, { version: version ?? before.version });
      await record({ ...actOf(by), action: 'client.enabled', clientId: id });
      return changed;
    },

    async remove(by: Caller, id: string, version?: number): Promise<void> {
      const before = await require(by, id);
      await clients.delete(id, { version: version ?? before.version });
      await record({
        ...actOf(by),
        action: 'client.deleted',
        clientId: id,
        before: displayedClient(before.doc.metadata),
      });
    },
  };
}

export type ClientActs = ReturnType<typeof createClientActs>;

// Clients that registered themselves, written and noted in the audit log; the engine has judged the request, a policy the
// registration.

import type { Clock } from '../../ports/clock.ts';
import { Stale } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import type { AuditEvent } from '../audit/audit-entry.ts';
import { displayedClient, usesSecret, type ClientMetadata } from '../clients/client-metadata.ts';
import type { Clients, ClientSecret } from '../clients/clients.ts';

const MAX_ATTEMPTS = 10;

/** Registering, changing and removing. `secret` is a new one in the clear; the one there is stays without it. */
export function createRegisteredClients(parts: {
  clients: Pick<Clients, 'get' | 'insertRegistered' | 'replaceRegistered' | 'delete'>;
  clock: Clock;
  audit: { record(event: AuditEvent): Promise<unknown> };
}) {
  const { clients, clock, audit } = parts;
  const secretsOf = (secret: string): ClientSecret[] => [
    { hash: digest(secret), createdAt: clock.now().toISOString() },
  ];
  const by = ({ client_id: clientId }: ClientMetadata) => ({
    actor: { kind: 'client' as const, clientId },
    clientId,
  });

  return {
    async register(
      metadata: ClientMetadata,
      secret: string | undefined,
      { policy, token }: { policy: string; token: string },
    ): Promise<void> {
      const registered = { policy, token, at: clock.now().toISOString() };
      await clients.insertRegistered(metadata, secret === undefined ? [] : secretsOf(secret), registered);
      await audit.record({
        ...by(metadata),
        action: 'client.registered',
        target: token,
        after: { ...displayedClient(metadata), name: policy },
      });
    },

    /** Puts a new registration in the place of the one there is; false when there is none that registered itself. */
    async change(metadata: ClientMetadata, secret: string | undefined): Promise<boolean> {
      for (let attempt = 1; ; attempt += 1) {
        const seen = await clients.get(metadata.client_id);
        if (!seen?.doc.registered) return false;
        const kept = usesSecret(metadata) ? seen.doc.secrets : [];
        try {
          await clients.replaceRegistered(seen, metadata, secret === undefined ? kept : secretsOf(secret));
        } catch (error) {
          if (error instanceof Stale && attempt < MAX_ATTEMPTS) continue;
          throw error;
        }
        await audit.record({
          ...by(metadata),
          action: 'client.registration_changed',
          before: displayedClient(seen.doc.metadata),
          after: displayedClient(metadata),
        });
        return true;
      }
    },

    async remove(clientId: string): Promise<void> {
      const seen = await clients.get(clientId);
      if (!seen?.doc.registered) return;
      await clients.delete(clientId);
      await audit.record({
        ...by(seen.doc.metadata),
        action: 'client.registration_deleted',
        before: displayedClient(seen.doc.metadata),
      });
    },
  };
}

export type RegisteredClients = ReturnType<typeof createRegisteredClients>;

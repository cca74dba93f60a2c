// Notices to clients that a session has ended, handed to the outbox, which repeats them until they are taken.

import type { Clients } from '../clients/clients.ts';
import type { TellClients } from './endings.ts';
import type { Outbox } from '../messages/outbox.ts';

/** Queues a notice for every client that is registered to be told (OpenID Connect Back-Channel Logout §2.2). */
export const createLogoutNotices =
  (parts: { clients: Clients; outbox: Pick<Outbox, 'enqueue'> }): TellClients =>
  async (notices) => {
    await Promise.all(
      notices.map(async ({ clientId, accountId, sid }) => {
        const client = await parts.clients.find(clientId);
        if (client?.metadata.backchannel_logout_uri === undefined) return;
        await parts.outbox.enqueue('logout', { to: clientId, accountId, sid });
      }),
    );
  };

// Telling clients that a session has ended (OpenID Connect Back-Channel Logout 1.0): queued by whatever ends one,
// and delivered with retry, so that an application that is away learns of it later.

import type Engine from 'oidc-provider';
import type { TellClients } from '../domain/sign-ins/endings.ts';
import type { Sender } from '../domain/messages/outbox.ts';
import { DeliveryFailed } from '../ports/delivery.ts';
import type { RunningEngine } from './engine.ts';

type Client = {
  clientId: string;
  backchannelLogoutUri?: string;
  backchannelLogout: (sub: string, sid: string) => Promise<void>;
};

/** The engine's own delivery, which makes a fresh logout token (§2.4) and posts it. */
const deliveries = new WeakMap<Engine, Client['backchannelLogout']>();

/** Makes the engine queue what it would post while the person waits, and never repeat. */
export function queueLogouts(provider: Engine, tellClients: TellClients): void {
  const prototype = provider.Client.prototype as unknown as Client;
  deliveries.set(provider, prototype.backchannelLogout);
  prototype.backchannelLogout = function queue(this: Client, accountId, sid) {
    return tellClients([{ clientId: this.clientId, accountId, sid }]);
  };
}

/**
 * Delivers one notice; rejects when the client does not answer 200 or 204 (§2.8). A client that is gone, or no longer
 * wants to know, needs no telling.
 */
export const createLogoutDelivery =
  (engine: RunningEngine): Sender<'logout'> =>
  async ({ to, accountId = '', sid = '' }) => {
    const provider = engine.provider();
    const client = (await provider.Client.find(to)) as unknown as Client | undefined;
    if (!client?.backchannelLogoutUri) return;
    try {
      await deliveries.get(provider)!.call(client, accountId, sid);
    } catch (cause) {
      const { status } = (cause as { response?: { status?: number } }).response ?? {};
      const why = status === undefined ? 'could not be reached' : `answered ${status}`;
      throw new DeliveryFailed(`the client ${why}`, { cause });
    }
  };

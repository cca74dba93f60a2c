// One try at one receiver: signed anew, over the guarded fetcher, and written down whatever comes of it.

import type { Clock } from '../../ports/clock.ts';
import { DeliveryFailed, PermanentFailure } from '../../ports/delivery.ts';
import { FetchRefused, type Fetcher } from '../../ports/fetcher.ts';
import type { Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { timeOrderedId } from '../../lib/random.ts';
import type { Sealer } from '../../lib/seal.ts';
import { collections } from '../collections.ts';
import type { Sender } from '../messages/outbox.ts';
import { signatureHeaders } from './webhook-signature.ts';
import { secretContext, WEBHOOK_KEPT, type Webhook, type WebhookDelivery } from './webhooks.ts';

/** The sender of the outbox's channel. */
export function createWebhookDelivery(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  fetcher: Fetcher;
  log: Log;
}): Sender<'webhook'> {
  const { store, clock, sealer, fetcher, log } = parts;
  const webhooks = store.collection(collections.webhooks);
  const events = store.collection(collections.webhookEvents);
  const deliveries = store.collection(collections.webhookDeliveries);

  function secretsOf(id: string, { sealed, former }: Webhook, now: Date): string[] {
    const secrets = [sealer.open(sealed, secretContext(id))];
    if (former && Date.parse(former.until) > now.getTime())
      secrets.push(sealer.open(former.sealed, secretContext(id)));
    return secrets;
  }

  async function keep(delivery: WebhookDelivery): Promise<void> {
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + WEBHOOK_KEPT);
    // What came of it is known to the outbox as well: a log that cannot be written repeats nothing.
    await deliveries
      .insert(timeOrderedId(now), delivery, expiresAt)
      .catch((error: unknown) =>
        log.warn({ webhook: delivery.webhookId, error }, 'a try is not written down'),
      );
  }

  return async ({ to: webhookId, eventId }, messageId) => {
    const [webhook, event] = await Promise.all([webhooks.get(webhookId), events.get(eventId)]);
    // Whoever took the subscription away wants to hear no more.
    if (!webhook) return;
    if (!webhook.doc.enabled) throw new PermanentFailure('the webhook is switched off');
    if (!event) throw new PermanentFailure('the event is no longer kept');
    const now = clock.now();
    const { type, data, at } = event.doc;
    const body = JSON.stringify({ type, timestamp: at, data });
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Vratny-Webhooks',
      ...signatureHeaders(secretsOf(webhookId, webhook.doc, now), { id: eventId, at: now, body }),
    };
    const startedAt = performance.now();
    const tried = { webhookId, eventId, messageId, type, at: now.toISOString() };
    const milliseconds = () => Math.round(performance.now() - startedAt);
    let status: number;
    try {
      ({ status } = await fetcher(webhook.doc.url, { method: 'POST', headers, body }));
    } catch (error) {
      // Messages of the fetcher name the origin and the reason, and nothing of the path, which may be secret.
      const why = error instanceof Error ? error.message.slice(0, 300) : 'failed';
      await keep({ ...tried, outcome: 'failed', milliseconds: milliseconds(), error: why });
      if (error instanceof FetchRefused) throw new PermanentFailure(why);
      throw new DeliveryFailed(why);
    }
    const isTaken = status >= 200 && status < 300;
    await keep({ ...tried, outcome: isTaken ? 'delivered' : 'failed', status, milliseconds: milliseconds() });
    if (status === 410) throw new PermanentFailure('the receiver answered 410: it wants no more');
    if (!isTaken) throw new DeliveryFailed(`the receiver answered ${status}`);
  };
}

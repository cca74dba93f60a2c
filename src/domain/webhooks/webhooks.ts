// Webhooks: addresses of the hoster's own systems that are told of events. Each has a secret that its messages are
// signed with; the outbox brings them there, and a log keeps what came of every try.

import type { Clock } from '../../ports/clock.ts';
import { type Collection, type Store, type Stored } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { timeOrderedId } from '../../lib/random.ts';
import type { Sealer } from '../../lib/seal.ts';
import { collections } from '../collections.ts';
import type { Outbox } from '../messages/outbox.ts';
import { createUpdater } from '../update.ts';
import { takesIn, type WebhookContent } from './webhook-events.ts';
import { newWebhookSecret } from './webhook-signature.ts';

export type Webhook = {
  readonly url: string;
  readonly description?: string;
  /** Events by name, `<family>.*`, or `*`. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  /** The secret, sealed for this webhook. */
  readonly sealed: string;
  /** The one before, which signs too until its end, so that the receiver can be changed over. */
  readonly former?: { readonly sealed: string; readonly until: string };
  readonly createdAt: string;
};
export type StoredWebhook = Stored<Webhook>;

/** An event as it is told, the same to every receiver and at every try; its id is the `webhook-id`. */
export type WebhookEvent = WebhookContent & { readonly at: string };

/** One try at one receiver. */
export type WebhookDelivery = {
  readonly webhookId: string;
  readonly eventId: string;
  /** Of the outbox, which tries it again; of tries that were written down before it was kept, absent. */
  readonly messageId?: string;
  readonly type: string;
  readonly at: string;
  readonly outcome: 'delivered' | 'failed';
  readonly status?: number;
  readonly milliseconds: number;
  readonly error?: string;
};

/** What an operator sees: everything but the secret. */
export type ShownWebhook = Omit<Webhook, 'sealed' | 'former'> & {
  readonly id: string;
  /** Until when the former secret signs too. */
  readonly formerSecretUntil?: string;
};

const DAY = 86_400_000;
/** How long events and tries are kept: longer than a message is. */
export const WEBHOOK_KEPT = 31 * DAY;
const FORMER_SECRET_LIFE = DAY;
/** Each event is held against all of them. */
export const MOST_WEBHOOKS = 100;
/** How long a node may not know what another one has changed. */
const CACHE_MILLISECONDS = 2000;

export const secretContext = (id: string): string => `webhooks/${id}`;

/** Subscriptions and events over the store. */
export function createWebhooks(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  outbox: Pick<Outbox, 'enqueue'>;
  log: Log;
}) {
  const { store, clock, sealer, outbox, log } = parts;
  const webhooks: Collection<Webhook, never> = store.collection(collections.webhooks);
  const events = store.collection(collections.webhookEvents);
  const deliveries = store.collection(collections.webhookDeliveries);
  const update = createUpdater(webhooks);
  const underWay = new Set<Promise<void>>();
  let cached: { readonly at: number; readonly list: Promise<StoredWebhook[]> } | undefined;

  function known(): Promise<StoredWebhook[]> {
    const now = clock.now().getTime();
    if (!cached || Math.abs(now - cached.at) > CACHE_MILLISECONDS) {
      cached = { at: now, list: webhooks.list(undefined, { limit: MOST_WEBHOOKS }) };
      cached.list.catch(() => (cached = undefined));
    }
    return cached.list;
  }

  const enqueue = (webhookId: string, eventId: string) =>
    outbox.enqueue('webhook', { to: webhookId, eventId });

  async function keep(content: WebhookContent): Promise<string> {
    const now = clock.now();
    const id = `evt_${timeOrderedId(now)}`;
    await events.insert(id, { ...content, at: now.toISOString() }, new Date(now.getTime() + WEBHOOK_KEPT));
    return id;
  }

  async function publish(content: WebhookContent): Promise<void> {
    const takers = (await known()).filter(({ doc }) => doc.enabled && takesIn(doc.events, content.type));
    if (takers.length === 0) return;
    const eventId = await keep(content);
    await Promise.all(takers.map(({ id }) => enqueue(id, eventId)));
  }

  return {
    /** Makes a subscription; its secret, which is shown this once. */
    async create(fields: Pick<Webhook, 'url' | 'events'> & { description?: string | undefined }) {
      const now = clock.now();
      const id = `wh_${timeOrderedId(now)}`;
      const secret = newWebhookSecret();
      const { url, events: names, description } = fields;
      const webhook = await webhooks.insert(id, {
        url,
        events: names,
        enabled: true,
        sealed: sealer.seal(secret, secretContext(id)),
        createdAt: now.toISOString(),
        ...(description === undefined ? {} : { description }),
      });
      cached = undefined;
      return { webhook, secret };
    },

    list: (): Promise<StoredWebhook[]> => webhooks.list(undefined, { limit: MOST_WEBHOOKS }),
    get: (id: string): Promise<StoredWebhook | undefined> => webhooks.get(id),

    /** Changes a subscription; `undefined` when it is not there. */
    async change(
      id: string,
      fields: Partial<Pick<Webhook, 'url' | 'events' | 'enabled' | 'description'>>,
    ): Promise<Webhook | undefined> {
      const changed = await update(id, (doc) => {
        if (!doc) return { result: undefined };
        const next = { ...doc, ...fields };
        return { result: next, write: { doc: next } };
      });
      cached = undefined;
      return changed;
    },

    /** A new secret; the present one signs for another day, beside it. `undefined` when there is no such webhook. */
    async rotateSecret(id: string): Promise<string | undefined> {
      const secret = newWebhookSecret();
      const until = new Date(clock.now().getTime() + FORMER_SECRET_LIFE).toISOString();
      return update(id, (doc) => {
        if (!doc) return { result: undefined };
        const former = { sealed: doc.sealed, until };
        return {
          result: secret,
          write: { doc: { ...doc, sealed: sealer.seal(secret, secretContext(id)), former } },
        };
      });
    },

    /** Forgets a subscription; what is on its way is not sent. Whether there was one. */
    async remove(id: string): Promise<boolean> {
      const found = await webhooks.take(id);
      cached = undefined;
      return found !== undefined;
    },

    /** Tells everybody who wants to know, without anybody waiting for it. That it could not be is logged. */
    tell(content: WebhookContent): void {
      const telling: Promise<void> = publish(content)
        .catch((error: unknown) => log.error({ event: content.type, error }, 'webhooks are not told'))
        .finally(() => underWay.delete(telling));
      underWay.add(telling);
    },

    /** Resolves when everything told so far is in the outbox. */
    async idle(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },

    /** Sends a test event to one subscription, whatever it asks for; the message's id in the outbox. */
    async test(id: string): Promise<string> {
      return enqueue(id, await keep({ type: 'webhook.test', data: { webhook_id: id } }));
    },

    /** Sends an event once more to a subscription, under its old id; `undefined` when it is no longer kept. */
    async replay(id: string, eventId: string): Promise<string | undefined> {
      return (await events.get(eventId)) ? enqueue(id, eventId) : undefined;
    },

    event: (eventId: string): Promise<Stored<WebhookEvent> | undefined> => events.get(eventId),

    /** The tries at one subscription, newest first. */
    deliveries: (
      webhookId: string,
      page: { after?: string | undefined; limit: number },
    ): Promise<Stored<WebhookDelivery>[]> =>
      deliveries.list(
        { key: 'webhookId', value: webhookId },
        {
          limit: page.limit,
          newestFirst: true,
          ...(page.after === undefined ? {} : { after: page.after }),
        },
      ),
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;

/** A subscription without its secret. */
export function shownWebhook({ id, doc }: StoredWebhook): ShownWebhook {
  const { sealed: _sealed, former, ...rest } = doc;
  return { id, ...rest, ...(former ? { formerSecretUntil: former.until } : {}) };
}

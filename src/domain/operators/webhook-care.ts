// Webhooks in the hands of operators. Permission: `webhooks:*`.

import { z } from 'zod';
import type { Stored } from '../../ports/store.ts';
import { isSubscribable } from '../webhooks/webhook-events.ts';
import {
  MOST_WEBHOOKS,
  shownWebhook,
  type ShownWebhook,
  type WebhookDelivery,
  type Webhooks,
} from '../webhooks/webhooks.ts';
import { actOf, WrongState, type Caller, type RecordAct } from './caller.ts';

/** Whether plain http will do: to this machine only. What an address leads to is judged again at every try. */
function isFit(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
}

/** What operators may set. */
export const webhookFields = z.strictObject({
  url: z
    .string()
    .trim()
    .max(2000)
    .refine(isFit, { error: 'must be an https URL without user name or fragment' }),
  events: z
    .array(
      z
        .string()
        .max(100)
        .refine(isSubscribable, { error: 'must be an event, a family such as account.*, or *' }),
    )
    .min(1, { error: 'must name at least one event' })
    .max(100),
  description: z.string().trim().max(200).optional(),
  enabled: z.boolean().optional(),
});
export type WebhookFields = z.input<typeof webhookFields>;
type WebhookChange = { readonly [K in keyof WebhookFields]?: WebhookFields[K] | undefined };

/** The acts over webhooks. Fields that will not do reject with a `ZodError`. */
export function createWebhookCare(parts: { webhooks: Webhooks; record: RecordAct }) {
  const { webhooks, record } = parts;
  /** The path of a URL may be a secret of the receiver. */
  const told = ({ url, events, enabled }: Pick<ShownWebhook, 'url' | 'events' | 'enabled'>) => ({
    detail: new URL(url).origin,
    fields: events,
    status: enabled ? 'enabled' : 'disabled',
  });

  async function find(id: string): Promise<ShownWebhook | undefined> {
    const found = await webhooks.get(id);
    return found && shownWebhook(found);
  }

  return {
    list: async (): Promise<ShownWebhook[]> => (await webhooks.list()).map(shownWebhook),
    get: find,

    /** Makes one; the secret is shown this once. Rejects with `WrongState` when there are as many as there may be. */
    async create(
      by: Caller,
      fields: Omit<WebhookFields, 'enabled'>,
    ): Promise<{ webhook: ShownWebhook; secret: string }> {
      const given = webhookFields.parse(fields);
      if ((await webhooks.list()).length >= MOST_WEBHOOKS)
        throw new WrongState(`there are ${MOST_WEBHOOKS} webhooks: delete one that is not needed first`);
      const { webhook: stored, secret } = await webhooks.create(given);
      const webhook = shownWebhook(stored);
      await record({ action: 'webhook.created', ...actOf(by), target: webhook.id, after: told(webhook) });
      return { webhook, secret };
    },

    /** Changes address, events, description, or switches it on or off; `undefined` when there is no such webhook. */
    async change(by: Caller, id: string, fields: WebhookChange): Promise<ShownWebhook | undefined> {
      const before = await find(id);
      const given = Object.entries(webhookFields.partial().parse(fields)).filter(
        ([, value]) => value !== undefined,
      );
      if (!before || !(await webhooks.change(id, Object.fromEntries(given)))) return undefined;
      const after = (await find(id))!;
      await record({
        action: 'webhook.changed',
        ...actOf(by),
        target: id,
        before: told(before),
        after: told(after),
      });
      return after;
    },

    /** A new secret, shown this once; the former one signs too for a day. */
    async rotateSecret(by: Caller, id: string): Promise<string | undefined> {
      const secret = await webhooks.rotateSecret(id);
      if (secret !== undefined) await record({ action: 'webhook.secret_rotated', ...actOf(by), target: id });
      return secret;
    },

    /** Takes it away; whether there was one. */
    async remove(by: Caller, id: string): Promise<boolean> {
      const before = await find(id);
      if (!before || !(await webhooks.remove(id))) return false;
      await record({ action: 'webhook.deleted', ...actOf(by), target: id, before: told(before) });
      return true;
    },

    /** Sends a test event to it; the message's id in the outbox, or `undefined` when there is no such webhook. */
    async test(by: Caller, id: string): Promise<string | undefined> {
      if (!(await webhooks.get(id))) return undefined;
      const messageId = await webhooks.test(id);
      await record({ action: 'webhook.tested', ...actOf(by), target: id });
      return messageId;
    },

    /** Sends an event once more; the message's id in the outbox, or `undefined` when webhook or event are not there. */
    async replay(by: Caller, id: string, eventId: string): Promise<string | undefined> {
      const messageId = (await webhooks.get(id)) && (await webhooks.replay(id, eventId));
      if (messageId === undefined) return undefined;
      await record({ action: 'webhook.replayed', ...actOf(by), target: id, after: { detail: eventId } });
      return messageId;
    },

    /** What came of every try at it, newest first; `after` is the id of the last one seen. */
    deliveries: (
      id: string,
      page: { after?: string | undefined; limit: number },
    ): Promise<Stored<WebhookDelivery>[]> => webhooks.deliveries(id, page),
  };
}

export type WebhookCare = ReturnType<typeof createWebhookCare>;

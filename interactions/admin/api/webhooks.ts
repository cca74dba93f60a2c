// Webhooks as rows of the operators' API.

import { z } from 'zod';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { webhookFields } from '../../../src/domain/operators/webhook-care.ts';
import { webhookEvents } from '../../../src/domain/webhooks/webhook-events.ts';
import type { ShownWebhook } from '../../../src/domain/webhooks/webhooks.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import { moment, onePage, operation, pageFields, pageOf, type Operation } from './operation.ts';

const tag = 'webhooks';
const params = z.strictObject({ webhook_id: z.string().regex(/^wh_[\w-]{36}$/) });
const eventParams = params.extend({ event_id: z.string().regex(/^evt_[\w-]{36}$/) });

const webhookShown = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  description: z.string().optional(),
  created_at: moment,
  former_secret_until: moment.optional().describe('Until then the former secret signs too.'),
});
const secretShown = z.string().describe('Shown this once.');
const messageShown = z.object({ message_id: z.string().describe('Its id among the messages.') });

const deliveryShown = z.object({
  event_id: z.string(),
  type: z.string(),
  at: moment,
  outcome: z.enum(['delivered', 'failed']),
  status: z.number().int().optional(),
  milliseconds: z.number().int(),
  error: z.string().optional(),
});

const show = (webhook: ShownWebhook): z.input<typeof webhookShown> => {
  const { id, url, events, enabled, description, createdAt, formerSecretUntil } = webhook;
  return {
    id,
    url,
    events: [...events],
    enabled,
    description,
    created_at: createdAt,
    former_secret_until: formerSecretUntil,
  };
};

function found<T>(value: T | undefined, what = 'webhook'): T {
  if (value === undefined) throw new AppError('not_found', { detail: `no such ${what}` });
  return value;
}

export const webhookOperations = ({ webhooks }: Pick<Acts, 'webhooks'>): Operation[] => {
  return [
    operation({
      method: 'get',
      path: '/webhooks',
      id: 'listWebhooks',
      tag,
      summary: 'All webhooks, and the events there are',
      permission: 'webhooks:read',
      answer: z.object({ items: z.array(webhookShown), events: z.array(z.string()) }),
      async handle() {
        return { body: { items: (await webhooks.list()).map(show), events: [...webhookEvents] } };
      },
    }),
    operation({
      method: 'post',
      path: '/webhooks',
      id: 'createWebhook',
      tag,
      summary: 'Makes a webhook; its secret is in the answer',
      permission: 'webhooks:write',
      status: 201,
      body: webhookFields.omit({ enabled: true }),
      answer: webhookShown.extend({ secret: secretShown }),
      async handle({ by, body }) {
        const { webhook, secret } = await webhooks.create(by, body);
        return { body: { ...show(webhook), secret }, location: `/webhooks/${webhook.id}` };
      },
    }),
    operation({
      method: 'get',
      path: '/webhooks/{webhook_id}',
      id: 'getWebhook',
      tag,
      summary: 'One webhook, without its secret',
      permission: 'webhooks:read',
      params,
      answer: webhookShown,
      async handle({ params: { webhook_id } }) {
        return { body: show(found(await webhooks.get(webhook_id))) };
      },
    }),
    operation({
      method: 'patch',
      path: '/webhooks/{webhook_id}',
      id: 'changeWebhook',
      tag,
      summary: 'Changes address, events or description, or switches it on or off',
      permission: 'webhooks:write',
      params,
      body: webhookFields.partial(),
      answer: webhookShown,
      async handle({ by, params: { webhook_id }, body }) {
        return { body: show(found(await webhooks.change(by, webhook_id, body))) };
      },
    }),
    operation({
      method: 'delete',
      path: '/webhooks/{webhook_id}',
      id: 'deleteWebhook',
      tag,
      summary: 'Takes a webhook away; what is on its way is not sent',
      permission: 'webhooks:write',
      params,
      async handle({ by, params: { webhook_id } }) {
        if (!(await webhooks.remove(by, webhook_id))) found(undefined);
        return {};
      },
    }),
    operation({
      method: 'post',
      path: '/webhooks/{webhook_id}/rotate-secret',
      id: 'rotateWebhookSecret',
      tag,
      summary: 'A new secret; the former one signs too for a day',
      permission: 'webhooks:write',
      params,
      answer: z.object({ secret: secretShown }),
      async handle({ by, params: { webhook_id } }) {
        return { body: { secret: found(await webhooks.rotateSecret(by, webhook_id)) } };
      },
    }),
    operation({
      method: 'post',
      path: '/webhooks/{webhook_id}/test',
      id: 'testWebhook',
      tag,
      summary: 'Sends a test event',
      permission: 'webhooks:write',
      status: 202,
      params,
      answer: messageShown,
      async handle({ by, params: { webhook_id } }) {
        return { body: { message_id: found(await webhooks.test(by, webhook_id)) } };
      },
    }),
    operation({
      method: 'get',
      path: '/webhooks/{webhook_id}/deliveries',
      id: 'listWebhookDeliveries',
      tag,
      summary: 'What came of every try, newest first',
      permission: 'webhooks:read',
      params,
      query: z.strictObject(pageFields),
      answer: pageOf(deliveryShown),
      async handle({ params: { webhook_id }, query }) {
        found(await webhooks.get(webhook_id));
        const body = await onePage(
          query,
          (page) => webhooks.deliveries(webhook_id, page),
          ({ doc: { eventId, type, at, outcome, status, milliseconds, error } }) => ({
            event_id: eventId,
            type,
            at,
            outcome,
            status,
            milliseconds,
            error,
          }),
        );
        return { body };
      },
    }),
    operation({
      method: 'post',
      path: '/webhooks/{webhook_id}/events/{event_id}/replay',
      id: 'replayWebhookEvent',
      tag,
      summary: 'Sends an event of the last month once more, under its old id',
      permission: 'webhooks:write',
      status: 202,
      params: eventParams,
      answer: messageShown,
      async handle({ by, params: { webhook_id, event_id } }) {
        const messageId = await webhooks.replay(by, webhook_id, event_id);
        return { body: { message_id: found(messageId, 'webhook or event') } };
      },
    }),
  ];
};

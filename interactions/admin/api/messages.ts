// Messages on their way, and those that did not arrive: the rows of the operators' API.

import { z } from 'zod';
import { actorKey } from '../../../src/domain/audit/audit-entry.ts';
import type { Channel, OutboxState } from '../../../src/domain/messages/outbox.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import type { QueuedMessage } from '../../../src/domain/operators/queues.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import {
  DEFAULT_LIMIT,
  fromCursor,
  idText,
  moment,
  operation,
  pageFields,
  pageOf,
  toCursor,
  type Operation,
} from './operation.ts';
import { Problem } from './problem.ts';

const channels = ['mail', 'sms', 'logout', 'webhook'] as const satisfies readonly Channel[];
const states = ['waiting', 'delivered', 'failed', 'given_up'] as const satisfies readonly OutboxState[];

const messageShown = z.object({
  id: z.string(),
  channel: z.enum(channels),
  state: z.enum(states),
  to: z.string(),
  attempts: z.number().int(),
  created_at: moment,
  next_at: moment.optional(),
  ended_at: moment.optional(),
  expires_at: moment.optional(),
  retried_by: z.string().optional().describe('Who had it tried again by hand, as in the audit log.'),
  retried_at: moment.optional(),
  last_error: z.string().optional(),
});
const showMessage = (message: QueuedMessage): z.input<typeof messageShown> => ({
  id: message.id,
  channel: message.channel,
  state: message.state,
  to: message.to,
  attempts: message.attempts,
  created_at: message.createdAt,
  ...(message.state === 'waiting' ? { next_at: message.nextAt } : {}),
  ended_at: message.endedAt,
  expires_at: message.expiresAt,
  ...(message.retriedBy ? { retried_by: actorKey(message.retriedBy), retried_at: message.retriedAt } : {}),
  last_error: message.lastError,
});
const messageParams = z.strictObject({ message_id: idText });

const refusals = {
  under_way: 'it is being sent just now',
  delivered: 'it was delivered',
  expired: 'what it says is over',
} as const;

/** What came of an act on a message, unless that is what was wanted. */
function requireDone(outcome: string): void {
  if (outcome === 'unknown') throw new AppError('not_found', { detail: 'no such message' });
  if (Object.hasOwn(refusals, outcome))
    throw new Problem('conflict', { detail: refusals[outcome as keyof typeof refusals] });
}

const whole = z.number().int();

export const messageOperations = ({ queues, waiting }: Pick<Acts, 'queues' | 'waiting'>): Operation[] => [
  operation({
    method: 'get',
    path: '/queues',
    id: 'getQueues',
    tag: 'queues',
    summary:
      'How much waits: messages by channel, and requests of people for an operator (999 stands for more)',
    permission: 'queues:read',
    answer: z.object({
      messages: z.record(z.string(), z.object({ waiting: whole, failed: whole })),
      requests: z.object({
        support_open: whole,
        support_taken: whole,
        closings_requested: whole,
        closings_checked: whole,
        totp_removals: whole,
      }),
    }),
    async handle() {
      const [messages, requests] = await Promise.all([queues.lengths(), waiting()]);
      return {
        body: {
          messages: { ...messages },
          requests: {
            support_open: requests.supportOpen,
            support_taken: requests.supportTaken,
            closings_requested: requests.closingsRequested,
            closings_checked: requests.closingsChecked,
            totp_removals: requests.totpRemovals,
          },
        },
      };
    },
  }),
  operation({
    method: 'get',
    path: '/messages',
    id: 'listMessages',
    tag: 'queues',
    summary: 'Mails, text messages, logout notices and webhooks, newest first, without what they say',
    permission: 'queues:read',
    query: z.strictObject({
      ...pageFields,
      channel: z.enum(channels).optional(),
      state: z.enum(states).optional().describe('`failed` unless given.'),
    }),
    answer: pageOf(messageShown),
    async handle({ query: { limit = DEFAULT_LIMIT, after, channel, state } }) {
      const page = { limit, after: fromCursor(after) };
      const { messages, older } = await queues.list({ channel, state }, page);
      return {
        body: {
          items: messages.map(showMessage),
          ...(older === undefined ? {} : { next: toCursor(older) }),
        },
      };
    },
  }),
  operation({
    method: 'post',
    path: '/messages/{message_id}/retry',
    id: 'retryMessage',
    tag: 'queues',
    summary: 'Tries a message again at once, for another 24 hours',
    permission: 'queues:write',
    status: 202,
    params: messageParams,
    answer: z.object({ id: z.string() }),
    problems: ['conflict'],
    async handle({ by, params: { message_id } }) {
      requireDone(await queues.retry(by, message_id));
      return { body: { id: message_id } };
    },
  }),
  operation({
    method: 'post',
    path: '/messages/{message_id}/give-up',
    id: 'giveUpMessage',
    tag: 'queues',
    summary: 'Decides that a message is not sent; what it says is forgotten',
    permission: 'queues:write',
    params: messageParams,
    problems: ['conflict'],
    async handle({ by, params: { message_id } }) {
      requireDone(await queues.giveUp(by, message_id));
      return {};
    },
  }),
];

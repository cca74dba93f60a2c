// The house as a whole: statistics, messages on their way, signing keys and the configuration in force, as rows of the
// operators' API.

import { z } from 'zod';
import type { Channel, OutboxState } from '../../../src/domain/messages/outbox.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import type { QueuedMessage } from '../../../src/domain/operators/queues.ts';
import type { StockTaking } from '../../../src/domain/statistics/stock.ts';
import { statisticKinds, type Statistics } from '../../../src/domain/statistics/statistics.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import { reasonText } from './accounts.ts';
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

const counts = z.record(z.string(), z.number().int());
const channels = ['mail', 'sms', 'logout', 'webhook'] as const satisfies readonly Channel[];
const states = ['waiting', 'delivered', 'failed', 'given_up'] as const satisfies readonly OutboxState[];

const stockShown = z.object({
  at: moment,
  accounts: z.number().int(),
  disabled: z.number().int(),
  with_password: z.number().int(),
  outdated_hashes: z.number().int(),
  hash_schemes: counts,
  with_totp: z.number().int(),
  with_passkey: z.number().int(),
  with_second_factor: z.number().int(),
});

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
  last_error: message.lastError,
});
const messageParams = z.strictObject({ message_id: idText });

const keyShown = z.object({
  kid: z.string(),
  alg: z.string(),
  state: z.enum(['next', 'active', 'retired']),
  active_from: moment,
  removed_at: moment.optional(),
});
type Key = Awaited<ReturnType<Acts['keys']['list']>>[number];
const showKeys = (keys: readonly Key[]) => ({
  items: keys.map(({ kid, alg, state, activeFrom, removedAt }) => ({
    kid,
    alg,
    state,
    active_from: activeFrom,
    removed_at: removedAt,
  })),
});

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

const statisticsRows = ({ statistics, stock }: { statistics: Statistics; stock: StockTaking }) => [
  operation({
    method: 'get',
    path: '/statistics/{kind}',
    id: 'getStatistics',
    tag: 'statistics',
    summary: 'What happened over the last hour, day or month',
    permission: 'statistics:read',
    params: z.strictObject({ kind: z.enum(statisticKinds) }),
    query: z.strictObject({ range: z.enum(['hour', 'day', 'month']).optional() }),
    answer: z.object({
      kind: z.enum(statisticKinds),
      range: z.enum(['hour', 'day', 'month']),
      points: z.array(z.object({ at: moment, counts })),
      totals: counts,
    }),
    async handle({ params: { kind }, query: { range = 'day' } }) {
      const { points, totals } = await statistics.series(kind, range);
      const shown = points.map((point) => ({ at: point.at, counts: { ...point.counts } }));
      return { body: { kind, range, points: shown, totals: { ...totals } } };
    },
  }),
  operation({
    method: 'get',
    path: '/statistics/throttled/networks',
    id: 'listThrottledNetworks',
    tag: 'statistics',
    summary: 'The networks that had to wait most often on a day',
    permission: 'statistics:read',
    query: z.strictObject({ day: z.iso.date().optional().describe('UTC; today unless given.') }),
    answer: z.object({
      items: z.array(z.object({ network: z.string(), count: z.number().int(), last_at: moment })),
    }),
    async handle({ query: { day } }) {
      const found = await statistics.throttledNetworks(100, day);
      return {
        body: { items: found.map(({ network, count, lastAt }) => ({ network, count, last_at: lastAt })) },
      };
    },
  }),
  operation({
    method: 'get',
    path: '/statistics/stock/days',
    id: 'listStock',
    tag: 'statistics',
    summary: 'Accounts, second factors and password hashes, as they were counted each day',
    permission: 'statistics:read',
    answer: z.object({ items: z.array(stockShown) }),
    async handle() {
      const items = (await stock.days()).map((day) => ({
        at: day.at,
        accounts: day.accounts,
        disabled: day.disabled,
        with_password: day.withPassword,
        outdated_hashes: day.outdatedHashes,
        hash_schemes: { ...day.hashSchemes },
        with_totp: day.withTotp,
        with_passkey: day.withPasskey,
        with_second_factor: day.withSecondFactor,
      }));
      return { body: { items } };
    },
  }),
];

const messageRows = ({ queues }: Pick<Acts, 'queues'>) => [
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

const keyRows = ({ keys }: Pick<Acts, 'keys'>) => [
  operation({
    method: 'get',
    path: '/keys',
    id: 'listKeys',
    tag: 'keys',
    summary: 'The signing keys and what each is for now',
    permission: 'keys:read',
    answer: z.object({ items: z.array(keyShown) }),
    async handle() {
      return { body: showKeys(await keys.list()) };
    },
  }),
  operation({
    method: 'post',
    path: '/keys/rotate',
    id: 'rotateKeys',
    tag: 'keys',
    summary: 'Publishes a new key per algorithm, which signs after the overlap, or at once',
    permission: 'keys:write',
    body: z.strictObject({ now: z.boolean().optional() }),
    answer: z.object({ items: z.array(keyShown) }),
    async handle({ by, body: { now } }) {
      return { body: showKeys(await keys.rotate(by, { now })) };
    },
  }),
  operation({
    method: 'post',
    path: '/keys/{kid}/revoke',
    id: 'revokeKey',
    tag: 'keys',
    summary: 'Takes a key that others may have out at once',
    permission: 'keys:write',
    params: z.strictObject({ kid: z.string().regex(/^[\w-]{1,100}$/) }),
    body: z.strictObject({ reason: reasonText }),
    async handle({ by, params: { kid }, body: { reason } }) {
      if (!(await keys.revoke(by, kid, reason))) throw new AppError('not_found', { detail: 'no such key' });
      return {};
    },
  }),
];

const optionShown = z.object({ variable: z.string(), value: z.string(), source: z.string() });

export const houseOperations = (
  acts: Acts,
  house: { statistics: Statistics; stock: StockTaking },
): Operation[] => [
  ...statisticsRows(house),
  ...messageRows(acts),
  ...keyRows(acts),
  operation({
    method: 'get',
    path: '/configuration',
    id: 'getConfiguration',
    tag: 'configuration',
    summary: 'Every option with its value in force and where that comes from; secrets are masked',
    permission: 'configuration:read',
    answer: z.object({ items: z.array(optionShown) }),
    handle() {
      return Promise.resolve({
        body: { items: acts.configuration().map((option) => ({ ...option })) },
      });
    },
  }),
];

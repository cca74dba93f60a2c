// What could not be delivered, for operators to decide upon: try again, or give up. Permission: `queues:*`.

import type { Stored } from '../../ports/store.ts';
import type {
  Channel,
  GiveUpOutcome,
  Outbox,
  OutboxItem,
  OutboxState,
  RetryOutcome,
} from '../messages/outbox.ts';
import { actOf, type Caller, type RecordAct } from './caller.ts';

/** A message as operators see it: never what it says. */
export type QueuedMessage = Omit<OutboxItem, 'queue' | 'since' | 'leaseEnds'> & {
  readonly id: string;
  /** When it was asked for again by hand, with `retriedBy`. */
  readonly retriedAt?: string;
};

/** Which messages: of one channel or all, those given up by us (`failed`) unless another state is asked for. */
export type QueueFilter = {
  readonly channel?: Channel | undefined;
  readonly state?: OutboxState | undefined;
};
export type QueueSlice = { readonly messages: readonly QueuedMessage[]; readonly older?: string };

const PAGE = 500;
const channels: readonly Channel[] = ['mail', 'sms', 'logout', 'webhook'];

/** A message without its inner fields. */
export function shownMessage({ id, doc }: Stored<OutboxItem>): QueuedMessage {
  const { queue: _queue, since, leaseEnds: _lease, ...rest } = doc;
  return { id, ...rest, ...(rest.retriedBy ? { retriedAt: since } : {}) };
}

/** The queues over the outbox. */
export function createQueues(parts: { outbox: Outbox; record: RecordAct }) {
  const { outbox, record } = parts;

  /** Messages newest first; `after` is the `older` of the page before. */
  async function list(
    { channel, state = 'failed' }: QueueFilter,
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<QueueSlice> {
    const found = await outbox.list({
      state,
      limit: limit + 1,
      ...(channel === undefined ? {} : { channel }),
      ...(after === undefined ? {} : { after }),
    });
    const messages = found.slice(0, limit).map(shownMessage);
    return found.length > limit ? { messages, older: messages.at(-1)!.id } : { messages };
  }

  /** Tries one message again at once, for another 24 hours. */
  async function retry(by: Caller, id: string): Promise<RetryOutcome> {
    const outcome = await outbox.retry(id, by.actor);
    if (outcome === 'queued') {
      const channel = (await outbox.get(id))?.doc.channel;
      await record({ action: 'message.retried', ...actOf(by), target: id, after: { channel } });
    }
    return outcome;
  }

  return {
    list,
    get: async (id: string): Promise<QueuedMessage | undefined> => {
      const item = await outbox.get(id);
      return item && shownMessage(item);
    },

    retry,

    /** Tries everything again that was given up by us; `left` are those whose text is over. */
    async retryAll(
      by: Caller,
      channel?: Channel,
    ): Promise<{ readonly queued: number; readonly left: number }> {
      let [queued, left] = [0, 0];
      for (let after: string | undefined; ;) {
        const { messages, older } = await list({ channel }, { after, limit: PAGE });
        for (const { id } of messages) {
          if ((await outbox.retry(id, by.actor)) === 'queued') queued += 1;
          else left += 1;
        }
        if (older === undefined) break;
        after = older;
      }
      if (queued > 0)
        await record({ action: 'message.retried', ...actOf(by), after: { count: queued, channel } });
      return { queued, left };
    },

    /** Decides that a message is not sent; what it says is forgotten. */
    async giveUp(by: Caller, id: string, reason?: string): Promise<GiveUpOutcome> {
      const channel = (await outbox.get(id))?.doc.channel;
      const outcome = await outbox.giveUp(id);
      if (outcome === 'given_up')
        await record({ action: 'message.given_up', ...actOf(by), target: id, after: { channel }, reason });
      return outcome;
    },

    /** How many messages wait, and how many have failed, by channel; of each it counts up to `most`. */
    async lengths(most = 10_000): Promise<Readonly<Record<string, { waiting: number; failed: number }>>> {
      async function count(channel: Channel, state: OutboxState): Promise<number> {
        let seen = 0;
        for (let after: string | undefined; seen < most;) {
          const limit = Math.min(PAGE, most - seen);
          const found = await outbox.list({
            state,
            channel,
            limit,
            ...(after === undefined ? {} : { after }),
          });
          seen += found.length;
          after = found.at(-1)?.id;
          if (found.length < limit) break;
        }
        return seen;
      }
      const lengths = await Promise.all(
        channels.map(async (channel) => {
          const [waiting, failed] = await Promise.all([count(channel, 'waiting'), count(channel, 'failed')]);
          return [channel, { waiting, failed }] as const;
        }),
      );
      return Object.fromEntries(lengths.filter(([, { waiting, failed }]) => waiting + failed > 0));
    },
  };
}

export type Queues = ReturnType<typeof createQueues>;

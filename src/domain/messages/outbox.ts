// The outbox: what leaves the house is stored first and delivered then, again and again until it is taken or given
// up. The other side being away loses nothing and keeps nobody waiting.

import type { Clock } from '../../ports/clock.ts';
import type { Mail } from '../../ports/mailer.ts';
import type { Sms } from '../../ports/sms.ts';
import type { Store, Stored } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { timeOrderedId } from '../../lib/random.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Actor } from '../audit/audit-entry.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';
import { createDelivery, isOver, isUnderWay, KEPT, payloadContext } from './outbox-delivery.ts';
import { outboxRows, shelfOf } from './outbox-rows.ts';
import { createOutboxRunner } from './outbox-runner.ts';

/** What a relying party is told when a session ends: `to` is its client id, the rest belongs to the sender. */
export type LogoutNotice = { readonly to: string; readonly [field: string]: string };

/** An event for one of the hoster's own systems: `to` is the id of its subscription. */
export type WebhookNotice = { readonly to: string; readonly eventId: string };

/** What each channel carries. */
export type Messages = {
  readonly mail: Mail;
  readonly sms: Sms;
  readonly logout: LogoutNotice;
  readonly webhook: WebhookNotice;
};
export type Channel = keyof Messages;

/** Delivers one message; the id is the same however often it is tried. Rejects with `DeliveryFailed`. */
export type Sender<C extends Channel = Channel> = (message: Messages[C], id: string) => Promise<void>;
export type Senders = { readonly [C in Channel]?: Sender<C> };

/** `given_up`: an operator has decided that it is not sent. */
export type OutboxState = 'waiting' | 'delivered' | 'failed' | 'given_up';

/** A message as operators see it. What it says lies sealed beside it (`OutboxPayload`). Times are ISO 8601. */
export type OutboxItem = {
  readonly channel: Channel;
  /** The channel, while the message waits: what the runner looks through. */
  readonly queue?: Channel;
  readonly state: OutboxState;
  readonly to: string;
  readonly attempts: number;
  readonly createdAt: string;
  /** Since when it is tried: made, or asked for again by hand. */
  readonly since: string;
  /** Who asked for it again by hand, the last one. */
  readonly retriedBy?: Actor;
  /** Not tried before. */
  readonly nextAt: string;
  /** Until then one node has it in its hands; a node that dies leaves it to the others at that time. */
  readonly leaseEnds?: string;
  /** What it says is of no use from then on, and it is not sent. */
  readonly expiresAt?: string;
  /** When it was delivered or given up. */
  readonly endedAt?: string;
  /** A sentence without secrets. */
  readonly lastError?: string;
  /** Whom it goes to is erased: nothing of it is kept once it has ended. */
  readonly isForgotten?: true;
};

/** The message itself, sealed: texts carry links that sign people in. */
export type OutboxPayload = { readonly sealed: string };

export type StoredItem = Stored<OutboxItem>;

/** What became of the wish to try a message again. */
export type RetryOutcome = 'queued' | 'under_way' | 'delivered' | 'expired' | 'unknown';
export type GiveUpOutcome = 'given_up' | 'under_way' | 'delivered' | 'unknown';

/**
 * Longer than a message may wait and be kept after it failed together; a payload that a crash left behind ends
 * with it.
 */
const PAYLOAD_DAYS = 40;
const DAY_MILLISECONDS = 86_400_000;
const PAGE = 200;

/** The outbox over the store. Only a node that was told to `start` looks for what others left behind. */
export function createOutbox(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  senders: Senders;
  log: Log;
  /** How long one attempt may take, in milliseconds; then it counts as failed. */
  attemptLimit?: number;
}) {
  const { store, clock, sealer, log } = parts;
  const items = outboxRows(store);
  const mark = createUpdater(items);
  const payloads = store.collection(collections.outboxPayloads);
  const senders: { -readonly [C in Channel]?: Sender<C> } = { ...parts.senders };
  const payloadEnd = () => new Date(clock.now().getTime() + PAYLOAD_DAYS * DAY_MILLISECONDS);
  const attempt = createDelivery({ ...parts, senders });
  const runner = createOutboxRunner({
    items,
    clock,
    log,
    attempt,
    hasSender: (channel) => !!senders[channel],
  });

  /** Makes a message due at once, if it is neither delivered nor over nor just being sent. */
  async function retry(id: string, by: Actor): Promise<RetryOutcome> {
    const [item, payload] = await Promise.all([items.get(id), payloads.get(id)]);
    if (!item) return 'unknown';
    const now = clock.now();
    if (item.doc.state === 'delivered') return 'delivered';
    if (isUnderWay(item.doc, now)) return 'under_way';
    if (!payload || isOver(item.doc, now)) return 'expired';
    await payloads.put(id, payload.doc, payloadEnd());
    const { leaseEnds: _lease, endedAt: _ended, ...doc } = item.doc;
    const due = {
      ...doc,
      state: 'waiting' as const,
      queue: doc.channel,
      attempts: 0,
      since: now.toISOString(),
      nextAt: now.toISOString(),
      retriedBy: by,
    };
    runner.nudge(await items.replace(item, due));
    return 'queued';
  }

  /** Sees to it that a message is not sent: what it says is forgotten. */
  async function giveUp(id: string): Promise<GiveUpOutcome> {
    const item = await items.get(id);
    if (!item) return 'unknown';
    const now = clock.now();
    if (item.doc.state === 'delivered') return 'delivered';
    if (item.doc.state === 'given_up') return 'given_up';
    if (isUnderWay(item.doc, now)) return 'under_way';
    const { leaseEnds: _lease, queue: _queue, ...doc } = item.doc;
    const ended = { ...doc, state: 'given_up' as const, endedAt: now.toISOString() };
    await items.replace(item, ended, new Date(now.getTime() + KEPT));
    await payloads.remove(id);
    return 'given_up';
  }

  /** Takes away every message to an address; one that waits, once it has ended. */
  async function forget(to: string): Promise<void> {
    for (let after: string | undefined; ;) {
      const page = await items.list({ key: 'to', value: to }, { limit: PAGE, ...(after && { after }) });
      for (const { id } of page)
        if (!(await mark(id, (doc) => (doc?.state === 'waiting' ? forgotten(doc) : { result: false }))))
          await Promise.all([items.remove(id), payloads.remove(id)]);
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }

  return {
    forget,

    /**
     * Stores a message and resolves with its id once that is durable; delivery begins then, in this process if it
     * can. A message with `expiresAt` is not sent later than that.
     */
    async enqueue<C extends Channel>(
      channel: C,
      message: Messages[C] & { readonly expiresAt?: Date },
    ): Promise<string> {
      const { expiresAt, ...content } = message;
      const now = clock.now();
      const id = timeOrderedId(now);
      const at = now.toISOString();
      const sealed = sealer.seal(JSON.stringify(content), payloadContext(id));
      // In one breath: who finds the message before its text tries again (outbox-delivery.ts).
      const text = payloads.insert(id, { sealed }, payloadEnd());
      const row = items.insert(id, {
        channel,
        queue: channel,
        state: 'waiting',
        to: message.to,
        attempts: 0,
        createdAt: at,
        since: at,
        nextAt: at,
        ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
      });
      const [item] = await Promise.all([row, text]);
      runner.nudge(item);
      return id;
    },

    /** Gives a channel its sender, for one that is made later than the outbox. */
    deliverBy<C extends Channel>(channel: C, sender: Sender<C>): void {
      Object.assign(senders, { [channel]: sender });
    },

    get: (id: string): Promise<StoredItem | undefined> => items.get(id),

    /** A slice of the messages, newest first, of a state or of a state and a channel; `after` is the id of the last one seen, `limit` at most 1000. */
    list: (page: {
      state?: OutboxState;
      channel?: Channel;
      after?: string;
      limit: number;
    }): Promise<StoredItem[]> => {
      const { state, channel, ...rest } = page;
      const shelf = channel !== undefined && state !== undefined ? shelfOf({ channel, state }) : undefined;
      const where =
        shelf !== undefined
          ? ({ key: 'shelf', value: shelf } as const)
          : state === undefined
            ? undefined
            : ({ key: 'state', value: state } as const);
      return items.list(where, { ...rest, newestFirst: true });
    },

    retry,
    giveUp,

    /** Goes through everything that waits, once, and tries what is due. */
    deliverDue: runner.deliverDue,
    /** Looks for what is due every few seconds, until `close`. */
    start: runner.start,
    /** Resolves when this process has nothing in its hands any more; what is due later does not count. */
    idle: runner.idle,
    /**
     * Takes nothing new and waits for what is being sent, so many milliseconds at most (as long as an attempt may take
     * unless given; the first call counts). What is not done then is tried again when its lease has ended.
     */
    close: runner.close,
  };
}

const forgotten = (doc: OutboxItem) => ({
  result: true,
  write: { doc: { ...doc, isForgotten: true as const } },
});

export type Outbox = ReturnType<typeof createOutbox>;

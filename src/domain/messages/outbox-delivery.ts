// One attempt at one message: taken by compare-and-swap, so that of two nodes one sends it, and written down after.

import { setTimeout as patience } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';
import { DeliveryFailed, PermanentFailure } from '../../ports/delivery.ts';
import { Stale, type Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { SealBroken, type Sealer } from '../../lib/seal.ts';
import { nextAttempt } from '../limits/backoff.ts';
import { collections } from '../collections.ts';
import type { OutboxItem, Sender, Senders, StoredItem } from './outbox.ts';
import { outboxRows } from './outbox-rows.ts';

const MINUTE = 60_000;
/** Senders have time limits of their own, shorter than this one. */
export const ATTEMPT_LIMIT = MINUTE;
/** Longer than an attempt and the writing of its end, so that a message is with one node at a time. */
export const LEASE = 3 * MINUTE;
/** How long a message is kept after it was delivered or given up. */
export const KEPT = 30 * 24 * 60 * MINUTE;
const SETTLE_TRIES = 5;

/** The record and field that a message is sealed for. */
export const payloadContext = (id: string): string => `outbox ${id}`;

/** Whether a node has the message in its hands now. */
export const isUnderWay = ({ leaseEnds }: OutboxItem, now: Date): boolean =>
  leaseEnds !== undefined && Date.parse(leaseEnds) > now.getTime();

/** Whether what the message says is of no use any more. */
export const isOver = ({ expiresAt }: OutboxItem, now: Date): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();

/** Whether the message is to be tried now. */
export const isDue = (item: OutboxItem, now: Date): boolean =>
  item.state === 'waiting' && Date.parse(item.nextAt) <= now.getTime() && !isUnderWay(item, now);

/**
 * Makes the attempt. It never rejects: what went wrong is written down, or, when the store is away, left for the
 * lease to end.
 */
export function createDelivery(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  senders: Senders;
  log: Log;
  attemptLimit?: number;
}) {
  const { store, clock, sealer, senders, log, attemptLimit = ATTEMPT_LIMIT } = parts;
  const items = outboxRows(store);
  const payloads = store.collection(collections.outboxPayloads);

  /** Hands the message to its sender, for so long at most. */
  async function send(id: string, { channel, createdAt }: OutboxItem): Promise<void> {
    const payload = await payloads.get(id);
    if (!payload) {
      // The two are written in one breath, which is not one moment on every storage.
      if (clock.now().getTime() - Date.parse(createdAt) < MINUTE)
        throw new DeliveryFailed('its text is not there yet');
      throw new PermanentFailure('its text is no longer kept');
    }
    const message = JSON.parse(sealer.open(payload.doc.sealed, payloadContext(id))) as never;
    const over = new AbortController();
    const tooLate = patience(attemptLimit, undefined, { ref: false, signal: over.signal }).then(() => {
      throw new DeliveryFailed(`no end after ${attemptLimit / 1000} s`);
    });
    try {
      await Promise.race([(senders[channel] as Sender<never>)(message, id), tooLate]);
    } finally {
      over.abort();
      tooLate.catch(() => {});
    }
  }

  /** A sentence that may be stored: other errors than ours may repeat what was sent. */
  function sentenceOf(error: unknown, facts: { channel: string; id: string }): string {
    if (error instanceof DeliveryFailed) return error.message;
    if (error instanceof SealBroken) return 'it was sealed with another VRATNY_SECRET';
    log.error({ ...facts, error: nameOf(error) }, 'a sender failed in a way that it should not');
    return `unexpected: ${nameOf(error)}`;
  }

  function failed(
    doc: OutboxItem,
    lastError: string,
    { now, isFinal }: { now: Date; isFinal: boolean },
  ): OutboxItem {
    const next = isFinal ? undefined : nextAttempt(doc.attempts, Date.parse(doc.since), now.getTime());
    return next === undefined
      ? ended(doc, 'failed', now, lastError)
      : { ...withoutLease(doc), nextAt: new Date(next).toISOString(), lastError };
  }

  /** Writes the end of an attempt; tried again for a while, for what is not written is sent a second time. */
  async function settle(held: StoredItem, doc: OutboxItem): Promise<void> {
    const expiresAt = doc.state === 'waiting' ? undefined : new Date(clock.now().getTime() + KEPT);
    for (let tried = 1; ; tried += 1) {
      try {
        if (held.doc.isForgotten && doc.state !== 'waiting')
          return void (await Promise.all([items.remove(held.id), payloads.remove(held.id)]));
        await items.replace(held, doc, expiresAt);
        // What is failed may be sent again by hand; what is over may not.
        if (doc.state === 'delivered' || isOver(doc, clock.now())) await payloads.remove(held.id);
        return;
      } catch (error) {
        // Somebody else has it: the lease ended while we were at it, or our own write went through unheard.
        if (error instanceof Stale) {
          const now = await items.get(held.id);
          const isOurs =
            now?.doc.isForgotten && !held.doc.isForgotten && now.doc.leaseEnds === held.doc.leaseEnds;
          return isOurs ? settle(now, { ...doc, isForgotten: true }) : undefined;
        }
        if (tried === SETTLE_TRIES) throw error;
        await clock.sleep(1000 * tried);
      }
    }
  }

  async function tryOnce(seen: StoredItem): Promise<void> {
    const { id, doc } = seen;
    const { channel } = doc;
    const facts = { channel, id };
    const startedAt = clock.now();
    if (!senders[channel] || !isDue(doc, startedAt)) return;
    if (isOver(doc, startedAt)) {
      await settle(seen, ended(doc, 'failed', startedAt, 'expired'));
      log.warn(facts, 'message given up: expired');
      return;
    }
    const held = await items.replace(seen, {
      ...doc,
      attempts: doc.attempts + 1,
      leaseEnds: new Date(startedAt.getTime() + LEASE).toISOString(),
    });
    let after: OutboxItem;
    try {
      await send(id, doc);
      after = ended(held.doc, 'delivered', clock.now());
    } catch (error) {
      const reason = sentenceOf(error, facts);
      after = failed(held.doc, reason, { now: clock.now(), isFinal: error instanceof PermanentFailure });
      const what = after.state === 'failed' ? 'message given up' : 'message not delivered yet';
      log.warn({ ...facts, attempts: after.attempts, reason }, what);
    }
    await settle(held, after);
    if (after.state === 'delivered') log.debug(facts, 'message delivered');
  }

  return async function attempt(seen: StoredItem): Promise<void> {
    try {
      await tryOnce(seen);
    } catch (error) {
      // Lost to another node: it is theirs.
      if (error instanceof Stale) return;
      log.warn({ id: seen.id, channel: seen.doc.channel, error }, 'the outbox cannot be written');
    }
  };
}

export type Attempt = ReturnType<typeof createDelivery>;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

const withoutLease = ({ leaseEnds: _lease, ...doc }: OutboxItem): OutboxItem => doc;

function ended(doc: OutboxItem, state: 'delivered' | 'failed', now: Date, lastError?: string): OutboxItem {
  const { queue: _queue, lastError: _last, ...rest } = withoutLease(doc);
  return { ...rest, state, endedAt: now.toISOString(), ...(lastError === undefined ? {} : { lastError }) };
}

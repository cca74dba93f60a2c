// The outbox: nothing lost, nothing sent twice, nothing readable in the store, nobody kept waiting.

import { afterEach, describe, expect, test } from 'vitest';
import { delays } from '../../../src/domain/limits/backoff.ts';
import { collections } from '../../../src/domain/collections.ts';
import { KEPT } from '../../../src/domain/messages/outbox-delivery.ts';
import { DeliveryFailed, PermanentFailure } from '../../../src/ports/delivery.ts';
import type { Sms } from '../../../src/ports/sms.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { createBreakingStore } from '../../support/breaking-store.ts';
import {
  closeOutboxes,
  mail,
  newOutbox,
  openOutbox,
  payloadsIn,
  SECRET_LINK,
  sms,
  stateOf,
} from '../../support/outbox.ts';
import { manualClock, memoryStore } from '../../support/rules.ts';

const staff = { kind: 'command', name: 'test' } as const;

const MINUTE = 60_000;
const fail = (error: Error) => async () => {
  throw error;
};

afterEach(closeOutboxes);

describe('a message', () => {
  test('is stored before it is sent, sent at once, and forgotten but for the fact', async () => {
    let storedBefore: unknown;
    const { box, store, sent } = await newOutbox(async (_mail, id) => {
      storedBefore = (await store.collection(collections.outbox).get(id))?.doc.state;
    });
    const id = await box.enqueue('mail', mail);
    await box.idle();
    expect(storedBefore).toBe('waiting');
    expect(sent).toEqual([{ id, mail }]);
    expect(await stateOf(box, id)).toEqual({
      channel: 'mail',
      state: 'delivered',
      to: 'eva@example.cz',
      attempts: 1,
      createdAt: '2026-11-21T12:00:00.000Z',
      since: '2026-11-21T12:00:00.000Z',
      nextAt: '2026-11-21T12:00:00.000Z',
      endedAt: '2026-11-21T12:00:00.000Z',
    });
    expect(await payloadsIn(store)).toEqual([]);
  });

  test('does not keep its maker waiting for a slow server', async () => {
    let release = () => {};
    const taken = new Promise<void>((resolve) => (release = resolve));
    const { box, sent } = await newOutbox(() => taken);
    await box.enqueue('mail', mail);
    expect(sent).toEqual([]);
    release();
    await box.idle();
    expect(sent).toHaveLength(1);
  });

  test('to an address that is forgotten leaves nothing: what is being sent vanishes after it', async () => {
    let release = () => {};
    const opened = new Promise<void>((resolve) => (release = resolve));
    const { box, store, sent } = await newOutbox(({ to }) => (to === mail.to ? opened : Promise.resolve()));
    const other = await box.enqueue('mail', { ...mail, to: 'jana@example.cz' });
    const done = await box.enqueue('mail', { ...mail, to: 'JANA@example.cz' });
    const mine = await box.enqueue('mail', mail);
    while (sent.length < 2 || (await stateOf(box, mine))?.leaseEnds === undefined)
      await new Promise((resolve) => setImmediate(resolve));
    while ((await stateOf(box, done))?.state !== 'delivered')
      await new Promise((resolve) => setImmediate(resolve));
    await box.forget('JANA@example.cz');
    await box.forget(mail.to);
    release();
    await box.idle();
    expect(sent.map(({ id }) => id).sort()).toEqual([other, done, mine].sort());
    const left = await store.collection(collections.outbox).list(undefined, { limit: 10 });
    expect(left.map(({ id }) => id)).toEqual([other]);
    expect(await payloadsIn(store)).toEqual([]);
  });

  test('that cannot be stored is told to its maker', async () => {
    const breaking = createBreakingStore();
    const clock = manualClock();
    const store = breaking.wrap(await memoryStore(clock));
    const { box, sent } = openOutbox(store, clock);
    breaking.break();
    await expect(box.enqueue('mail', mail)).rejects.toThrow(StoreUnavailable);
    breaking.mend();
    await box.deliverDue();
    expect(sent).toEqual([]);
  });

  test('that is found before its text is tried again, and is given up when that never comes', async () => {
    const breaking = createBreakingStore();
    const clock = manualClock();
    const store = breaking.wrap(await memoryStore(clock));
    const { box, sent } = openOutbox(store, clock);
    breaking.break('outbox_payloads.insert');
    await expect(box.enqueue('mail', mail)).rejects.toThrow(StoreUnavailable);
    breaking.mend();
    let id: string | undefined;
    while ((id = (await box.list({ limit: 1 }))[0]?.id) === undefined)
      await new Promise((resolve) => setImmediate(resolve));
    await box.deliverDue();
    expect(await stateOf(box, id)).toMatchObject({ state: 'waiting', attempts: 1 });
    clock.advance(2 * MINUTE);
    await box.deliverDue();
    expect(await stateOf(box, id)).toMatchObject({
      state: 'failed',
      lastError: 'its text is no longer kept',
    });
    expect(sent).toEqual([]);
  });

  test('cannot be read in the store, neither while it waits nor after it failed, nor is it logged', async () => {
    const { box, store, lines } = await newOutbox(fail(new Error(`cannot send ${SECRET_LINK}`)));
    await box.enqueue('mail', mail);
    await box.idle();
    const refused = openOutbox(store, manualClock(), fail(new PermanentFailure('no')));
    await refused.box.enqueue('mail', mail);
    await refused.box.idle();
    const stored = JSON.stringify([
      await store.collection(collections.outbox).list(undefined, { limit: 100 }),
      await payloadsIn(store),
    ]);
    expect(await payloadsIn(store)).toHaveLength(2);
    expect(stored).toContain('eva@example.cz');
    for (const text of [stored, JSON.stringify([...lines, ...refused.lines])]) {
      expect(text.length).toBeGreaterThan(20);
      expect(text).not.toMatch(/s3cr3t|set-password/);
    }
  });

  test('is sealed for its own place: swapped with another one, it is not sent', async () => {
    const { box, store, clock, sent } = await newOutbox(undefined, { senders: {} });
    const [one, two] = [
      await box.enqueue('mail', mail),
      await box.enqueue('mail', { ...mail, to: 'jan@example.cz' }),
    ];
    const payloads = store.collection(collections.outboxPayloads);
    await payloads.put(one, (await payloads.get(two))!.doc);
    const other = openOutbox(store, clock);
    await other.box.deliverDue();
    expect(other.sent.map(({ id }) => id)).toEqual([two]);
    expect(await stateOf(box, one)).toMatchObject({
      state: 'waiting',
      lastError: 'it was sealed with another VRATNY_SECRET',
    });
    expect(sent).toEqual([]);
  });
});

describe('a failure', () => {
  test('is tried again after each delay of the table and never before, and what was away for hours is sent once', async () => {
    let isAway = true;
    const { box, clock, sent } = await newOutbox(() =>
      isAway ? Promise.reject(new DeliveryFailed('the mail server cannot be reached')) : Promise.resolve(),
    );
    const id = await box.enqueue('mail', mail);
    await box.idle();
    for (const [index, delay] of [...delays, delays.at(-1)!].entries()) {
      expect(await stateOf(box, id)).toMatchObject({
        state: 'waiting',
        attempts: index + 1,
        nextAt: new Date(clock.now().getTime() + delay).toISOString(),
        lastError: 'the mail server cannot be reached',
      });
      clock.advance(delay - 1);
      await box.deliverDue();
      expect((await stateOf(box, id))!.attempts).toBe(index + 1);
      clock.advance(1);
      await box.deliverDue();
    }
    isAway = false;
    clock.advance(60 * MINUTE);
    await box.deliverDue();
    await box.deliverDue();
    expect(sent).toEqual([{ id, mail }]);
    expect(await stateOf(box, id)).toMatchObject({ state: 'delivered' });
    expect(await stateOf(box, id)).not.toHaveProperty('lastError');
  });

  test('is given up after 24 hours, kept for 30 days with its text, and can be tried again by hand', async () => {
    let isAway = true;
    const { box, clock, store, sent, lines } = await newOutbox(() =>
      isAway ? Promise.reject(new DeliveryFailed('away')) : Promise.resolve(),
    );
    const id = await box.enqueue('mail', mail);
    await box.idle();
    for (let hours = 0; hours < 25; hours += 0.25) {
      clock.advance(15 * MINUTE);
      await box.deliverDue();
    }
    expect(await stateOf(box, id)).toMatchObject({ state: 'failed', lastError: 'away' });
    expect(lines.at(-1)![1]).toBe('message given up');
    expect((await box.list({ state: 'failed', limit: 10 })).map((item) => item.id)).toEqual([id]);
    clock.advance(KEPT - 60 * MINUTE * 3);
    expect(await payloadsIn(store)).toHaveLength(1);
    isAway = false;
    expect(await box.retry(id, staff)).toBe('queued');
    await box.idle();
    expect(sent).toEqual([{ id, mail }]);
    expect(await box.retry(id, staff)).toBe('delivered');
    clock.advance(KEPT + 1);
    expect(await box.get(id)).toBeUndefined();
    expect(await box.retry(id, staff)).toBe('unknown');
  });

  test('that is final is not tried again', async () => {
    const { box, clock, lines } = await newOutbox(
      fail(new PermanentFailure('the mail server answered 550 5.1.1')),
    );
    const id = await box.enqueue('mail', mail);
    await box.idle();
    expect(await stateOf(box, id)).toMatchObject({
      state: 'failed',
      attempts: 1,
      lastError: 'the mail server answered 550 5.1.1',
    });
    clock.advance(60 * MINUTE);
    await box.deliverDue();
    expect((await stateOf(box, id))!.attempts).toBe(1);
    expect(lines).toEqual([
      [
        { channel: 'mail', id, attempts: 1, reason: 'the mail server answered 550 5.1.1' },
        'message given up',
      ],
    ]);
  });

  test('of a sender that never ends counts after its time, and its place is free again', async () => {
    const { box } = await newOutbox(() => new Promise(() => {}), { attemptLimit: 5 });
    const id = await box.enqueue('mail', mail);
    await box.idle();
    expect(await stateOf(box, id)).toMatchObject({
      state: 'waiting',
      attempts: 1,
      lastError: 'no end after 0.005 s',
    });
  });

  test('of the store after sending is overcome, so that nothing is sent twice', async () => {
    const breaking = createBreakingStore();
    const clock = { ...manualClock(), sleep: () => Promise.resolve(breaking.mend()) };
    const store = breaking.wrap(await memoryStore(clock));
    const { box, sent } = openOutbox(store, clock, () => Promise.resolve(breaking.break()));
    const id = await box.enqueue('mail', mail);
    await box.idle();
    expect(sent).toHaveLength(1);
    expect(await stateOf(box, id)).toMatchObject({ state: 'delivered' });
  });
});

describe('what is over', () => {
  test('is not sent late: a code fails as expired and leaves no text behind', async () => {
    let isAway = true;
    const sent: Sms[] = [];
    const { box, clock, store } = await newOutbox(undefined, {
      senders: {
        sms(message) {
          if (isAway) return Promise.reject(new DeliveryFailed('away'));
          return Promise.resolve(void sent.push(message));
        },
      },
    });
    const expiresAt = new Date(clock.now().getTime() + 10 * MINUTE);
    const id = await box.enqueue('sms', { ...sms, expiresAt });
    await box.idle();
    isAway = false;
    clock.advance(10 * MINUTE);
    await box.deliverDue();
    expect(sent).toEqual([]);
    expect(await stateOf(box, id)).toMatchObject({ state: 'failed', lastError: 'expired', attempts: 1 });
    expect(await payloadsIn(store)).toEqual([]);
    expect(await box.retry(id, staff)).toBe('expired');
    const later = await box.enqueue('sms', { ...sms, expiresAt: new Date(clock.now().getTime() + 1) });
    await box.idle();
    expect(sent).toEqual([sms]);
    expect(await stateOf(box, later)).toMatchObject({ state: 'delivered' });
  });
});

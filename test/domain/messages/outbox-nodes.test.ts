// The outbox among channels and nodes: none holds up another, and each message is with one of them at a time.

import { afterEach, describe, expect, test } from 'vitest';
import { ATTEMPT_LIMIT, LEASE } from '../../../src/domain/messages/outbox-delivery.ts';
import type { Sms } from '../../../src/ports/sms.ts';
import { closeOutboxes, mail, newOutbox, openOutbox, sms, stateOf } from '../../support/outbox.ts';

const staff = { kind: 'command', name: 'test' } as const;

afterEach(closeOutboxes);

describe('channels', () => {
  test('without a sender here wait for a node that has one', async () => {
    const { box, clock, store } = await newOutbox(undefined, { senders: {} });
    const id = await box.enqueue('mail', mail);
    await box.deliverDue();
    expect(await stateOf(box, id)).toMatchObject({ state: 'waiting', attempts: 0 });
    const other = openOutbox(store, clock);
    await other.box.deliverDue();
    expect(other.sent).toHaveLength(1);
  });

  test('may get their sender later', async () => {
    const { box } = await newOutbox(undefined, { senders: {} });
    const told: unknown[] = [];
    await box.enqueue('logout', { to: 'panel', sid: 'one' });
    box.deliverBy('logout', (notice) => Promise.resolve(void told.push(notice)));
    await box.deliverDue();
    expect(told).toEqual([{ to: 'panel', sid: 'one' }]);
  });

  test('do not hold up each other, and each has five places', async () => {
    let [mails, most] = [0, 0];
    const texts: Sms[] = [];
    const releases: (() => void)[] = [];
    const { box } = await newOutbox(undefined, {
      senders: {
        async mail() {
          most = Math.max(most, (mails += 1));
          await new Promise<void>((resolve) => releases.push(resolve));
          mails -= 1;
        },
        sms: (message) => Promise.resolve(void texts.push(message)),
      },
    });
    for (let count = 0; count < 12; count += 1) await box.enqueue('mail', mail);
    await box.enqueue('sms', sms);
    await expect.poll(() => texts).toEqual([sms]);
    await expect.poll(() => releases.length).toBe(5);
    for (let done = 0; done < 12; done += 1) {
      await expect.poll(() => releases.length).toBeGreaterThan(done);
      releases[done]!();
    }
    await box.idle();
    expect([most, mails]).toEqual([5, 0]);
    expect(await box.list({ state: 'delivered', limit: 100 })).toHaveLength(13);
  });
});

describe('a node', () => {
  test('that dies in the middle leaves the message to another one when its lease ends, and not before', async () => {
    const { box, clock, store } = await newOutbox(() => new Promise(() => {}));
    const id = await box.enqueue('mail', mail);
    await expect.poll(async () => (await stateOf(box, id))?.attempts).toBe(1);
    const other = openOutbox(store, clock);
    clock.advance(LEASE - 1);
    await other.box.deliverDue();
    expect([other.sent, await other.box.retry(id, staff)]).toEqual([[], 'under_way']);
    clock.advance(1);
    await other.box.deliverDue();
    expect(other.sent).toEqual([{ id, mail }]);
    expect(await stateOf(box, id)).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  test('holds a message longer than an attempt may take', () => {
    expect(LEASE).toBeGreaterThan(ATTEMPT_LIMIT * 2);
  });

  test('that is closed takes nothing new, ends what it does, and leaves the rest to others', async () => {
    let release = () => {};
    const { box, clock, store, sent } = await newOutbox(() => new Promise((resolve) => (release = resolve)));
    const first = await box.enqueue('mail', mail);
    await expect.poll(async () => (await stateOf(box, first))?.attempts).toBe(1);
    const closed = box.close();
    const second = await box.enqueue('mail', mail);
    await expect.poll(() => (release(), sent.length)).toBe(1);
    await closed;
    expect(await stateOf(box, second)).toMatchObject({ state: 'waiting', attempts: 0 });
    const other = openOutbox(store, clock);
    await other.box.deliverDue();
    expect(other.sent.map(({ id }) => id)).toEqual([second]);
  });

  test('goes through more than a page of what was left behind', async () => {
    const { box, clock, store } = await newOutbox(undefined, { senders: {} });
    const ids: string[] = [];
    for (let count = 0; count < 250; count += 1) {
      ids.push(await box.enqueue('mail', mail));
      clock.advance(1);
    }
    const other = openOutbox(store, clock);
    await other.box.deliverDue();
    expect(other.sent.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });
});

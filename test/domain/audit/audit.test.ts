// The audit log: one unbroken chain whoever writes, and a reader that finds what was done to it.

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { createAudit, type Audit } from '../../../src/domain/audit/audit.ts';
import { STATE_ID } from '../../../src/domain/audit/audit-chain.ts';
import { idOf, type AuditEvent } from '../../../src/domain/audit/audit-entry.ts';
import { allShapes, collections } from '../../../src/domain/collections.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dropDatabase } from '../../support/mongo-database.ts';
import { temporaryFolder } from '../../support/program.ts';
import { onEveryStorage, testClock } from '../../support/world.ts';

const keys = [{ id: 'aaaaaaaaaaaa', key: Buffer.from('the key of this installation') }];
const operator = { kind: 'operator', accountId: 'olga' } as const;
const act = (count: number): AuditEvent => ({
  action: 'client.changed',
  actor: operator,
  clientId: `client-${count % 3}`,
  after: { fields: ['scope'], count },
});

onEveryStorage((newStorage, name) => {
  const folder = temporaryFolder();
  let uri: string;
  let stores: [Store, Store];
  let audit: Audit;

  const auditOver = (store: Store, sealing = keys) =>
    createAudit({ store, clock: testClock, keys: sealing, log: silentLog });

  beforeAll(async () => {
    uri = name === 'sqlite' ? `sqlite:${join(folder.path, 'audit.sqlite')}` : newStorage();
    const now = () => Date.now();
    stores = [await openStore(uri, { now }), await openStore(uri, { now })];
    await stores[0].prepare(allShapes);
  });

  afterAll(async () => {
    for (const store of stores) await store.close();
    if (name !== 'sqlite') await dropDatabase(uri);
    folder.remove();
  });

  beforeEach(async () => {
    const entries = stores[0].collection(collections.audit);
    for (const { id } of await entries.list(undefined, { limit: 1000 })) await entries.remove(id);
    await stores[0].collection(collections.auditState).remove(STATE_ID);
    audit = auditOver(stores[0]);
  });

  test('two nodes that write at once make one unbroken chain', { timeout: 60_000 }, async () => {
    const nodes = [audit, auditOver(stores[1])] as const;
    await Promise.all(Array.from({ length: 200 }, (_, count) => nodes[count % 2]!.record(act(count))));
    const verdict = await nodes[1].verify();
    expect(verdict).toMatchObject({ problems: [], entries: 200, head: { number: 200 }, unproved: 0 });
    const counts: unknown[] = [];
    for (let after: string | undefined, more = true; more;) {
      const { entries, older } = await audit.list({ actor: operator }, { after, limit: 60 });
      counts.push(...entries.map(({ doc }) => doc.after?.count));
      after = older;
      more = older !== undefined;
    }
    expect(counts.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  describe('what was done to the log behind our back', () => {
    const entries = () => stores[0].collection(collections.audit);
    const states = () => stores[0].collection(collections.auditState);
    const stored = async (number: number) => (await entries().get(idOf(number)))!;
    const swap = async (one: number, other: number) => {
      const [first, second] = [await stored(one), await stored(other)];
      await entries().put(first.id, second.doc);
      await entries().put(second.id, first.doc);
    };
    const remove = (number: number) => entries().remove(idOf(number));

    const tampering: [what: string, how: () => Promise<unknown>, found: readonly object[]][] = [
      ['nothing', () => Promise.resolve(), []],
      ['one removed', () => remove(4), [{ problem: 'removed', number: 4 }]],
      ['the first removed', () => remove(1), [{ problem: 'removed', number: 1 }]],
      ['the last removed', () => remove(9), [{ problem: 'cut_off', number: 9 }]],
      [
        'a value changed',
        async () => entries().put(idOf(5), { ...(await stored(5)).doc, reason: 'nothing happened' }),
        [
          { problem: 'changed', number: 5 },
          { problem: 'unlinked', number: 6 },
        ],
      ],
      [
        'two exchanged',
        () => swap(3, 4),
        [
          { problem: 'unlinked', number: 3 },
          { problem: 'changed', number: 3 },
          { problem: 'unlinked', number: 4 },
          { problem: 'changed', number: 4 },
          { problem: 'unlinked', number: 5 },
        ],
      ],
      [
        'one appended by somebody without our secret',
        async () => {
          const forger = auditOver(stores[1], [{ ...keys[0]!, key: Buffer.from('a guess') }]);
          await forger.record(act(10));
        },
        [
          { problem: 'state_changed' },
          { problem: 'changed', number: 10 },
          { problem: 'changed', number: 11 },
        ],
      ],
      [
        'one under an id that no entry has',
        async () => entries().insert('0000000000045', (await stored(5)).doc),
        [{ problem: 'inserted' }],
      ],
      ['the noted end removed', () => states().remove(STATE_ID), [{ problem: 'state_changed' }]],
      [
        'the last ones cut off and the end noted anew',
        async () => {
          const { head, anchor, seal } = (await states().get(STATE_ID))!.doc;
          await Promise.all([remove(8), remove(9)]);
          await states().put(STATE_ID, { head: { ...head, number: 7 }, anchor, seal });
        },
        [{ problem: 'state_changed' }],
      ],
    ];

    test.each(tampering)('%s', async (_what, how, found) => {
      for (let count = 1; count < 10; count += 1) await audit.record(act(count));
      await how();
      const { problems } = await audit.verify();
      expect(problems).toEqual(found);
    });

    test('writing goes on, and the damage stays to be found', async () => {
      for (let count = 1; count < 10; count += 1) await audit.record(act(count));
      const { head, anchor, seal } = (await states().get(STATE_ID))!.doc;
      await remove(9);
      await states().put(STATE_ID, { head: { ...head, number: 8 }, anchor, seal });
      // A process that starts then: it knows of no end but the noted one.
      await auditOver(stores[1]).record(act(10));
      expect((await audit.verify()).problems).toEqual([{ problem: 'damage_found', number: 9 }]);
    });

    test('an old copy of the whole log is found by what was noted elsewhere', async () => {
      for (let count = 1; count < 5; count += 1) await audit.record(act(count));
      const copy = (await states().get(STATE_ID))!.doc;
      await audit.record(act(5));
      const noted = (await audit.verify()).head;
      expect((await audit.verify(noted)).problems).toEqual([]);
      await remove(5);
      await states().put(STATE_ID, copy);
      expect((await audit.verify()).problems).toEqual([]);
      expect((await audit.verify(noted)).problems).toEqual([{ problem: 'not_expected', number: 5 }]);
    });
  });

  describe('pruning', () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const clock = { ...testClock, now: () => new Date(now) };
    const DAY = 86_400_000;
    beforeEach(async () => {
      audit = createAudit({ store: stores[0], clock, keys, log: silentLog });
      for (let count = 1; count <= 6; count += 1) {
        now += DAY;
        await audit.record(act(count));
      }
    });

    test('takes off what is old and leaves a chain that verifies', async () => {
      const old = (await audit.get(idOf(4)))!;
      // Four days are kept: entries 1 and 2 are older, and nothing is younger than the last.
      expect(await audit.prune(new Date(now - 3.5 * DAY))).toBe(2);
      expect(await audit.prune(new Date(now - 3.5 * DAY))).toBe(0);
      expect(await audit.verify()).toMatchObject({ problems: [], entries: 5, anchor: { number: 2 } });
      expect((await audit.get(idOf(7)))!.doc).toMatchObject({
        action: 'audit.pruned',
        actor: 'system',
        after: { count: 2, through: 2 },
      });
      // What was pruned cannot be brought back, what is first now cannot be cut off, and nothing ends the chain.
      await stores[0].collection(collections.audit).put(idOf(1), old.doc);
      expect((await audit.verify()).problems).toEqual([{ problem: 'before_beginning' }]);
      expect(await audit.prune(new Date(now - 3.5 * DAY))).toBe(1);
      await stores[0].collection(collections.audit).remove(idOf(3));
      expect((await audit.verify()).problems).toEqual([{ problem: 'removed', number: 3 }]);
      await expect(audit.prune(new Date(now + DAY))).rejects.toThrow('damaged at entry 3');
    });

    test('keeps what somebody has changed, and the last entry whatever its age', async () => {
      const entries = stores[0].collection(collections.audit);
      const { doc } = (await entries.get(idOf(2)))!;
      await entries.put(idOf(2), { ...doc, reason: 'changed' });
      await expect(audit.prune(new Date(now))).rejects.toThrow('damaged at entry 2');
      await entries.put(idOf(2), doc);
      expect(await audit.prune(new Date(now + DAY))).toBe(5);
      expect(await audit.verify()).toMatchObject({ problems: [], entries: 2, anchor: { number: 5 } });
    });
  });

  test('entries sealed with a secret that is gone are told apart, and the new one goes on', async () => {
    await audit.record(act(1));
    const next = [{ id: 'bbbbbbbbbbbb', key: Buffer.from('the next key') }];
    const rotated = auditOver(stores[1], next);
    await rotated.record(act(2));
    expect(await rotated.verify()).toMatchObject({ problems: [], entries: 2, unproved: 1 });
    expect(await auditOver(stores[1], [...next, ...keys]).verify()).toMatchObject({
      problems: [],
      unproved: 0,
    });
    // Somebody who makes up a secret that is gone proves nothing: not in between, and not at the end.
    const lost = [{ id: 'cccccccccccc', key: Buffer.from('a key of their own') }];
    await auditOver(stores[1], lost).record(act(3));
    expect((await rotated.verify()).problems).toEqual([
      { problem: 'changed', number: 3 },
      { problem: 'state_changed' },
    ]);
    const entries = stores[0].collection(collections.audit);
    for (const number of [1, 2, 3]) await entries.remove(idOf(number));
    await stores[0].collection(collections.auditState).remove(STATE_ID);
    await auditOver(stores[1], lost).record(act(1));
    expect(await rotated.verify()).toMatchObject({ problems: [{ problem: 'end_unproved' }], unproved: 1 });
  });

  test('what is not in the table of fields, or looks like a secret, is not kept', async () => {
    const event = { action: 'account.created', actor: operator, accountId: 'jana' } as const;
    const bad: object[] = [
      { after: { passwordHash: 'x' } },
      { after: { ['__proto__x']: 'x' } },
      { before: { detail: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA' } },
      { after: { detail: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln' } },
      { after: { redirect_uris: ['https://a.example', 'v1.0123456789ab.AAAA'] } },
    ];
    for (const values of bad) {
      await expect(audit.record({ ...event, ...values })).rejects.toThrow(TypeError);
      await audit.note({ ...event, ...values });
    }
    expect((await audit.list(undefined, { limit: 10 })).entries).toEqual([]);
    await audit.record({ ...event, reason: 'r'.repeat(5000), userAgent: 'Agent\r\n{"a":1}' });
    const [entry] = (await audit.list({ accountId: 'jana' }, { limit: 10 })).entries;
    expect(entry!.doc.reason).toHaveLength(1000);
    expect(entry!.doc.userAgent).toBe('Agent{"a":1}');
  });

  test('people see what was changed about them, and of others only what they are', async () => {
    const jana = { kind: 'person', accountId: 'jana' } as const;
    const about = { accountId: 'jana', customerId: 'acme' };
    await audit.record({
      action: 'credential.totp_on',
      actor: jana,
      ...about,
      address: '192.0.2.7',
      userAgent: 'A',
    });
    await audit.record({ action: 'customer.vetted', actor: operator, ...about, reason: 'looks odd' });
    await audit.record({
      action: 'account.disabled',
      actor: operator,
      ...about,
      address: '192.0.2.1',
      reason: 'r',
    });
    const { changes, older } = await audit.ofAccount('jana', { limit: 1 });
    expect(changes).toEqual([
      { id: idOf(3), at: changes[0]!.at, action: 'account.disabled', by: 'operator', accountId: 'jana' },
    ]);
    const next = await audit.ofAccount('jana', { after: older, limit: 1 });
    expect(next).toEqual({
      changes: [expect.objectContaining({ action: 'credential.totp_on', by: 'you', address: '192.0.2.7' })],
    });
    const members = await audit.ofCustomer('acme', { limit: 5 }, 'petr');
    expect(members.changes.map(({ by }) => by)).toEqual(['operator', 'member']);
    expect(members.changes.every(({ address }) => address === undefined)).toBe(true);
  });
});

// The login history: what is kept, for how long, in which order, and that a flood fills nothing.

import { beforeEach, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../src/config/load.ts';
import { createHistory, type History, type NewEntry } from '../../../src/domain/sign-ins/history.ts';
import { createQuotas } from '../../../src/domain/limits/quotas.ts';
import { collections } from '../../../src/domain/collections.ts';
import { networkOf } from '../../../src/lib/address.ts';
import type { Store } from '../../../src/ports/store.ts';
import { manualClock, memoryStore } from '../../support/rules.ts';

const clock = manualClock();
const LIFE_SECONDS = 395 * 86_400;
let store: Store;
let history: History;

beforeEach(async () => {
  store = await memoryStore(clock);
  const names = { '198.51.100.7': { organisation: 'Net', country: 'CZ' } } as const;
  history = createHistory({
    store,
    clock,
    networks: { find: (address) => names[address as keyof typeof names] },
    quotas: createQuotas(store, clock),
    lifeSeconds: LIFE_SECONDS,
  });
});

const attempt = {
  accountId: 'eva',
  address: '198.51.100.7',
  browserId: 'the id of a browser',
  userAgent: 'Firefox',
  clientId: 'panel',
  clientName: 'Panel',
};
const success = (more: Partial<NewEntry> = {}): NewEntry =>
  ({ ...attempt, result: 'signed_in', methods: ['password'], ...more }) as NewEntry;
const refusal = (more: Partial<NewEntry> & { reason?: string } = {}): NewEntry =>
  ({ ...attempt, result: 'refused', reason: 'wrong_password', ...more }) as NewEntry;
const all = async (accountId = 'eva') => (await history.list(accountId, { limit: 100 })).entries;

describe('an entry', () => {
  test('says who, when, from where and how; the browser only as a hash', async () => {
    const { id } = (await history.record(success({ listEntry: '198.51.100.0/24', upstream: 'MojeID' })))!;
    const { doc } = (await history.get('eva', id))!;
    expect(doc).toEqual({
      accountId: 'eva',
      succeededFor: 'eva',
      at: clock.now().toISOString(),
      result: 'signed_in',
      address: '198.51.100.7',
      network: { organisation: 'Net', country: 'CZ' },
      browser: expect.stringMatching(/^[\w-]{43}$/) as string,
      userAgent: 'Firefox',
      clientId: 'panel',
      clientName: 'Panel',
      methods: ['password'],
      listEntry: '198.51.100.0/24',
      upstream: 'MojeID',
    });
    expect(JSON.stringify(doc)).not.toContain('the id of a browser');
  });

  test('leaves out what is not known', async () => {
    const entry = refusal({ address: undefined, browserId: undefined, userAgent: '' });
    const { doc } = (await history.record(entry))!;
    expect(Object.keys(doc).sort()).toEqual(
      [
        'accountId',
        'at',
        'clientId',
        'clientName',
        'methods',
        'reason',
        'refusedFor',
        'result',
        'userAgent',
      ].sort(),
    );
  });

  test('is told to its own account only', async () => {
    const { id } = (await history.record(success()))!;
    expect(await history.get('adam', id)).toBeUndefined();
    expect(await history.get('eva', `${id}x`)).toBeUndefined();
    expect((await history.list('adam', { limit: 10 })).entries).toEqual([]);
  });

  test('S58: is kept for 13 months and then gone', async () => {
    const { id } = (await history.record(success()))!;
    clock.advance(LIFE_SECONDS * 1000 - 1);
    expect(await history.get('eva', id)).toBeDefined();
    clock.advance(1);
    expect(await history.get('eva', id)).toBeUndefined();
    expect(await all()).toEqual([]);
    expect(await history.lastSuccess('eva')).toBeUndefined();
  });
});

test('how long it is kept is an option: 13 months unless said otherwise, and never less than 30 days', () => {
  expect(checkConfig({}).historyLife).toBe(LIFE_SECONDS);
  expect(checkConfig({ VRATNY_HISTORY_LIFE: '30d' }).historyLife).toBe(30 * 86_400);
  expect(() => checkConfig({ VRATNY_HISTORY_LIFE: '29d' })).toThrow(
    /VRATNY_HISTORY_LIFE must be between 30d/,
  );
});

describe('the list', () => {
  test('goes back page by page without gap or repetition, newest first, also through a filter', async () => {
    for (let index = 0; index < 25; index += 1) {
      await history.record(index % 3 === 0 ? refusal() : success());
      clock.advance(1000);
    }
    await history.record(success({ accountId: 'adam' }));
    for (const [filter, count] of [
      ['all', 25],
      ['signed_in', 16],
      ['refused', 9],
    ] as const) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await history.list('eva', { filter, after, limit: 4 });
        expect(page.entries.length).toBeLessThanOrEqual(4);
        seen.push(...page.entries.map(({ doc }) => doc.at));
        if (filter !== 'all') expect(page.entries.every(({ doc }) => doc.result === filter)).toBe(true);
        after = page.older;
      } while (after !== undefined);
      expect(seen).toHaveLength(count);
      expect(seen).toEqual([...new Set(seen)].sort().toReversed());
    }
  });

  test('has no older page when the last one is just full', async () => {
    for (let index = 0; index < 4; index += 1) await history.record(success());
    expect((await history.list('eva', { limit: 4 })).older).toBeUndefined();
  });
});

describe('a flood of throttled attempts', () => {
  const throttled = (address: string | undefined, accountId = 'eva') =>
    history.record(refusal({ reason: 'throttled', address, accountId }));

  test('leaves one entry a minute and network, also when all come at once', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, host) => throttled(`203.0.113.${host}`)));
    expect(await all()).toHaveLength(1);
    clock.advance(60_000);
    await throttled('203.0.113.1');
    expect(await all()).toHaveLength(2);
  });

  test('leaves no more than fifty in a day', async () => {
    for (let minute = 0; minute < 60; minute += 1) {
      await throttled('203.0.113.1');
      clock.advance(60_000);
    }
    expect(await all()).toHaveLength(50);
  });

  test('is counted for each account by itself', async () => {
    await throttled('203.0.113.1');
    await throttled('203.0.113.1', 'adam');
    expect([(await all()).length, (await all('adam')).length]).toEqual([1, 1]);
  });

  test('from many networks leaves a bounded number', async () => {
    for (let net = 0; net < 200; net += 1) await throttled(`10.0.${net}.1`);
    await throttled(undefined);
    const kept = (await all()).map(({ doc }) => networkOf(doc.address!, { v4: 24, v6: 48 }));
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept.length).toBeGreaterThan(8);
    expect(kept.length).toBeLessThanOrEqual(16);
  });

  test('hides no other attempt, and stands among them by its time', async () => {
    await history.record(refusal());
    clock.advance(20_000);
    await throttled('203.0.113.1');
    clock.advance(20_000);
    for (let index = 0; index < 3; index += 1) await history.record(refusal());
    expect((await all()).map(({ doc }) => doc.reason)).toEqual([
      ...Array<string>(3).fill('wrong_password'),
      'throttled',
      'wrong_password',
    ]);
  });

  test('that goes on writes nothing more', async () => {
    await throttled('203.0.113.1');
    const versions = async () =>
      (await store.collection(collections.history).list(undefined, { limit: 10 })).map(
        ({ version }) => version,
      );
    const before = await versions();
    for (let index = 0; index < 20; index += 1) await throttled('203.0.113.1');
    expect(await versions()).toEqual(before);
  });
});

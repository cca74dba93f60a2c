// Address lists: what may be listed, what matches, and that two at the same time add up right.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { createAddressLists, type AddressLists } from '../../../src/domain/sign-ins/address-lists.ts';
import {
  judgeRange,
  placeOf,
  readRange,
  type AddressRules,
} from '../../../src/domain/sign-ins/address-rules.ts';
import { allShapes } from '../../../src/domain/collections.ts';
import { parseRange } from '../../../src/lib/address.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dropDatabase } from '../../support/mongo-database.ts';
import { slowStore } from '../../support/slow-store.ts';
import { onEveryStorage } from '../../support/world.ts';

const rules: AddressRules = {
  most: 20,
  prefixV4: 16,
  prefixV6: 48,
  never: [parseRange('93.184.216.0/24')!, parseRange('2a00:1028::/32')!],
  allowPrivate: false,
};

// prettier-ignore
const judged: readonly [typed: string, canonical: string | undefined, problem?: string][] = [
  ['31.15.10.7',                '31.15.10.7/32'],
  [' 31.15.10.7 ',              '31.15.10.7/32'],
  ['31.15.10.7/24',             '31.15.10.0/24'],
  ['31.15.10.7/16',             '31.15.0.0/16'],
  ['31.15.10.7/15',             '31.14.0.0/15',           'too_wide'],
  ['31.15.10.7/8',              '31.0.0.0/8',             'too_wide'],
  ['2a02:8308:1:2::5',          '2a02:8308:1:2::5/128'],
  ['2A02:8308:1:2::5/64',       '2a02:8308:1:2::/64'],
  ['2a02:8308:1:2::5/48',       '2a02:8308:1::/48'],
  ['2a02:8308:1:2::5/47',       '2a02:8308::/47',         'too_wide'],
  ['2a02:8308:1:2::5%eth0',     '2a02:8308:1:2::5/128'],
  ['::ffff:31.15.10.7',         '31.15.10.7/32'],
  ['::ffff:1f0f:a07/120',       '31.15.10.0/24'],
  ['::ffff:31.15.10.7/64',      undefined],
  ['::31.15.10.7',              '::1f0f:a07/128',         'reserved'],
  ['64:ff9b::1f0f:a07',         '64:ff9b::1f0f:a07/128',  'reserved'],
  ['2002:1f0f:a07::1',          '2002:1f0f:a07::1/128',   'reserved'],
  ['2001:0:1f0f:a07::1',        '2001:0:1f0f:a07::1/128', 'reserved'],
  ['2001:db8::7',               '2001:db8::7/128',        'reserved'],
  ['192.0.2.7',                 '192.0.2.7/32',           'reserved'],
  ['192.0.0.0/16',              '192.0.0.0/16',           'reserved'],
  ['224.0.0.5',                 '224.0.0.5/32',           'reserved'],
  ['255.255.255.255',           '255.255.255.255/32',     'reserved'],
  ['0.0.0.0/0',                 '0.0.0.0/0',              'shared'],
  ['::/0',                      '::/0',                   'shared'],
  ['ff02::1',                   'ff02::1/128',            'reserved'],
  ['10.1.2.3',                  '10.1.2.3/32',            'private'],
  ['172.16.0.0/12',             '172.16.0.0/12',          'private'],
  ['192.168.1.0/24',            '192.168.1.0/24',         'private'],
  ['fd00::7',                   'fd00::7/128',            'private'],
  ['127.0.0.1',                 '127.0.0.1/32',           'private'],
  ['::1',                       '::1/128',                'private'],
  ['::ffff:127.0.0.1',          '127.0.0.1/32',           'private'],
  ['169.254.169.254',           '169.254.169.254/32',     'private'],
  ['fe80::1%eth0',              'fe80::1/128',            'private'],
  ['100.64.3.4',                '100.64.3.4/32',          'private'],
  ['93.184.216.34',             '93.184.216.34/32',       'shared'],
  ['93.184.0.0/16',             '93.184.0.0/16',          'shared'],
  ['93.184.217.34',             '93.184.217.34/32'],
  ['2a00:1028:1::/48',          '2a00:1028:1::/48',       'shared'],
  ...['', ' ', '0', '31', '31.15.10', '0037.0017.012.07', '520030727', '0x1f.15.10.7', '31.15.10.7:443', '[2a02::1]',
    '31.15.10.7/33', '31.15.10.7/-1', '31.15.10.7/ 24', '31.15.10.7/024', '31.15.10.7/24/24', '31.15.10.7, 31.15.10.8',
    '31.15.10.7-31.15.10.9', '31.15.10.*', '３１.15.10.7', '31.15.10.7\u0000', 'example.cz', '2a02::1::2', '2a02::/129',
    `${'0'.repeat(100)}31.15.10.7`, '{"$gt":""}'].map((typed) => [typed, undefined] as [string, undefined]),
];

describe('a range as typed', () => {
  test.for(judged)('%j is %s: %s', ([typed, canonical, problem]) => {
    const range = readRange(typed);
    expect(range?.text).toBe(canonical);
    if (range) expect(judgeRange(range, rules)).toBe(problem);
  });

  test('private ranges are taken where an intranet allows them, other reserved ones never are', () => {
    const intranet = { ...rules, allowPrivate: true };
    const judge = (text: string) => judgeRange(parseRange(text)!, intranet);
    for (const text of ['10.1.2.3', '172.16.5.0/24', '192.168.0.0/16', 'fd00:1:2::/48'])
      expect([text, judge(text)]).toEqual([text, undefined]);
    for (const text of ['127.0.0.1', '169.254.1.1', 'fe80::1', '100.64.0.1', '192.0.2.1', '::1'])
      expect([text, judge(text)]).toEqual([text, text === '192.0.2.1' ? 'reserved' : 'private']);
    expect(judge('10.0.0.0/8')).toBe('too_wide');
    expect(judgeRange(parseRange('10.1.2.3')!, { ...intranet, never: [parseRange('10.1.0.0/16')!] })).toBe(
      'shared',
    );
  });

  test('the place of an address is itself in IPv4 and its /64 in IPv6', () => {
    expect(placeOf('31.15.10.7')).toBe('31.15.10.7/32');
    expect(placeOf('2a02:8308:1:2:3:4:5:6')).toBe('2a02:8308:1:2::/64');
    expect(placeOf('unknown')).toBeUndefined();
  });
});

onEveryStorage((newStorage) => {
  const storage = newStorage();
  const start = Date.parse('2026-11-21T12:00:00Z');
  let now = start;
  const clock: Clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
  let store: Store;
  let lists: AddressLists;
  beforeAll(async () => {
    store = await openStore(storage, { now: () => now });
    await store.prepare(allShapes);
    lists = createAddressLists(store, clock, rules);
  });
  afterAll(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  const add = (accountId: string, range: string, more = {}) => lists.add(accountId, { range, ...more });
  const idOf = async (accountId: string, range: string) =>
    (await lists.list(accountId)).find((entry) => entry.range === range)!.id;

  test('an entry is kept as its range, with note, end and when it was added', async () => {
    await add('eva', '31.15.10.7/24', { note: 'kancelář', endsAt: new Date(start + 1000) });
    expect(await lists.list('eva')).toEqual([
      {
        id: expect.any(String) as string,
        range: '31.15.10.0/24',
        note: 'kancelář',
        addedAt: '2026-11-21T12:00:00.000Z',
        endsAt: '2026-11-21T12:00:01.000Z',
      },
    ]);
    expect(await add('eva', '31.15.10.99/24')).toEqual({ kind: 'refused', problem: 'duplicate' });
    expect(await add('eva', '10.0.0.1')).toEqual({ kind: 'refused', problem: 'private' });
    expect(await add('eva', 'nonsense')).toEqual({ kind: 'refused', problem: 'not_an_address' });
    expect(await lists.list('jan')).toEqual([]);
  });

  test('matches live entries of this account only, and the narrowest of several', async () => {
    await add('petr', '31.15.0.0/16');
    await add('petr', '31.15.10.7');
    await add('petr', '2a02:8308:1:2::/64');
    await add('petr', '2a02:8308:9:9::5');
    const wide = await idOf('petr', '31.15.0.0/16');
    expect(await lists.match('petr', '31.15.10.7')).toBe(await idOf('petr', '31.15.10.7/32'));
    expect(await lists.match('petr', '31.15.10.8')).toBe(wide);
    expect(await lists.match('petr', '::ffff:31.15.10.8')).toBe(wide);
    expect(await lists.match('petr', '31.16.0.1')).toBeUndefined();
    expect(await lists.match('petr', '2a02:8308:1:2:ffff::1')).toBe(await idOf('petr', '2a02:8308:1:2::/64'));
    expect(await lists.match('petr', '2a02:8308:1:3::1')).toBeUndefined();
    expect(await lists.match('petr', '2a02:8308:9:9::6')).toBeUndefined();
    expect(await lists.match('someone', '31.15.10.7')).toBeUndefined();
  });

  test('an address that could not be told, or is none, matches nothing', async () => {
    await add('ota', '31.15.0.0/16');
    for (const address of [
      undefined,
      '',
      'unknown',
      '31.15.10.7:443',
      '31.15.10',
      '0037.0017.012.07',
      '520030727',
    ])
      expect([address, await lists.match('ota', address)]).toEqual([address, undefined]);
  });

  test('what the operator forbids later matches no more', async () => {
    await add('iva', '31.15.0.0/16');
    const stricter = createAddressLists(store, clock, { ...rules, never: [parseRange('31.15.10.0/24')!] });
    expect(await stricter.match('iva', '31.15.10.7')).toBeUndefined();
    expect(await stricter.match('iva', '31.15.11.7')).toBeDefined();
  });

  test('an entry that is over matches no more, is listed still, and makes way for the same range anew', async () => {
    await add('jana', '31.15.10.7', { endsAt: new Date(start + 60_000) });
    const id = (await lists.match('jana', '31.15.10.7'))!;
    now = start + 59_999;
    expect(await lists.isLive('jana', id)).toBe(true);
    now = start + 60_000;
    expect(await lists.isLive('jana', id)).toBe(false);
    expect(await lists.match('jana', '31.15.10.7')).toBeUndefined();
    expect(await lists.list('jana')).toHaveLength(1);
    expect((await add('jana', '31.15.10.7')).kind).toBe('added');
    expect(await lists.list('jana')).toHaveLength(1);
    expect(await lists.isLive('jana', id)).toBe(false);
    now = start;
  });

  test('a removed entry is live no more, and nobody removes another one’s', async () => {
    await add('rita', '31.15.10.7');
    const id = (await lists.match('rita', '31.15.10.7'))!;
    expect(await lists.isLive('petr', id)).toBe(false);
    expect(await lists.remove('petr', id)).toBeUndefined();
    expect(await lists.isLive('rita', id)).toBe(true);
    expect(await lists.remove('rita', id)).toMatchObject({ range: '31.15.10.7/32' });
    expect([await lists.isLive('rita', id), await lists.match('rita', '31.15.10.7')]).toEqual([
      false,
      undefined,
    ]);
    expect(await lists.remove('rita', id)).toBeUndefined();
  });

  test('remembers the last use, at most once an hour', async () => {
    await add('hana', '31.15.10.7');
    const used = async () => (await lists.list('hana'))[0]!.lastUsedAt;
    expect(await used()).toBeUndefined();
    await lists.match('hana', '31.15.10.7');
    expect(await used()).toBe(new Date(start).toISOString());
    now = start + 3_599_999;
    await lists.match('hana', '31.15.10.7');
    expect(await used()).toBe(new Date(start).toISOString());
    now = start + 3_600_000;
    await lists.match('hana', '31.15.10.7');
    expect(await used()).toBe(new Date(now).toISOString());
    now = start;
  });

  test('twenty entries and no more, also when two nodes add thirty at the same time (A17)', async () => {
    const other = createAddressLists(slowStore(store, 3), clock, rules);
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, n) => (n % 2 ? lists : other).add('mia', { range: `31.15.10.${n}` })),
    );
    expect(outcomes.filter(({ kind }) => kind === 'added')).toHaveLength(20);
    expect(
      outcomes.filter((outcome) => outcome.kind === 'refused' && outcome.problem === 'full'),
    ).toHaveLength(10);
    expect(await lists.list('mia')).toHaveLength(20);
  });

  test('entries that are over make room, the oldest first', async () => {
    for (let n = 0; n < 20; n += 1)
      await add('noe', `31.15.10.${n}`, n === 3 || n === 5 ? { endsAt: new Date(start + 1) } : {});
    now = start + 1;
    expect((await add('noe', '31.15.11.1')).kind).toBe('added');
    const ranges = (await lists.list('noe')).map(({ range }) => range);
    expect(ranges).not.toContain('31.15.10.3/32');
    expect(ranges).toContain('31.15.10.5/32');
    expect(ranges).toHaveLength(20);
    now = start;
  });
});

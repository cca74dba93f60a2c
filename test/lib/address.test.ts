// IP addresses and ranges: one spelling, exact ranges, reserved space.

import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createRangeSet,
  isSpecialUse,
  networkOf,
  normaliseAddress,
  parseRange,
} from '../../src/lib/address.ts';

describe('the one spelling of an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:C000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:0:0', '0.0.0.0'],
    ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['::192.0.2.7', '::c000:207'],
  ])('%s is %s', (text, expected) => expect(normaliseAddress(text)).toBe(expected));

  test.each([
    '',
    ' 192.0.2.7',
    '192.0.2.7 ',
    '192.0.2',
    '0300.0.2.7',
    '3221225991',
    '0xc0000207',
    '192.0.2.07',
    '１９２.0.2.7',
    '192.0.2.7:443',
    '[2001:db8::1]',
    '"192.0.2.7"',
    '192.0.2.7\0',
    '192.0.2.7%eth0',
    '1::2::3',
    'localhost',
  ])('%j is no address', (text) => expect(normaliseAddress(text)).toBeUndefined());

  test('normalising twice changes nothing, and any text is read or refused', () => {
    const texts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string());
    fc.assert(
      fc.property(texts, (text) => {
        const address = normaliseAddress(text);
        expect(address === undefined).toBe(isIP(text) === 0);
        if (address !== undefined) expect(normaliseAddress(address)).toBe(address);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('ranges', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['192.0.2.7/24', '192.0.2.0/24'],
    ['192.0.2.200/25', '192.0.2.128/25'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['2001:db8:1:2:3::/64', '2001:db8:1:2::/64'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
  ])('%s is read as %s', (text, expected) => expect(parseRange(text)?.text).toBe(expected));

  test.each([
    '',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/08',
    '192.0.2.0/-1',
    '192.0.2/24',
    '2001:db8::/129',
    '::ffff:0:0/8',
    '192.0.2.0/24/24',
    '192.0.2.0/255.255.255.0',
    'fe80::%eth0/64',
    'localhost',
    '192.0.2.0/24\n',
    '192.0.2.0-9',
  ])('%j is no range', (text) => expect(parseRange(text)).toBeUndefined());

  test('a set has the addresses of its ranges in any spelling, and no others', () => {
    const set = createRangeSet(['192.0.2.0/24', '2001:db8::/64', parseRange('198.51.100.7')!]);
    for (const address of [
      '192.0.2.255',
      '::ffff:192.0.2.1',
      '::ffff:c000:201',
      '2001:db8::ffff',
      '198.51.100.7',
    ]) {
      expect(set.has(address), address).toBe(true);
    }
    for (const address of [
      '192.0.3.0',
      '2001:db8:0:1::',
      '198.51.100.8',
      '',
      'x',
      '192.0.2.1:80',
      '192.0.2.01',
    ]) {
      expect(set.has(address), address).toBe(false);
    }
  });

  test('a wide IPv6 range holds no IPv4 address, and the other way round', () => {
    expect(createRangeSet(['::/0']).has('192.0.2.7')).toBe(false);
    expect(createRangeSet(['0.0.0.0/0']).has('2001:db8::1')).toBe(false);
  });

  test('an empty set has nothing, and text that is no range is refused', () => {
    expect(createRangeSet([]).has('192.0.2.7')).toBe(false);
    expect(() => createRangeSet(['10.0.0.0/8', 'intranet'])).toThrow(/"intranet"/);
  });

  test('every address is in its own network, and its network is a range', () => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(
        addresses,
        fc.integer({ min: 0, max: 32 }),
        fc.integer({ min: 0, max: 128 }),
        (address, v4, v6) => {
          const network = networkOf(address, { v4, v6 })!;
          expect(createRangeSet([network]).has(address)).toBe(true);
          expect(parseRange(network)?.text).toBe(network);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['192.0.2.7', '192.0.2.0/24'],
    ['::ffff:192.0.2.7', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['nonsense', undefined],
  ])('%s is in network %s', (address, expected) => {
    expect(networkOf(address, { v4: 24, v6: 64 })).toBe(expected);
  });

  test('neighbours of one /64 share a network, the next /64 does not', () => {
    const of = (address: string) => networkOf(address, { v4: 32, v6: 64 });
    expect(of('2001:db8:0:1::1')).toBe(of('2001:db8:0:1:ffff::2'));
    expect(of('2001:db8:0:2::1')).not.toBe(of('2001:db8:0:1::1'));
  });
});

describe('special-use addresses', () => {
  test.each(
    `0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1
     172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.7 192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 192.175.48.1
     198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
     :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:a00:1 ::ffff:0:127.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 100:0:0:1::1
     2001::1 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1 2002:808:808::1
     2620:4f:8000::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fdff::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1 8000::1
     nonsense 127.1 2130706433`.split(/\s+/),
  )('%s is special', (address) => expect(isSpecialUse(address)).toBe(true));

  test.each(
    `8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
     172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
     ::ffff:8.8.8.8 2001:200::1 2001:4860:4860::8888 2a00:1450::1 2606:4700::1111 2003::1 3ffe::1`.split(
      /\s+/,
    ),
  )('%s is public', (address) => expect(isSpecialUse(address)).toBe(false));
});

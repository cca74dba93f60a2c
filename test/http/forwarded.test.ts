// The two list headers of proxies, well formed and not.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readForwarded, readForwardedFor } from '../../src/http/forwarded.ts';

const none = undefined;

describe('Forwarded (RFC 7239)', () => {
  test.each([
    ['for=192.0.2.7', ['192.0.2.7']],
    ['For="192.0.2.7:443"', ['192.0.2.7']],
    ['for="[2001:db8::1]"', ['2001:db8::1']],
    ['for="[2001:DB8::1]:4711";proto=https;by=203.0.113.43', ['2001:db8::1']],
    ['for=192.0.2.7;by=_proxy, for=198.51.100.1', ['192.0.2.7', '198.51.100.1']],
    ['proto=https; for=192.0.2.7 ,\tfor=198.51.100.1', ['192.0.2.7', '198.51.100.1']],
    [String.raw`for="192.0.2\.7"`, ['192.0.2.7']],
    ['for=unknown, for=_hidden, for=192.0.2.7', [none, none, '192.0.2.7']],
    ['proto=https', [none]],
    ['by="for=192.0.2.7, for=192.0.2.8"', [none]],
    ['for="2001:db8::1"', [none]],
    ['for="[192.0.2.7]"', [none]],
    ['for="192.0.2.7:_port"', ['192.0.2.7']],
    ['for=0300.0.2.7', [none]],
    ['for=""', [none]],
  ])('%s', (value, expected) => expect(readForwarded(value)).toEqual(expected));

  test.each([
    '',
    ',',
    'for',
    'for=',
    '192.0.2.7',
    'for=192.0.2.7,',
    'for=192.0.2.7;',
    ',for=192.0.2.7',
    'for = 192.0.2.7',
    'for=[2001:db8::1]',
    'for=192.0.2.7:443',
    'for="192.0.2.7',
    'for=192.0.2.7;for=192.0.2.8',
    'for=a b',
  ])('%j is malformed as a whole', (value) => expect(readForwarded(value)).toBeUndefined());
});

describe('X-Forwarded-For', () => {
  test('ports are read only when the proxy writes them', () => {
    const value = '192.0.2.7:443, [2001:db8::1]:443, 2001:db8::2, [2001:db8::3], 192.0.2.8';
    expect(readForwardedFor(value, true)).toEqual([
      '192.0.2.7',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8::3',
      '192.0.2.8',
    ]);
    expect(readForwardedFor(value, false)).toEqual([none, none, '2001:db8::2', none, '192.0.2.8']);
  });
});

test('any value is read or refused, never an error', () => {
  const values = fc.oneof(fc.string(), fc.stringMatching(/^(for=|by="|;|,| |"|\\|\[|\]|[0-9a-f:.])*$/));
  fc.assert(
    fc.property(values, fc.boolean(), (value, ports) => {
      readForwarded(value);
      readForwardedFor(value, ports);
    }),
    { numRuns: 1000 },
  );
});

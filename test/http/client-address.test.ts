// The client address by every header trick of security.md 1.8.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ClientAddress,
  type ClientAddressOptions,
  createClientAddress,
} from '../../src/http/client-address.ts';
import { createRangeSet } from '../../src/lib/address.ts';
import { requestOf as request, type Line } from '../support/raw-lines.ts';

const listed = '192.0.2.7';
const attacker = '203.0.113.9';
const inner = '10.0.0.1';
const outer = '10.0.0.2';
const unknown = `unknown via ${inner}`;

const create = (options: Partial<ClientAddressOptions> = {}) =>
  createClientAddress({
    trustedProxies: createRangeSet([inner, outer]),
    trustUnixSocket: false,
    header: 'x-forwarded-for',
    maxHops: 2,
    allowPorts: false,
    ...options,
  });

const say = (found: ClientAddress): string =>
  found.kind === 'known' ? found.address : `unknown via ${found.via}`;
const find = (
  peer: string | undefined,
  lines: readonly Line[],
  options: Partial<ClientAddressOptions> = {},
) => say(create(options).resolve(request(peer, lines)));

const xff = (value: string): Line => ['X-Forwarded-For', value];
const forwarded = (value: string): Line => ['Forwarded', value];

/** What an attacker sends in the hope to be taken for the listed address. */
const forgeries: readonly (readonly Line[])[] = [
  [xff(listed)],
  [xff(`${listed}, ${attacker}`)],
  [xff(`${attacker}, ${listed}`)],
  [xff(listed), xff(listed)],
  [xff(`${listed}:443`)],
  [xff(` ${listed}`)],
  [xff(`"${listed}"`)],
  [xff(`${listed}\0`)],
  [xff('0300.0.2.7')],
  [xff('3221225991')],
  [xff('::ffff:192.0.2.7')],
  [xff('::ffff:c000:207')],
  [xff('::192.0.2.7')],
  [xff('192.0.2.7%eth0')],
  [xff('')],
  [xff(',')],
  [xff(`${inner}, ${outer}`)],
  ...'X-Real-IP True-Client-IP CF-Connecting-IP X-Client-IP X-Cluster-Client-IP X-Originating-IP Client-IP Via'
    .split(' ')
    .map((name): Line[] => [[name, listed]]),
  [['x-fOrWaRdEd-fOr', listed]],
  [['X_Forwarded_For', listed]],
  [['X-Forwarded', `for=${listed}`]],
];

/** The same by `Forwarded`, which a proxy that writes X-Forwarded-For passes on: then nobody knows. */
const rivals: readonly Line[] = [
  forwarded(`for=${listed}`),
  forwarded(`for="[2001:db8::1]", for=${listed};by=10.0.0.1`),
  forwarded('for=_x'),
  forwarded('for=unknown'),
  forwarded('nonsense'),
];

const spelling = (lines: readonly Line[]): string =>
  lines.map((line) => JSON.stringify(line.join(': '))).join(' + ');

describe('a forged header never makes the listed address', () => {
  test.each(
    [...forgeries, ...rivals.map((line) => [line])].map((lines) => [spelling(lines), lines] as const),
  )('direct, with a proxy configured: %s', (_name, lines) => {
    expect(find(attacker, lines)).toBe(attacker);
    expect(find(attacker, lines, { header: 'forwarded', allowPorts: true })).toBe(attacker);
    expect(find(attacker, lines, { trustedProxies: createRangeSet([]) })).toBe(attacker);
  });

  test.each(forgeries.map((lines) => [spelling(lines), lines] as const))(
    'behind one proxy, that appends to the line or adds one: %s',
    (_name, lines) => {
      expect(find(inner, [...lines, xff(attacker)])).toBe(attacker);
      const appended = lines.map(([name, value]): Line => [name, `${value}, ${attacker}`]);
      if (lines.at(-1)![0] === 'X-Forwarded-For') expect(find(inner, appended)).toBe(attacker);
    },
  );

  test.each(forgeries.map((lines) => [spelling(lines), lines] as const))(
    'behind two proxies: %s',
    (_name, lines) => {
      expect(find(inner, [...lines, xff(attacker), xff(outer)])).toBe(attacker);
      expect(find(inner, [...lines, xff(`${attacker}, ${outer}`)])).toBe(attacker);
    },
  );

  test.each(rivals)('behind proxies, with the header they do not write: %s: %s', (...line) => {
    expect(find(inner, [line, xff(attacker)])).toBe(unknown);
    expect(find(inner, [line, xff(`${attacker}, ${outer}`)])).toBe(unknown);
  });

  test.each(['X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP'])(
    'a vendor header %s that is not configured',
    (name) => {
      expect(find(inner, [[name, listed]])).toBe(unknown);
    },
  );
});

describe('a trusted proxy is believed', () => {
  test.each<[string, readonly Line[], Partial<ClientAddressOptions>]>([
    ['one proxy', [xff(listed)], {}],
    ['two proxies', [xff(`${listed}, ${outer}`)], {}],
    ['two proxies, a line each', [xff(listed), xff(outer)], {}],
    ['spaces and tabs', [xff(`\t${listed} ,\t${outer} `)], {}],
    ['a mapped address', [xff('::ffff:192.0.2.7')], {}],
    ['a mapped address in hexadecimal', [xff('::ffff:c000:207')], {}],
    ['a port, where the proxy writes them', [xff(`${listed}:443`)], { allowPorts: true }],
    ['what the client claimed before it', [xff(`nonsense, ${attacker}, ${listed}, ${outer}`)], {}],
    ['both headers, agreeing', [xff(listed), forwarded(`for=${listed}`)], {}],
    ['Forwarded', [forwarded(`for=${listed};proto=https;by=${inner}`)], { header: 'forwarded' }],
    ['Forwarded, two proxies', [forwarded(`for=_x, for=${listed}, for=${outer}`)], { header: 'Forwarded' }],
    ['a vendor header', [['CF-Connecting-IP', listed], xff(attacker)], { header: 'CF-Connecting-IP' }],
    ['a vendor header nobody knows', [['X-Hoster-Client', listed]], { header: 'x-hoster-client' }],
  ])('%s', (_name, lines, options) => expect(find(inner, lines, options)).toBe(listed));

  test('IPv6 addresses are told apart exactly', () => {
    expect(find(inner, [xff('2001:DB8:0:1:0::1')])).toBe('2001:db8:0:1::1');
    expect(find('::ffff:10.0.0.1', [xff('2001:db8::1')])).toBe('2001:db8::1');
    expect(find('fe80::1%eth0', [xff(listed)])).toBe('fe80::1');
  });
});

describe('what a trusted proxy cannot have meant is unknown', () => {
  test.each<[string, readonly Line[], Partial<ClientAddressOptions>]>([
    ['no header, as after Connection: X-Forwarded-For', [], {}],
    ['an empty header', [xff('')], {}],
    ['only our own proxies', [xff(`${outer}, ${inner}`)], {}],
    ['one proxy too many', [xff(`${listed}, ${outer}, ${outer}`)], {}],
    ['a second proxy where one is the limit', [xff(`${listed}, ${outer}`)], { maxHops: 1 }],
    ['an entry that is no address', [xff(`${listed}, nonsense`)], {}],
    ['an entry that is no address, before a proxy', [xff(`${listed}, nonsense, ${outer}`)], {}],
    ['an empty entry', [xff(`${listed},`)], {}],
    ['a port nobody announced', [xff(`${listed}:443`)], {}],
    ['a quoted address', [xff(`"${listed}"`)], {}],
    ['a zone on IPv4', [xff(`${listed}%eth0`)], {}],
    ['a NUL', [xff(`${listed}\0`)], {}],
    ['a no-break space', [xff(`\u00a0${listed}`)], {}],
    ['an octal form', [xff('0300.0.2.7')], {}],
    ['a number', [xff('3221225991')], {}],
    ['21 entries', [xff(`${`${attacker}, `.repeat(20)}${listed}`)], {}],
    ['10 000 entries', [xff(`${`${attacker}, `.repeat(10_000)}${listed}`)], {}],
    ['more than 1 kB', [xff(`${' '.repeat(1024)}${listed}`)], {}],
    ['a header spelt with underscores', [['X_Forwarded_For', listed]], {}],
    ['a hidden Forwarded entry', [forwarded('for=_x')], { header: 'forwarded' }],
    ['an unknown Forwarded entry', [forwarded('for=unknown')], { header: 'forwarded' }],
    ['a malformed Forwarded', [forwarded(`for="x, for=${listed}`)], { header: 'forwarded' }],
    ['a rival of Forwarded', [forwarded(`for=${listed}`), xff(attacker)], { header: 'forwarded' }],
    [
      'a vendor header twice',
      [
        ['X-Real-IP', attacker],
        ['X-Real-IP', listed],
      ],
      { header: 'x-real-ip' },
    ],
    ['a vendor header with a list', [['X-Real-IP', `${attacker}, ${listed}`]], { header: 'x-real-ip' }],
    ['a vendor header that names a proxy', [['X-Real-IP', outer]], { header: 'x-real-ip' }],
  ])('%s', (_name, lines, options) => expect(find(inner, lines, options)).toBe(unknown));

  test('any header from anyone gives an answer, never an error', () => {
    const value = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.,;="[\] %]*$/), fc.ipV4(), fc.ipV6());
    const name = fc.constantFrom(
      'X-Forwarded-For',
      'Forwarded',
      'X-Real-IP',
      'x_forwarded_for',
      'X-Forwarded-Proto',
    );
    const peer = fc.constantFrom(inner, outer, attacker, undefined, 'nonsense');
    fc.assert(
      fc.property(peer, fc.array(fc.tuple(name, value)), fc.boolean(), (from, lines, allowPorts) => {
        const found = find(from, lines, { allowPorts });
        if (from === attacker) expect(found).toBe(attacker);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('who has no address', () => {
  const unixServer = { address: () => '/run/vratny.sock' };
  const resolve = (server: unknown, trustUnixSocket: boolean, lines = [xff(listed)]) =>
    say(create({ trustUnixSocket }).resolve(request(undefined, lines, server)));

  test('a unix socket is a proxy when the operator says so', () => {
    expect(resolve(unixServer, true)).toBe(listed);
    expect(resolve(unixServer, true, [])).toBe('unknown via unix');
    expect(resolve(unixServer, false)).toBe('unknown via unix');
  });

  test('a TCP peer that has hung up is no unix socket', () => {
    expect(resolve({ address: () => ({ address: '::', port: 80 }) }, true)).toBe('unknown via unix');
    expect(resolve({ address: () => null }, true)).toBe('unknown via unix');
    expect(resolve(undefined, true)).toBe('unknown via unix');
    const failing = {
      address() {
        throw new Error('EINVAL');
      },
    };
    expect(resolve(failing, true)).toBe('unknown via unix');
  });
});

describe('nothing behind it reads a forwarding header', () => {
  const lines: Line[] = [
    ['Host', 'id.example'],
    ...'X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Prefix X_Forwarded_Host Forwarded'
      .split(' ')
      .map((name): Line => [name, listed]),
    ...'X-Real-IP True-Client-IP CF-Connecting-IP X-Client-IP X-Cluster-Client-IP X-Originating-IP Client-IP X-Hoster'
      .split(' ')
      .map((name): Line => [name, listed]),
    ['Cookie', 'a=b'],
  ];

  test.each([attacker, inner])('all are gone from every view of a request from %s', (peer) => {
    const req = request(peer, lines);
    create({ header: 'x-hoster' }).resolve(req);
    expect(req.rawHeaders).toEqual(['Host', 'id.example', 'Cookie', 'a=b']);
    expect(Object.keys(req.headers)).toEqual(['host', 'cookie']);
    expect(Object.keys(req.headersDistinct)).toEqual(['host', 'cookie']);
  });

  test('those of a stranger are counted, those of a proxy are not', () => {
    expect(create().resolve(request(attacker, [...lines, xff(listed)])).ignoredHeaders).toBe(15);
    expect(create().resolve(request(inner, [xff(listed)])).ignoredHeaders).toBe(0);
  });

  test('asking twice gives the same frozen answer', () => {
    const client = create();
    const req = request(inner, [xff(listed)]);
    const first = client.resolve(req);
    expect(client.resolve(req)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  test('the scheme is told by a proxy only', () => {
    const proto: Line = ['X-Forwarded-Proto', 'https'];
    expect(create().resolve(request(inner, [xff(listed), proto])).scheme).toBe('https');
    expect(create().resolve(request(attacker, [xff(listed), proto])).scheme).toBeUndefined();
    expect(create().resolve(request(inner, [xff(listed), proto, proto])).scheme).toBeUndefined();
  });
});

// The forwarding headers as proxies write them by their own manuals, and the examples of RFC 7239. What nginx and Apache
// really send is in real-proxy.test.ts.

import { expect, test } from 'vitest';
import {
  type ClientAddress,
  type ClientAddressOptions,
  createClientAddress,
} from '../../src/http/client-address.ts';
import { createRangeSet } from '../../src/lib/address.ts';
import { requestOf, type Line } from '../support/raw-lines.ts';

const person = '198.51.100.23';
const person6 = '2001:db8:cafe::17';
const claimed = '192.0.2.7';
const proxy = '10.0.0.1';
const unknown = `unknown via ${proxy}`;

const say = (found: ClientAddress): string =>
  found.kind === 'known' ? found.address : `unknown via ${found.via}`;
const create = (options: Partial<ClientAddressOptions> = {}) =>
  createClientAddress({
    trustedProxies: createRangeSet([proxy, '10.0.0.2', '2001:db8:a::/48']),
    trustUnixSocket: false,
    header: 'x-forwarded-for',
    maxHops: 5,
    allowPorts: false,
    ...options,
  });

const xff = (value: string): Line => ['X-Forwarded-For', value];
const forwarded = (value: string): Line => ['Forwarded', value];
const ports = { allowPorts: true };
const byForwarded = { header: 'forwarded' };

test.each<[string, readonly Line[], Partial<ClientAddressOptions>, string]>([
  // proxy_set_header X-Forwarded-For $remote_addr, and $proxy_add_x_forwarded_for
  ['nginx, that sets', [xff(person), ['X-Real-IP', person]], {}, person],
  ['nginx, that adds', [xff(`${claimed}, ${person}`)], {}, person],
  ['nginx, that adds, behind a CDN', [xff(`${claimed}, ${person}, 10.0.0.2`)], {}, person],
  ['nginx on a unix socket', [xff(`${claimed}, unix:`)], {}, unknown],
  ['nginx without the setting', [], {}, unknown],
  // option forwardfor: a line of its own, after whatever was there
  ['HAProxy, forwardfor', [xff(claimed), ['x-forwarded-for', person]], {}, person],
  ['HAProxy, forwardfor if-none', [xff(person6)], {}, person6],
  // option forwarded
  ['HAProxy, forwarded', [forwarded(`proto=https;for=${person}`)], byForwarded, person],
  [
    'HAProxy, forwarded, after a line of the client',
    [forwarded(`for=${claimed}`), ['forwarded', `proto=https;for=${person}`]],
    byForwarded,
    person,
  ],
  ['HAProxy, for and for_port', [forwarded(`for="[${person6}]:50123"`)], byForwarded, person6],
  ['HAProxy, forwarded hidden', [forwarded('proto=http;for=_hidden')], byForwarded, unknown],
  // mod_proxy_http: merged into one line, with two more of its own
  [
    'Apache',
    [xff(`${claimed}, ${person}`), ['X-Forwarded-Host', 'id.example'], ['X-Forwarded-Server', 'web1']],
    {},
    person,
  ],
  ['Apache, two in a row', [xff(`${person}, 10.0.0.2`)], {}, person],
  // reverse_proxy: sets, and adds only behind those it trusts
  [
    'Caddy',
    [xff(person), ['X-Forwarded-Host', 'id.example'], ['X-Forwarded-Proto', 'https'], ['Via', '1.1 Caddy']],
    {},
    person,
  ],
  ['Caddy, trusting another', [xff(`${person6}, 2001:db8:a::2`)], {}, person6],
  // what writes ports
  ['Azure Application Gateway', [xff(`${claimed}:1, ${person}:50123`)], ports, person],
  ['AWS, client port preserved, IPv6', [xff(`[${person6}]:50123`)], ports, person6],
  ['IIS, a port nobody announced', [xff(`${person}:50123`)], {}, unknown],
  ['IIS, IPv6 with a port nobody announced', [xff(`[${person6}]:50123`)], {}, unknown],
  // Squid with forwarded_for off, and privacy gateways
  ['Squid, off', [xff('unknown')], {}, unknown],
  ['Squid, on, behind what hides', [xff(`unknown, ${person}`)], {}, person],
  // the examples of RFC 7239
  ['RFC 7239 §4: hidden', [forwarded('for="_gazonk"')], byForwarded, unknown],
  ['RFC 7239 §4: IPv6 and port', [forwarded('For="[2001:db8:cafe::17]:4711"')], byForwarded, person6],
  [
    'RFC 7239 §4: all parameters',
    [forwarded('for=192.0.2.60;proto=http;by=203.0.113.43')],
    byForwarded,
    '192.0.2.60',
  ],
  ['RFC 7239 §4: two', [forwarded('for=192.0.2.43, for=198.51.100.17')], byForwarded, '198.51.100.17'],
  [
    'RFC 7239 §5.3: host',
    [forwarded(`for=${person};host="id.example:8443";proto=https`)],
    byForwarded,
    person,
  ],
  ['RFC 7239 §6.3: hidden, then told', [forwarded(`for=_SEVKISEK, for=${person}`)], byForwarded, person],
  ['RFC 7239 §6.3: hidden last', [forwarded(`for=${claimed}, for=_SEVKISEK`)], byForwarded, unknown],
  ['RFC 7239 §6.3: hidden port', [forwarded(`for="${person}:_http"`)], byForwarded, person],
  [
    'RFC 7239 §7.1: over lines',
    [forwarded(`for=${claimed}`), forwarded(`for=${person}, for=10.0.0.2`)],
    byForwarded,
    person,
  ],
  ['RFC 7239 §7.4: unknown', [forwarded(`for=${claimed}, for=unknown`)], byForwarded, unknown],
  ['RFC 7239 §7.4: both headers, agreeing', [xff(person6), forwarded(`for="[${person6}]"`)], {}, person6],
])('%s', (_name, lines, options, expected) =>
  expect(say(create(options).resolve(requestOf(proxy, lines)))).toBe(expected),
);

// Forged addresses against the list of trusted ones (S70, security.md 1.8): whatever a stranger writes into headers,
// the second factor is asked, and the history tells where they really are. Over real sockets: to the provider itself,
// through one proxy and through two. Where an address comes from has nothing to do with the storage, so one is enough.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { IGNORED_FORWARDING, readMetrics } from '../../src/cli/metrics.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { metricsText } from '../../src/http/metrics.ts';
import { rawRequest } from '../support/raw-request.ts';
import { openReverseProxy, type ReverseProxy } from '../support/reverse-proxy.ts';
import { turnOnTotp } from '../support/second-factor.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';

/** Listed. */
const L = '31.15.10.7';
/** Where the attacker is. */
const A = '81.2.69.142';
const OTHER = '8.8.8.8';
const [octal, decimal] = ['037.017.012.07', String(((31 * 256 + 15) * 256 + 10) * 256 + 7)];

/** What the provider makes of it behind a proxy: the attacker's own address, none, or a refusal of the request. */
type Seen = 'true' | 'unknown' | 'refused';

// prettier-ignore
const forgeries: readonly [name: string, lines: readonly string[], behindProxy: Seen][] = [
  ['the listed address',         [`X-Forwarded-For: ${L}`],                             'true'],
  ['before another',             [`X-Forwarded-For: ${L}, ${OTHER}`],                   'true'],
  ['after another',              [`X-Forwarded-For: ${OTHER}, ${L}`],                   'true'],
  ['two lines',                  [`X-Forwarded-For: ${L}`, `X-Forwarded-For: ${OTHER}`], 'true'],
  ['two lines, the other way',   [`X-Forwarded-For: ${OTHER}`, `X-Forwarded-For: ${L}`], 'true'],
  ['with a port',                [`X-Forwarded-For: ${L}:443`],                         'true'],
  ['with spaces',                [`X-Forwarded-For:    ${L}   `],                       'true'],
  ['quoted',                     [`X-Forwarded-For: "${L}"`],                           'true'],
  ['with a NUL',                 [`X-Forwarded-For: ${L}\0`],                           'refused'],
  ['octal',                      [`X-Forwarded-For: ${octal}`],                         'true'],
  ['decimal',                    [`X-Forwarded-For: ${decimal}`],                       'true'],
  ['mapped to IPv6',             [`X-Forwarded-For: ::ffff:${L}`],                      'true'],
  ['mapped, in hexadecimal',     ['X-Forwarded-For: ::ffff:1f0f:a07'],                  'true'],
  ['compatible with IPv6',       [`X-Forwarded-For: ::${L}`],                           'true'],
  ['with a zone',                [`X-Forwarded-For: ${L}%eth0`],                        'true'],
  ['the proxy itself at the end', [`X-Forwarded-For: ${L}, 127.0.0.1`],                 'true'],
  ['Forwarded',                  [`Forwarded: for=${L}`],                               'unknown'],
  ['Forwarded, the second one',  [`Forwarded: for="[2001:db8::1]", for=${L};by=${A}`],  'unknown'],
  ['Forwarded, both',            [`Forwarded: for=${L}`, `X-Forwarded-For: ${L}`],      'unknown'],
  ['Forwarded, hidden',          ['Forwarded: for=_x'],                                 'unknown'],
  ['Forwarded, unknown',         ['Forwarded: for=unknown'],                            'unknown'],
  ...['X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'X-Originating-IP',
    'Client-IP', 'Via', 'X-FORWARDED-FOR', 'x-forwarded-for', 'X_Forwarded_For', 'X-Forwarded-For-Original', 'X-Forwarded'].map(
    (name) => [name, [`${name}: ${L}`], 'true'] as [string, string[], Seen]),
  ['many entries',               [`X-Forwarded-For: ${`${L}, `.repeat(60)}${L}`],       'unknown'],
  ['ten thousand entries',       [`X-Forwarded-For: ${`${L}, `.repeat(10_000)}${L}`],   'refused'],
  ['an empty value',             ['X-Forwarded-For:'],                                  'true'],
  ['the header dropped',         [`X-Forwarded-For: ${L}`, 'Connection: X-Forwarded-For, close'], 'unknown'],
  ['dropped, and another',       [`X-Real-IP: ${L}`, `Forwarded: for=${L}`, 'Connection: close, X-Forwarded-For'], 'unknown'],
];

describe('where a request comes from', () => {
  let direct: World;
  let proxied: World;
  const proxies: ReverseProxy[] = [];
  const clients = new Map<World, IssuedClient>();
  const ports: Record<string, number> = {};
  let seenByEdge = A;
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    // The proxy that the first one expects is elsewhere: who connects here is nobody it knows.
    direct = await openWorld({ env: { VRATNY_TRUSTED_PROXIES: '10.0.0.1' } });
    proxied = await openWorld({ env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' } });
    for (const world of [direct, proxied]) clients.set(world, await world.createClient());
    const edge = await openReverseProxy(proxied.port, () => seenByEdge);
    const inner = await openReverseProxy(proxied.port, () => '127.0.0.1');
    const outer = await openReverseProxy(inner.port, () => seenByEdge);
    proxies.push(edge, outer, inner);
    Object.assign(ports, { one: edge.port, two: outer.port });
  });
  afterAll(async () => {
    vi.useRealTimers();
    for (const proxy of proxies) await proxy.close();
    await Promise.all([direct.close(), proxied.close()]);
  });

  /**
   * Sends a wrong password and then the right one of somebody who trusts `listed`, with lines of the sender's own.
   * What the last answer was, and where the history says that the wrong one came from.
   */
  async function signIn(world: World, port: number, lines: readonly string[], listed = L) {
    // So many wrong passwords from one address would be slowed down; two hours later they are forgotten.
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    const { id, email } = await world.createAccount();
    await turnOnTotp(world.core, id);
    expect((await world.core.addressLists.add(id, { range: listed })).kind).toBe('added');
    const browser = await world.browser().open(world.authorizeUrl(clients.get(world)!));
    const { pathname } = new URL(browser.url);
    const { csrf = '' } = browser.forms[0]!.fields;
    const send = (password: string) => {
      const body = new URLSearchParams({ csrf, login: email, password }).toString();
      return rawRequest(port, [
        `POST ${pathname} HTTP/1.1`,
        `Host: ${new URL(world.issuer).host}`,
        `Origin: ${world.issuer}`,
        `Cookie: ${browser.cookieHeader(pathname)}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...lines,
        ...(lines.some((line) => /^connection:/i.test(line)) ? [] : ['Connection: close']),
        '',
        body,
        // Too much of it is answered by hanging up.
      ]).catch(() => ({ status: 0, headers: new Map<string, string>() }));
    };
    const wrong = await send('not the right one');
    const right = await send(PASSWORD);
    for (const { status } of [wrong, right]) expect(status).toBeLessThan(500);
    const [entry] = (await world.core.history.list(id, { filter: 'refused', limit: 5 })).entries;
    const line = world.logs.find(
      ({ request, message }) => message === 'request' && request === wrong.headers.get('x-request-id'),
    );
    return {
      status: right.status,
      asked: (right.headers.get('location') ?? '').endsWith('/totp'),
      history: entry && { reason: entry.doc.reason, address: entry.doc.address },
      logged: line && [line['address'], line['via']],
    };
  }

  const refused = { asked: false, history: undefined, logged: undefined };
  const asked = (address: string | undefined) => ({
    status: 303,
    asked: true,
    history: { reason: 'wrong_password', ...(address === undefined ? {} : { address }) },
    // Whoever cannot be told is not blamed on the proxy, but the proxy is named: it is what has to be set right.
    logged: address === undefined ? ['unknown', '127.0.0.1'] : [address, undefined],
  });
  const spared = (address: string) => ({ ...asked(address), asked: false });

  const expectedOf = (seen: Seen, address: string) =>
    seen === 'refused' ? refused : asked(seen === 'true' ? address : undefined);

  test.for(forgeries)('direct: %s', async ([, lines, seen]) => {
    expect(await signIn(direct, direct.port, lines)).toMatchObject(
      expectedOf(seen === 'refused' ? seen : 'true', '127.0.0.1'),
    );
  });

  test('a proxy that nobody has named is counted, and told in the log once', async () => {
    const told = (world: World) =>
      world.logs.filter(({ message }) => message.includes('name it in VRATNY_TRUSTED_PROXIES'));
    const before = direct.app.ignoredForwarding();
    for (let time = 0; time < 2; time += 1)
      await fetch(`${direct.issuer}/health/live`, { headers: { 'x-forwarded-for': L } });
    await fetch(`${proxied.issuer}/health/live`, { headers: { 'x-forwarded-for': L } });
    expect(direct.app.ignoredForwarding()).toBe(before + 2);
    expect(told(direct)).toMatchObject([{ level: 'warn', peer: '127.0.0.1' }]);
    expect([proxied.app.ignoredForwarding(), told(proxied)]).toEqual([0, []]);
    const text = metricsText(await readMetrics(direct.core, direct.app));
    expect(text).toContain(`\n${IGNORED_FORWARDING} ${before + 2}\n`);
  });

  test.for(forgeries)('behind one proxy: %s', async ([, lines, seen]) => {
    expect(await signIn(proxied, ports['one']!, lines)).toMatchObject(expectedOf(seen, A));
  });

  test.for(forgeries)('behind two proxies: %s', async ([, lines, seen]) => {
    expect(await signIn(proxied, ports['two']!, lines)).toMatchObject(expectedOf(seen, A));
  });

  // prettier-ignore
  test.for<[name: string, edgeSees: string, listed: string, isSpared: boolean, shown?: string]>([
    ['the listed address',                  L,                       L,                      true],
    ['the listed address, mapped to IPv6',  `::ffff:${L}`,           L,                      true,  L],
    ['an address in a listed range',        '31.15.10.200',          '31.15.10.0/24',        true],
    ['an address beside it',                '31.15.10.8',            L,                      false],
    ['an address beside the range',         '31.15.11.7',            '31.15.10.0/24',        false],
    ['a neighbour in the listed /64',       '2a02:8308:1:2:ffff::9', '2a02:8308:1:2::/64',   true],
    ['a neighbour of a listed address',     '2a02:8308:1:2::9',      '2a02:8308:1:2::5',     false],
    ['a neighbour in the next /64',         '2a02:8308:1:3::9',      '2a02:8308:1:2::/64',   false],
  ])('the real ones: %s', async ([, edgeSees, listed, isSpared, shown = edgeSees]) => {
    seenByEdge = edgeSees;
    try {
      for (const port of [ports['one']!, ports['two']!]) {
        // What the person's own headers say changes nothing for them either.
        for (const lines of [[], [`X-Forwarded-For: ${OTHER}`]])
          expect(await signIn(proxied, port, lines, listed)).toMatchObject(isSpared ? spared(shown) : asked(shown));
      }
    } finally {
      seenByEdge = A;
    }
  });
});

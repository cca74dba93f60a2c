// The client address behind real proxies: what nginx and Apache make of forged headers, and what we make of that
// (security.md 1.8).

import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClientAddress } from '../../src/http/client-address.ts';
import { createRangeSet } from '../../src/lib/address.ts';
import { hasSix, isInstalled, proxyNames, startProxy } from '../support/real-proxy.ts';

/** The proxies connect from 127.0.0.1; these are clients to them. */
const HERE = '127.0.0.2';
const HERE_BY_SIX = '::1';
const LISTED = '192.0.2.7';

// prettier-ignore
const forgeries: readonly (readonly string[])[] = [
  [],
  [`X-Forwarded-For: ${LISTED}`],
  [`X-Forwarded-For: ${LISTED}, 127.0.0.1`],
  [`X-Forwarded-For: ${LISTED}`, 'X-Forwarded-For: 127.0.0.1'],
  [`X-Forwarded-For: ${LISTED}`, `x-forwarded-for: ${LISTED}`, `X-FORWARDED-FOR: ${LISTED}`],
  ['X-Forwarded-For: "[2001:db8::1]:443"'],
  ['X-Forwarded-For: unknown, _hidden'],
  ['X-Forwarded-For:'],
  ['X-Forwarded-For: ,,'],
  [`X_Forwarded_For: ${LISTED}`, `X-Real-IP: ${LISTED}`, `True-Client-IP: ${LISTED}`],
  [`X-Forwarded-For: ${LISTED}`, 'Connection: X-Forwarded-For, close'],
  [`X-Forwarded-For: ${LISTED}`, 'Connection: close, x-forwarded-for, X-Forwarded-Proto'],
  // Nobody knows who has written the other one: then there is no address at all.
  [`Forwarded: for=${LISTED}`],
  ['Forwarded: for="[2001:db8::1]:443"', 'Forwarded: for=unknown;by=_proxy'],
];

describe.each(proxyNames)('%s', (name) => {
  describe.skipIf(!isInstalled(name))('in front of us', () => {
    let server: Server;
    let proxy: Awaited<ReturnType<typeof startProxy>>;
    beforeAll(async () => {
      const client = createClientAddress({
        trustedProxies: createRangeSet(['127.0.0.1']),
        trustUnixSocket: false,
        header: 'x-forwarded-for',
        maxHops: 5,
        allowPorts: false,
      });
      server = createServer((req, res) => {
        const found = client.resolve(req);
        res.end(`${found.kind === 'known' ? found.address : 'unknown'} ${found.scheme ?? ''}`);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
      proxy = await startProxy(name, (server.address() as AddressInfo).port);
    });
    afterAll(async () => {
      await proxy.stop();
      server.close();
    });

    /** What we found of a request with these lines that comes from an address of this machine. */
    async function ask(from: string, lines: readonly string[]): Promise<string> {
      const socket = connect({
        port: proxy.port,
        localAddress: from,
        host: from === HERE ? '127.0.0.1' : '::1',
      });
      const close = lines.some((line) => line.startsWith('Connection:')) ? [] : ['Connection: close'];
      socket.write(['GET / HTTP/1.1', 'Host: localhost', ...lines, ...close, '', ''].join('\r\n'));
      const [, body = ''] = (await text(socket)).split('\r\n\r\n');
      // Some of them in chunks.
      return /\S+ (https?)?$/m.exec(body)?.[0] ?? '';
    }

    test('it tells the scheme', async () => {
      expect(await ask(HERE, ['X-Forwarded-Proto: https'])).toBe(`${HERE} http`);
    });

    test.each(hasSix ? [HERE, HERE_BY_SIX] : [HERE])('from %s nobody is at another address', async (from) => {
      for (const lines of forgeries) {
        const isRival = lines.some((line) => line.startsWith('Forwarded:'));
        const [address] = (await ask(from, lines)).split(' ');
        expect([lines, address]).toEqual([lines, isRival ? 'unknown' : from]);
      }
    });
  });
});

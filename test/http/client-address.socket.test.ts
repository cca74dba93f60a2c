// The client address over real sockets, with and without a proxy.

import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import {
  type ClientAddress,
  type ClientAddressOptions,
  createClientAddress,
} from '../../src/http/client-address.ts';
import { createRangeSet } from '../../src/lib/address.ts';
import { randomToken } from '../../src/lib/random.ts';

const listed = '192.0.2.7';
const attacker = '203.0.113.9';

const say = (found: ClientAddress): string =>
  found.kind === 'known' ? found.address : `unknown via ${found.via}`;

describe('the client address over a real socket', () => {
  /** Sends raw bytes to a server behind the resolver; what it found and still sees. */
  async function send(
    head: string,
    options: Partial<ClientAddressOptions> = {},
    path?: string,
  ): Promise<string> {
    const client = createClientAddress({
      trustedProxies: createRangeSet(['127.0.0.1']),
      trustUnixSocket: false,
      header: 'x-forwarded-for',
      maxHops: 2,
      allowPorts: false,
      ...options,
    });
    const server = createServer((req, res) => {
      const found = say(client.resolve(req));
      const left = [...req.rawHeaders, ...Object.keys(req.headers), ...Object.keys(req.headersDistinct)];
      res.end(`${found}|${left.filter((name) => /forward|real-ip/i.test(name)).join()}`);
    });
    const port = await new Promise<number>((resolve) => {
      if (path === undefined)
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      else server.listen(path, () => resolve(0));
    });
    try {
      const socket = path === undefined ? connect(port, '127.0.0.1') : connect(path);
      socket.write(`${head}Connection: close\r\n\r\n`, 'latin1');
      const answer = await text(socket);
      return answer.startsWith('HTTP/1.1 200 ')
        ? answer.slice(answer.indexOf('\r\n\r\n') + 4)
        : answer.slice(9, 12);
    } finally {
      server.close();
    }
  }
  const get = 'GET / HTTP/1.1\r\nHost: id.example\r\n';
  const stranger = { trustedProxies: createRangeSet([]) };

  test.each<[string, string, Partial<ClientAddressOptions>, string]>([
    ['a proxied request', `${get}X-Forwarded-For: ${listed}\r\n`, {}, `${listed}|`],
    ['two lines', `${get}X-Forwarded-For: ${listed}\r\nX-Forwarded-For: ${attacker}\r\n`, {}, `${attacker}|`],
    [
      'mixed case',
      `${get}x-forwarded-for: ${listed}\r\nX-FORWARDED-FOR: ${attacker}\r\n`,
      {},
      `${attacker}|`,
    ],
    [
      'Forwarded twice',
      `${get}Forwarded: for=${listed}\r\nForwarded: for=${attacker}\r\n`,
      { header: 'forwarded' },
      `${attacker}|`,
    ],
    [
      'X-Real-IP twice',
      `${get}X-Real-IP: ${listed}\r\nX-Real-IP: ${listed}\r\n`,
      { header: 'x-real-ip' },
      'unknown via 127.0.0.1|',
    ],
    [
      'an absolute request line',
      `GET http://${listed}/ HTTP/1.1\r\nHost: id.example\r\n`,
      stranger,
      '127.0.0.1|',
    ],
    [
      'a direct forgery',
      `${get}X-Forwarded-For: ${listed}\r\nX-Real-IP: ${listed}\r\n`,
      stranger,
      '127.0.0.1|',
    ],
    ['a NUL', `${get}X-Forwarded-For: ${listed}\0\r\n`, {}, '400'],
    ['a folded line', `${get}X-Forwarded-For: ${attacker},\r\n ${listed}\r\n`, {}, '400'],
    [
      'a line crowded out by a thousand others',
      `${get}X-Forwarded-For: ${listed}\r\n${'a:\r\n'.repeat(1100)}X-Forwarded-For: ${attacker}\r\n`,
      {},
      '431',
    ],
  ])('%s', async (_name, head, options, expected) => expect(await send(head, options)).toBe(expected));

  test.skipIf(process.platform === 'win32')('a unix socket', async () => {
    const head = `${get}X-Forwarded-For: ${listed}\r\n`;
    const path = () => join(tmpdir(), `vratny-${randomToken().slice(0, 8)}.sock`);
    expect(await send(head, { trustUnixSocket: true }, path())).toBe(`${listed}|`);
    expect(await send(head, { trustUnixSocket: false }, path())).toBe('unknown via unix|');
  });
});

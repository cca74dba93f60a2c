// Outgoing requests: what is refused, and that it is refused before a connection is opened.

import { type IncomingMessage, type ServerResponse, createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FetcherOptions, createFetcher } from '../../../adapters/fetch/guarded.ts';
import { createRangeSet } from '../../../src/lib/address.ts';
import { FetchRefused } from '../../../src/ports/fetcher.ts';
import { certificate, privateKey } from './certificate.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function listen(server: Server, host = '127.0.0.1', wanted = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(wanted, host, resolve);
  });
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A raw listener on the given addresses that counts who connects. */
async function count(...hosts: string[]) {
  const counted = { port: 0, connections: 0 };
  for (const host of hosts) {
    const server = createServer((socket) => {
      counted.connections += 1;
      socket.destroy();
    });
    counted.port = await listen(server, host, counted.port);
  }
  return counted;
}

/** An http server on loopback, and a fetcher that may talk to it. */
async function serve(
  answer: (req: IncomingMessage, res: ServerResponse) => unknown,
  options: Partial<FetcherOptions> = {},
) {
  const server = createHttpServer((req, res) => void answer(req, res));
  const port = await listen(server);
  closers.push(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, fetch: create({ ports: [port], ...options }), server, port };
}

const loopback = createRangeSet(['127.0.0.1']);
const nothing = createRangeSet([]);
const create = (options: Partial<FetcherOptions> = {}) =>
  createFetcher({ allowRanges: loopback, ...options });

describe('refused before a connection is opened (S-4)', () => {
  const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  );

  test.each(
    `127.0.0.1 localhost 2130706433 0x7f000001 0177.0.0.1 017700000001 127.1 127.0.1 0x7f.1 １２７.0.0.1
     ①②⑦.0.0.1 127。0。0。1 %31%32%37.0.0.1 0.0.0.0 0 [::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
     [::127.0.0.1] [64:ff9b::127.0.0.1] [2002:7f00:1::]`.split(/\s+/),
  )('https and http to %s', async (host) => {
    const counted = await count('127.0.0.1', ...(hasIPv6 ? ['::1'] : []));
    const fetch = create({ allowRanges: nothing, ports: [counted.port] });
    for (const scheme of ['https', 'http']) {
      await expect(fetch(`${scheme}://${host}:${counted.port}/jwks`)).rejects.toBeInstanceOf(FetchRefused);
    }
    expect(counted.connections).toBe(0);
  });

  test.each(
    `169.254.169.254 10.0.0.1 172.16.0.1 192.168.0.1 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255 [fc00::1] [fe80::1]
     [ff02::1] [2001:db8::1]`.split(/\s+/),
  )('https to %s', async (host) => {
    await expect(create({ allowRanges: nothing })(`https://${host}/`)).rejects.toBeInstanceOf(FetchRefused);
  });

  test('localhost with a final dot, whatever the system makes of it', async () => {
    const counted = await count('127.0.0.1');
    const fetch = create({ allowRanges: nothing, ports: [counted.port] });
    await expect(fetch(`https://localhost.:${counted.port}/`)).rejects.toThrow();
    expect(counted.connections).toBe(0);
  });

  test.each([
    ['one of several addresses is private', ['8.8.8.8', '127.0.0.2']],
    ['the address is written as mapped', ['::ffff:127.0.0.2']],
    ['the resolver answers what is no address', ['2130706434']],
  ])('a name when %s', async (_what, addresses) => {
    const counted = await count('127.0.0.1');
    const fetch = create({ ports: [counted.port], resolve: async () => addresses });
    await expect(fetch(`https://rp.example:${counted.port}/`)).rejects.toBeInstanceOf(FetchRefused);
    expect(counted.connections).toBe(0);
  });

  test.each([
    ['ftp://rp.example/'],
    ['file:///etc/passwd'],
    ['data:text/plain,x'],
    ['javascript:1'],
    ['//rp.example/'],
    [''],
    ['https://'],
    ['https://user@rp.example/'],
    ['https://user:pass@rp.example/'],
    ['https://:pass@rp.example/'],
    ['https://rp.example:22/'],
    ['https://rp.example:80/'],
    ['http://rp.example/'],
    ['http://rp.example:443/'],
  ])('%s, whatever the name stands for', async (url) => {
    const resolve = async () => ['8.8.8.8'];
    await expect(create({ resolve })(url)).rejects.toBeInstanceOf(FetchRefused);
  });
});

describe('the address that was checked is the one connected to (S-3)', () => {
  test('a resolver that answers otherwise the second time is asked once only', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let asked = 0;
    const resolve = async () => answers[asked++]!;
    const { fetch, port } = await serve((req, res) => res.end(req.socket.localAddress), { resolve });
    const response = await fetch(`http://rebind.example:${port}/`);
    expect(await response.text()).toBe('127.0.0.1');
    expect(asked).toBe(1);
    await expect(fetch(`http://rebind.example:${port}/`)).rejects.toBeInstanceOf(FetchRefused);
  });

  test('every request opens its own connection', async () => {
    const { fetch, url, server } = await serve((_req, res) => res.end());
    let connections = 0;
    server.on('connection', () => (connections += 1));
    await fetch(url);
    await fetch(url);
    expect(connections).toBe(2);
  });

  describe('over TLS', () => {
    beforeAll(() => tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate]));

    async function serveTls() {
      const seen: { sni?: string | false; host?: string | undefined } = {};
      const server = createHttpsServer({ cert: certificate, key: privateKey }, (req, res) => {
        seen.host = req.headers.host;
        res.end('over TLS');
      });
      server.on('secureConnection', (socket: tls.TLSSocket) => (seen.sni = socket.servername ?? false));
      const port = await listen(server);
      return { seen, port, fetch: create({ ports: [port], resolve: async () => ['127.0.0.1'] }) };
    }

    test('the name goes into SNI, Host and the check of the certificate', async () => {
      const { seen, port, fetch } = await serveTls();
      const response = await fetch(`https://rp.example:${port}/jwks`);
      expect(await response.text()).toBe('over TLS');
      expect(seen).toEqual({ sni: 'rp.example', host: `rp.example:${port}` });
    });

    test('a certificate of another name is an error', async () => {
      const { seen, port, fetch } = await serveTls();
      await expect(fetch(`https://other.example:${port}/`)).rejects.toThrow(/altnames/);
      await expect(fetch(`https://127.0.0.1:${port}/`)).rejects.toThrow(/IP/);
      expect(seen.host).toBeUndefined();
    });
  });
});

describe('what the operator opened (S-5)', () => {
  test('an allowed range is reached, over http too', async () => {
    const { fetch, url } = await serve((_req, res) => res.end('inside'));
    expect(await (await fetch(`${url}/logout`)).text()).toBe('inside');
  });

  test('http can be kept from ranges that are open', async () => {
    const { fetch, url } = await serve((_req, res) => res.end(), { allowHttpTo: nothing });
    await expect(fetch(url)).rejects.toThrow(/plain http/);
  });
});

describe('requests and answers', () => {
  test('method, headers, body and path are sent; the answer comes back', async () => {
    const { fetch, url } = await serve(async (req, res) => {
      const { host, 'content-type': type, 'content-length': length, 'x-trace': trace } = req.headers;
      res.writeHead(201, { 'content-type': 'application/json', 'x-answer': 'yes' });
      res.end(
        JSON.stringify({
          method: req.method,
          path: req.url,
          host,
          type,
          length,
          trace,
          body: await text(req),
        }),
      );
    });
    const body = new URLSearchParams({ logout_token: 'ey…' });
    const headers = { 'x-trace': '1', host: 'evil.example', 'content-length': '3' };
    const response = await fetch(`${url}/a?b=c#d`, { method: 'POST', body, headers });
    expect([response.status, response.ok, response.headers.get('x-answer')]).toEqual([201, true, 'yes']);
    expect(await response.json()).toEqual({
      method: 'POST',
      path: '/a?b=c',
      host: new URL(url).host,
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      length: String('logout_token=ey%E2%80%A6'.length),
      trace: '1',
      body: 'logout_token=ey%E2%80%A6',
    });
  });

  test.each([204, 404, 500])('status %i is an answer like any other', async (status) => {
    const { fetch, url } = await serve((_req, res) => res.writeHead(status).end());
    expect((await fetch(url)).status).toBe(status);
  });

  test.each([301, 302, 303, 304, 307, 308])(
    'a redirect (%i) is an error and is not followed',
    async (status) => {
      let requests = 0;
      const { fetch, url } = await serve((_req, res) => {
        requests += 1;
        res.writeHead(status, { location: '/elsewhere' }).end();
      });
      await expect(fetch(url)).rejects.toThrow(/redirect/);
      expect(requests).toBe(1);
    },
  );

  test('nothing compressed is asked for or taken', async () => {
    let asked: string | undefined;
    const { fetch, url } = await serve((req, res) => {
      asked = req.headers['accept-encoding'];
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000)));
    });
    await expect(fetch(url, { headers: { 'accept-encoding': 'gzip' } })).rejects.toThrow(/gzip/);
    expect(asked).toBe('identity');
  });

  test('a body as long as the limit is taken, one byte more is not', async () => {
    const { fetch, url } = await serve((req, res) => res.end('x'.repeat(Number(req.url!.slice(1)))), {
      maxBytes: 1000,
    });
    expect(await (await fetch(`${url}/1000`)).text()).toHaveLength(1000);
    await expect(fetch(`${url}/1001`)).rejects.toThrow(/more than 1000 bytes/);
  });

  test('an endless body is cut, and the connection with it', async () => {
    const closed = Promise.withResolvers<void>();
    const { fetch, url } = await serve((_req, res) => {
      const more = (): void => void (res.write('x'.repeat(10_000)) && setImmediate(more));
      res.on('drain', more).on('close', closed.resolve);
      more();
    });
    await expect(fetch(url)).rejects.toThrow(/more than 65536 bytes/);
    await closed.promise;
  });
});

describe('time limits', () => {
  const timeoutMs = 60;

  test.each<[string, (req: IncomingMessage, res: ServerResponse) => void]>([
    ['a server that never answers', () => {}],
    [
      'a server that sends half a body',
      (_req, res) => void res.writeHead(200, { 'content-length': 10 }).write('x'),
    ],
    [
      'a server that drips',
      (_req, res) => {
        const drip = setInterval(() => res.write('x'), 5);
        res.on('close', () => clearInterval(drip));
      },
    ],
  ])('%s is cut', async (_what, answer) => {
    const { fetch, url } = await serve(answer, { timeoutMs });
    await expect(fetch(url)).rejects.toThrow(/timeout/);
  });

  test('a resolver that never answers is cut', async () => {
    const fetch = create({ timeoutMs, resolve: () => new Promise(() => {}) });
    await expect(fetch('https://rp.example/')).rejects.toThrow(/timeout/);
  });

  test('the caller may stop it sooner', async () => {
    const stop = new AbortController();
    const { fetch, url } = await serve(() => stop.abort(new Error('changed my mind')));
    await expect(fetch(url, { signal: stop.signal })).rejects.toThrow('changed my mind');
    await expect(fetch(url, { signal: stop.signal })).rejects.toThrow('changed my mind');
  });

  test('so many requests at a time go to one target (S-6)', async () => {
    const held: ServerResponse[] = [];
    const arrived = Promise.withResolvers<void>();
    let most = 0;
    const { fetch, url } = await serve(
      (_req, res) => {
        held.push(res);
        most = Math.max(most, held.length);
        if (held.length === 2) arrived.resolve();
        void arrived.promise.then(() => setImmediate(() => held.splice(held.indexOf(res), 1)[0]!.end()));
      },
      { perTarget: 2 },
    );
    await Promise.all(Array.from({ length: 6 }, () => fetch(url)));
    expect(most).toBe(2);
  });
});

describe('failures', () => {
  test('a closed port, a broken answer and an unknown name are errors, and are no refusals', async () => {
    const { port } = await count('127.0.0.1');
    const broken = create({ ports: [port] })(`http://127.0.0.1:${port}/`);
    await expect(broken).rejects.toThrow(`http://127.0.0.1:${port}: `);
    closers.splice(0).forEach((close) => close());
    const closed = create({ ports: [port] })(`http://127.0.0.1:${port}/`);
    await expect(closed).rejects.not.toBeInstanceOf(FetchRefused);
    await expect(create({ resolve: async () => [] })('https://rp.example/')).rejects.toThrow(/no address/);
    const failing = async () => Promise.reject(new Error('ENOTFOUND'));
    await expect(create({ resolve: failing })('https://rp.example/')).rejects.toThrow(/ENOTFOUND/);
  });

  test('a body on GET is the error it is with fetch', async () => {
    await expect(create()('https://8.8.8.8/', { body: 'x' })).rejects.toBeInstanceOf(TypeError);
  });
});

// A reverse proxy for tests, as Apache and HAProxy do it: it adds who connected to `X-Forwarded-For` and drops what
// `Connection` names, in this order.

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te'];

export type ReverseProxy = { readonly port: number; close(): Promise<void> };

/** Passes everything on to a port of this machine. `says` is the address that it claims its client has. */
export async function openReverseProxy(to: number, says: () => string): Promise<ReverseProxy> {
  const server = createServer((req, res) => {
    const lines: [string, string][] = [];
    for (let index = 0; index < req.rawHeaders.length; index += 2)
      lines.push([req.rawHeaders[index]!, req.rawHeaders[index + 1]!]);
    lines.push(['X-Forwarded-For', says()]);
    const named = (req.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
    const dropped = new Set([...hopByHop, ...named]);
    const headers = lines.filter(([name]) => !dropped.has(name.toLowerCase())).flat();
    const onward = request(
      { host: '127.0.0.1', port: to, method: req.method, path: req.url, headers, agent: false },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(res);
      },
    );
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

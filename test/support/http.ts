// Requests that no browser and no client library would send: any method, any Host, any bytes.

import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { World } from './world.ts';

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type Question = {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
};

/** One request on a connection of its own. */
export function ask(world: World, path: string, { method, headers, body }: Question = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const host = new URL(world.issuer).host;
    const options = { host: '127.0.0.1', port: world.port, path, method, agent: false };
    const req = request({ ...options, headers: { host, ...headers } }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
export function sendRaw(world: World, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(world.port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

// Which addresses we answer to: a request must be meant for the issuer's host, or nothing built from it is safe.

import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import { AppError } from '../lib/app-error.ts';
import { factsOf } from './request-facts.ts';

/**
 * Refuses what is not meant for us: an absolute-form request line, a missing or repeated `Host`, another host
 * (RFC 9112 §3.2, RFC 9110 §7.4). The engine would build its metadata from it.
 */
export function createAuthorityCheck(issuer: string, aliases: readonly string[]) {
  const own = new Set([new URL(issuer).host, ...aliases].map((host) => host.toLowerCase()));
  return function checkAuthority(req: IncomingMessage): void {
    if (!req.url?.startsWith('/'))
      throw new AppError('bad_request', { detail: 'the request line is not in origin form' });
    if (countHosts(req) !== 1) throw new AppError('bad_request', { detail: 'not exactly one Host header' });
    if (!own.has(req.headers.host?.toLowerCase() ?? '')) {
      throw new AppError('misdirected', { detail: 'the Host is not ours' });
    }
  };
}

function countHosts(req: IncomingMessage): number {
  let count = 0;
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    if (req.rawHeaders[index]!.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/**
 * Makes a Koa app take scheme, host and client address from the issuer and the gate, never from headers: its own
 * readings follow the request's authority and any peer's forwarding headers.
 */
export function pinAuthority(app: Koa, issuer: string): void {
  const { host, hostname, origin, protocol } = new URL(issuer);
  const scheme = protocol.slice(0, -1);
  const pin = (name: string, get: (this: Koa.Request) => unknown) =>
    Object.defineProperty(app.request, name, { configurable: true, get, set: () => {} });
  pin('host', () => host);
  pin('hostname', () => hostname);
  pin('origin', () => origin);
  pin('protocol', () => scheme);
  pin('secure', () => scheme === 'https');
  pin('ips', () => []);
  pin('ip', function ip() {
    return factsOf(this.req).address ?? '';
  });
}

// Requests to addresses that others chose: refused before a connection is opened, unless the target is public or the
// operator opened its range (S-1 to S-7; the engine's own guard connects first and then looks).

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type RangeSet, isSpecialUse, normaliseAddress } from '../../src/lib/address.ts';
import { FetchRefused, type Fetcher } from '../../src/ports/fetcher.ts';
import { exchange } from './exchange.ts';
import { createSlots } from './slots.ts';

export type FetcherOptions = {
  /** Special-use ranges the operator opened: private relying parties, loopback in the demo. */
  readonly allowRanges: RangeSet;
  /** Where plain http is spoken to. The opened ranges, unless given. */
  readonly allowHttpTo?: RangeSet;
  /** Ports besides 443 and 8443. */
  readonly ports?: readonly number[];
  /** For the whole request: look-up, connection and answer. */
  readonly timeoutMs?: number;
  /** The longest answer body. */
  readonly maxBytes?: number;
  /** How many requests go to one address at a time; more wait within their time limit. */
  readonly perTarget?: number;
  /** All addresses of a name; the system's resolver unless given. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
};

/**
 * A `Fetcher` whose messages are for the operator's log: callers answer alike whether a target was refused, closed,
 * slow or had a bad certificate (S-7), or they become a port scanner.
 */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { allowRanges, allowHttpTo = allowRanges, ports = [], resolve = resolveAll } = options;
  const { timeoutMs = 2500, maxBytes = 65_536, perTarget = 5 } = options;
  const openPorts = new Set([443, 8443, ...ports]);
  const slots = createSlots(perTarget);

  /** Every address of the target, all of them allowed: one bad one may be the one that is connected to. */
  async function findTarget(url: URL, signal: AbortSignal): Promise<readonly [string, ...string[]]> {
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const found = isIP(name) === 0 ? await orAbort(resolve(name), signal) : [name];
    const addresses = found.map((text) => normaliseAddress(text) ?? text);
    for (const address of addresses) {
      if (isSpecialUse(address) && !allowRanges.has(address)) {
        throw new FetchRefused(`${url.origin}: ${address} is not a public address`);
      }
      // Whoever opens a private range knows what listens there.
      if (!openPorts.has(portOf(url)) && !allowRanges.has(address)) {
        throw new FetchRefused(`${url.origin}: port ${portOf(url)} is not open`);
      }
      if (url.protocol === 'http:' && !allowHttpTo.has(address)) {
        throw new FetchRefused(`${url.origin}: plain http to ${address}`);
      }
    }
    const [first, ...others] = addresses;
    if (first === undefined) throw new Error('the name has no address');
    return [first, ...others];
  }

  return async (input, init = {}) => {
    const url = checkUrl(input);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([timeout, init.signal]) : timeout;
    const { method, headers, content } = await readInit(url, init);
    try {
      const addresses = await findTarget(url, signal);
      const leave = await slots.enter(addresses[0], signal);
      try {
        return await exchange({ url, method, headers, body: content, addresses, signal, maxBytes });
      } finally {
        leave();
      }
    } catch (cause) {
      if (cause instanceof FetchRefused) throw cause;
      throw new Error(`${url.origin}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
}

function checkUrl(input: string): URL {
  // The parser turns decimal, octal, hexadecimal and short IPv4 forms into dotted ones, so they are checked as such.
  const url = URL.parse(input);
  if (url === null) throw new FetchRefused('not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new FetchRefused(`${url.protocol} is not https`);
  if (url.username !== '' || url.password !== '')
    throw new FetchRefused(`${url.origin}: user info in the URL`);
  return url;
}

const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);

/** What `fetch` would send: `Request` knows how every kind of body is written and which type it has. */
async function readInit(url: URL, { method, headers, body }: RequestInit) {
  const request = new Request(url, {
    ...(method !== undefined && { method }),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && { body }),
  });
  return {
    method: request.method,
    headers: request.headers,
    content: Buffer.from(await request.arrayBuffer()),
  };
}

// libuv lets name look-ups hold half of its threads at most, so slow names cannot keep token signing waiting.
const resolveAll = async (name: string): Promise<readonly string[]> =>
  (await lookup(name, { all: true })).map(({ address }) => address);

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

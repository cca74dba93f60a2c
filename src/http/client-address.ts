// Whose address a request comes from. It decides the IP list, the throttles and the history, so nothing else reads
// a forwarding header: here they are read once and removed. Whatever is doubtful is `unknown`, never a guess.

import type { IncomingMessage } from 'node:http';
import { type RangeSet, normaliseAddress } from '../lib/address.ts';
import { type Hops, readForwarded, readForwardedFor } from './forwarded.ts';

export type ClientAddressOptions = {
  /** The addresses whose forwarding header is believed. Everyone else is the client. */
  readonly trustedProxies: RangeSet;
  /** Whether who reaches us through a unix socket is a trusted proxy. */
  readonly trustUnixSocket: boolean;
  /** The one header the proxies write: `x-forwarded-for`, `forwarded`, or one that holds a single address. */
  readonly header: string;
  /** At most so many trusted proxies in a row, the one that connects to us included. */
  readonly maxHops: number;
  /** Whether `X-Forwarded-For` entries and single addresses carry ports. */
  readonly allowPorts: boolean;
};

/** `via` is who connected: an address, or `unix` when there is none. */
export type ClientAddress = Readonly<
  ({ kind: 'known'; address: string } | { kind: 'unknown'; via: string }) & {
    /** Forwarding headers that came from a peer we do not trust: more than a few tell of a forgotten proxy. */
    ignoredHeaders: number;
    /** The scheme the client used, as a trusted proxy tells it: good for refusing plain http, for nothing else. */
    scheme?: 'http' | 'https';
  }
>;

const mostEntries = 20;
const mostCharacters = 1024;
const mostPeers = 1000;
const mostJudged = 500;
const longestJudged = 64;

const forwardingNames = new Set(
  `forwarded forwarded-for x-forwarded x-real-ip x-remote-ip x-remote-addr remote-addr x-client-ip client-ip
   http-client-ip x-http-client-ip true-client-ip x-true-client-ip x-cluster-client-ip x-originating-ip
   cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 do-connecting-ip fastly-client-ip fly-client-ip ali-cdn-real-ip
   cdn-src-ip incap-client-ip x-sucuri-clientip x-azure-clientip x-azure-socketip x-appengine-user-ip
   x-nf-client-connection-ip x-envoy-external-address x-proxyuser-ip proxy-client-ip wl-proxy-client-ip
   x-original-host x-original-url x-original-remote-addr x-rewrite-url x-host`.split(/\s+/),
);

/**
 * Finds the client of a request, removes every forwarding header from it, and never throws. The first answer for a
 * request stands: later calls give the same.
 */
export function createClientAddress(options: ClientAddressOptions) {
  const { trustedProxies, trustUnixSocket, maxHops } = options;
  const header = options.header.toLowerCase();
  const isTaken = createTakenCheck(header);
  // Behind a proxy it is the same few for every request.
  const peers = new Map<string, Peer>();

  function find(req: IncomingMessage): ClientAddress {
    const taken = takeHeaders(req, isTaken);
    const { peer, trusted } = judgePeer(req);
    const unknown = { kind: 'unknown', via: peer ?? 'unix' } as const;
    if (!trusted) {
      const known = peer === undefined ? unknown : ({ kind: 'known', address: peer } as const);
      return { ...known, ignoredHeaders: taken.length };
    }
    const address = nearestStranger(taken);
    const scheme = readScheme(taken);
    return {
      ...(address === undefined ? unknown : ({ kind: 'known', address } as const)),
      ignoredHeaders: 0,
      ...(scheme !== undefined && { scheme }),
    };
  }

  function judgePeer(req: IncomingMessage): Peer {
    const remote = req.socket.remoteAddress ?? '';
    const known = peers.get(remote);
    if (known !== undefined) return known;
    const peer = normaliseAddress(remote);
    if (peer === undefined) return { peer, trusted: trustUnixSocket && isUnixSocket(req) };
    const judged = { peer, trusted: trustedProxies.has(peer) };
    if (peers.size >= mostPeers) peers.clear();
    peers.set(remote, judged);
    return judged;
  }

  function nearestStranger(taken: readonly HeaderLine[]): string | undefined {
    const address = walk(readHops(taken, header));
    // Two proxies that write one header each agree; when they differ, one of them repeats what a client said.
    const rival = { forwarded: 'x-forwarded-for', 'x-forwarded-for': 'forwarded' }[header];
    if (rival === undefined || joined(taken, rival) === undefined) return address;
    return walk(readHops(taken, rival)) === address ? address : undefined;
  }

  function readHops(taken: readonly HeaderLine[], name: string): Hops | undefined {
    const value = joined(taken, name);
    if (value === undefined || value === '' || value.length > mostCharacters) return undefined;
    if (name === 'forwarded') return readForwarded(value);
    const hops = readForwardedFor(value, options.allowPorts);
    return name === 'x-forwarded-for' || hops.length === 1 ? hops : undefined;
  }

  /** From the right, past our own proxies, to the first address that is not one of them. */
  function walk(hops: Hops | undefined): string | undefined {
    if (hops === undefined || hops.length > mostEntries) return undefined;
    const index = hops.findLastIndex((hop) => hop === undefined || !trustedProxies.has(hop));
    const proxies = hops.length - index;
    return proxies > maxHops ? undefined : hops[index];
  }

  return {
    resolve(req: Resolved): ClientAddress {
      return (req[answer] ??= Object.freeze(find(req)));
    },
  };
}

type Peer = { readonly peer: string | undefined; readonly trusted: boolean };

/** On the request itself: a weak map beside it would cost the collector something for every request. */
const answer = Symbol('client address');
type Resolved = IncomingMessage & { [answer]?: ClientAddress };

type HeaderLine = { readonly name: string; readonly value: string };

const isForwarding = (name: string): boolean =>
  name.startsWith('x-forwarded-') || name.endsWith('-forwarded-for') || forwardingNames.has(name);

/** Which headers are taken. The same names come with every request, so what was judged once is remembered. */
function createTakenCheck(configured: string): (name: string) => boolean {
  const judged = new Map<string, boolean>();
  const judge = (name: string): boolean => {
    const lower = name.toLowerCase();
    // CGI and WSGI read `X_Forwarded_For` as `X-Forwarded-For`; what stands behind us may too.
    const dashed = lower.replaceAll('_', '-');
    return lower === configured || dashed === configured || isForwarding(dashed);
  };
  return (name) => {
    const known = judged.get(name);
    if (known !== undefined) return known;
    const taken = judge(name);
    // Names are the sender's to choose, so neither many nor long ones are kept.
    if (judged.size < mostJudged && name.length <= longestJudged) judged.set(name, taken);
    return taken;
  };
}

/** The forwarding headers in the order they came, removed from every view of the request. */
function takeHeaders(req: IncomingMessage, isTaken: (name: string) => boolean): readonly HeaderLine[] {
  if (!req.rawHeaders.some((name, index) => index % 2 === 0 && isTaken(name))) return [];
  // Node makes these views from rawHeaders when first asked, so they come before that list shrinks.
  const views = [req.headers, req.headersDistinct];
  const taken: HeaderLine[] = [];
  const kept: string[] = [];
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = req.rawHeaders.slice(index, index + 2);
    if (isTaken(name)) taken.push({ name: name.toLowerCase(), value });
    else kept.push(name, value);
  }
  req.rawHeaders.splice(0, req.rawHeaders.length, ...kept);
  for (const view of views) {
    for (const name of Object.keys(view)) if (isTaken(name)) delete view[name];
  }
  return taken;
}

/** All lines of one header as one value (RFC 9110 §5.2). */
function joined(taken: readonly HeaderLine[], name: string): string | undefined {
  const lines = taken.filter((line) => line.name === name);
  return lines.length === 0 ? undefined : lines.map(({ value }) => value).join(', ');
}

function readScheme(taken: readonly HeaderLine[]): 'http' | 'https' | undefined {
  const value = joined(taken, 'x-forwarded-proto')?.toLowerCase();
  return value === 'http' || value === 'https' ? value : undefined;
}

/**
 * Asked of the server, not of the socket: a TCP peer that hung up has no address either, and must not thereby become
 * a trusted proxy.
 */
function isUnixSocket(req: IncomingMessage): boolean {
  const { server } = req.socket as { server?: { address(): unknown } };
  try {
    return typeof server?.address() === 'string';
  } catch {
    return false;
  }
}

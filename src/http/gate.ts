// The front door: every request passes here first. It gets an id, a client address and its common headers, is
// refused when it is not meant for us, and is counted until it has ended, so that a stop can wait for it.

import { randomUUIDv7 } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../lib/app-error.ts';
import type { Log } from '../lib/log.ts';
import type { RequestScope } from '../lib/request-scope.ts';
import type { ClientAddress } from './client-address.ts';

import type { Cookies } from './cookies.ts';
import type { Errors } from './errors.ts';
import { setCommonHeaders } from './headers.ts';
import { locales } from './locale.ts';
import { redirect } from './redirect.ts';
import { factsOf, routeOf, setFacts, setRoute } from './request-facts.ts';
import { sendReady, type ReadyAnswer } from './static.ts';
import { readTarget, withParameter } from './target.ts';
import { createTogether } from './together.ts';

/** Handles a request or says that it is not its own. */
export type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;
export type Route = (path: string, method: string) => Handler | undefined;
/** What speaks to programs; who is banned is told so in its own words, or by a JSON object. */
export type Program = { readonly route: Route; readonly refuseBanned?: Handler };

export type Gate = {
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** Requests that have not ended. */
  inFlight(): number;
  /** Requests whose forwarding headers were not believed since the start: more than a few tell of a forgotten proxy. */
  ignoredForwarding(): number;
};

/** How many peers the log names for headers that are not believed: strangers send such headers, too. */
const MOST_NAMED_PEERS = 5;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** The gate before `routes`, which are asked in order; the last one must take everything. */
export function createGate(parts: {
  https: boolean;
  checkAuthority: (req: IncomingMessage) => void;
  clientAddress: { resolve(req: IncomingMessage): ClientAddress };
  cookies: Cookies;
  errors: Errors;
  log: Log;
  requestScope: RequestScope;
  /** Whether the server is about to end: connections are closed after the answer that is under way. */
  isDraining: () => boolean;
  /** What lies ready for a GET of this address, for everybody, banned or not. */
  ready: (target: string) => ReadyAnswer | undefined;
  /** Whether an address is not let in; what everybody may always ask for is asked before. */
  isBanned: (address: string | undefined) => boolean;
  /** Handlers for everybody, banned or not: health, discovery, what pages are made of. */
  openRoutes: readonly Route[];
  routes: readonly Route[];
  /** What speaks to programs alone: asked first, with any method, and its answers have no language. */
  programs?: readonly Program[];
}): Gate {
  const { https, checkAuthority, clientAddress, cookies, errors, log, requestScope } = parts;
  const { isBanned, isDraining, ready, openRoutes, routes, programs = [] } = parts;
  const together = createTogether();
  let open = 0;
  let ignored = 0;
  const named = new Set<string>();

  /** Counted, and told once for each of the first few peers: one of them may be a proxy that nobody has named. */
  function noteIgnored(request: string, found: ClientAddress): void {
    ignored += 1;
    const peer = found.kind === 'known' ? found.address : found.via;
    if (named.has(peer) || named.size === MOST_NAMED_PEERS) return;
    named.add(peer);
    log.warn(
      { request, peer, headers: found.ignoredHeaders },
      'forwarding headers of an untrusted peer ignored: if it is a proxy of yours, name it in VRATNY_TRUSTED_PROXIES',
    );
  }

  function logEnd(
    req: IncomingMessage,
    res: ServerResponse,
    id: string,
    found: ClientAddress,
    startedAt: number,
  ): void {
    if (!log.writes('info')) return;
    const milliseconds = Math.round((performance.now() - startedAt) * 10) / 10;
    // When nobody can tell whose it is, it is at least told who passed it on: that proxy is to be set right.
    const from = found.kind === 'known' ? { address: found.address } : { address: 'unknown', via: found.via };
    log.info(
      { request: id, method: req.method, route: routeOf(req), status: res.statusCode, milliseconds, ...from },
      res.writableFinished ? 'request' : 'request aborted',
    );
  }

  function checkMeantForUs(req: IncomingMessage, scheme: string | undefined): void {
    checkAuthority(req);
    // A password or token that came in the clear is refused, not redirected: the mistake must show (RFC 9325 §3.2).
    if (https && scheme === 'http')
      throw new AppError('misdirected', { detail: 'plain http through the proxy' });
  }

  const closeIfDraining = (res: ServerResponse): void => {
    if (isDraining()) res.setHeader('Connection', 'close');
  };

  /** Whether the answer lay ready and is sent. What is not meant for us, `answer` refuses. */
  function sendsReady(req: IncomingMessage, res: ServerResponse, id: string, scheme?: string): boolean {
    const found = req.method === 'GET' ? ready(req.url ?? '') : undefined;
    if (!found) return false;
    try {
      checkMeantForUs(req, scheme);
    } catch {
      return false;
    }
    closeIfDraining(res);
    sendReady(req, res, id, found);
    return true;
  }

  async function answer(
    req: IncomingMessage,
    res: ServerResponse,
    scheme: string | undefined,
  ): Promise<void> {
    checkMeantForUs(req, scheme);
    const method = req.method ?? '';
    const path = req.url!.split('?', 1)[0]!;
    for (const { route, refuseBanned } of programs) {
      const handler = route(path, method);
      if (!handler) continue;
      if (!isBanned(factsOf(req).address)) return handler(req, res);
      if (!refuseBanned) throw new AppError('banned');
      return refuseBanned(req, res);
    }
    if (!METHODS.has(method)) {
      res.setHeader('Allow', 'GET, HEAD, POST, OPTIONS');
      throw new AppError('method_not_allowed');
    }
    for (const route of openRoutes) {
      const handler = route(path, method);
      if (handler) return handler(req, res);
    }
    // The page that says so speaks the visitor's language, too.
    if (method === 'GET' && changesLanguage(req, res)) return;
    if (isBanned(factsOf(req).address)) throw new AppError('banned');
    for (const route of routes) {
      const handler = route(path, method);
      if (handler) {
        await handler(req, res);
        return;
      }
    }
  }

  /** `?lang=` on any address: the choice is kept in this browser, and the address is asked again without it. */
  function changesLanguage(req: IncomingMessage, res: ServerResponse): boolean {
    if (!req.url!.includes('?')) return false;
    const wanted = new URLSearchParams(readTarget(req.url!).query).get('lang');
    const chosen = locales.find((locale) => locale === wanted);
    if (chosen === undefined) return false;
    setRoute(req, 'language');
    cookies.setLanguage(res, chosen);
    redirect(res, withParameter(req.url!, 'lang'));
    return true;
  }

  return {
    inFlight: () => open,
    ignoredForwarding: () => ignored,
    handle(req, res) {
      const startedAt = performance.now();
      const id = randomUUIDv7();
      const found = clientAddress.resolve(req);
      const address = found.kind === 'known' ? found.address : undefined;
      setFacts(req, { id, address, startedAt });
      if (found.ignoredHeaders > 0) noteIgnored(id, found);
      open += 1;
      res.once('close', () => {
        open -= 1;
        logEnd(req, res, id, found, startedAt);
      });
      if (sendsReady(req, res, id, found.scheme)) return;
      setCommonHeaders(res, id, https);
      const origin = { requestId: id, address, userAgent: req.headers['user-agent'] ?? '' };
      together(() => {
        // Whoever asked may have gone meanwhile.
        if (res.destroyed) return;
        closeIfDraining(res);
        requestScope
          .run(origin, () => answer(req, res, found.scheme))
          .catch((error: unknown) => errors.send(req, res, error));
      });
    },
  };
}

// The demo's own web server: two relying parties, and the page of sent messages.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { addCookie, readCookie } from '../http/cookies.ts';
import { readForm } from '../http/form.ts';
import { setCommonHeaders } from '../http/headers.ts';
import { randomToken } from '../lib/random.ts';
import type { createInbox } from './inbox.ts';
import type { DemoCode } from './operators.ts';
import { type DemoPages, redirect } from './pages.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';
import type { Television } from './television.ts';
import type { DemoSession, RelyingParty } from './relying-party.ts';

const COOKIE = 'vratny_demo_panel';
const MOST_SESSIONS = 1000;

type Parts = {
  views: DemoPages;
  inbox: ReturnType<typeof createInbox>;
  webhooks: () => Promise<WebhookReceiver>;
  relyingParty: RelyingParty;
  television: Television;
  /** What the authenticator apps of the operators show. */
  codes: () => Promise<DemoCode[]>;
  issuer: string;
};

/** A server for the demo's pages; it does not listen yet. */
export function createDemoServer(parts: Parts): Server {
  const { views, inbox, webhooks, relyingParty, television, codes, issuer } = parts;
  const sessions = new Map<string, DemoSession>();

  function sessionOf(req: IncomingMessage, res: ServerResponse): DemoSession {
    const id = readCookie(req, COOKIE);
    const known = id === undefined ? undefined : sessions.get(id);
    if (known) return known;
    const made = randomToken();
    const session: DemoSession = {};
    if (sessions.size >= MOST_SESSIONS) sessions.clear();
    sessions.set(made, session);
    addCookie(res, `${COOKIE}=${made}; Path=/; HttpOnly; SameSite=Lax`);
    return session;
  }

  const pages: Readonly<
    Record<string, (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<void>>
  > = {
    async 'GET /'(req, res) {
      const session = sessionOf(req, res);
      const { problem, signedIn } = session;
      delete session.problem;
      const page = {
        signInUrl: '/login',
        loginAgainUrl: '/login?prompt=login',
        silentUrl: '/login?prompt=none',
        signOutAction: '/logout',
        televisionUrl: '/tv',
        accountUrl: `${issuer}/account`,
        ...(problem ? { problem } : {}),
        ...(signedIn ? { signedIn } : {}),
      };
      views.send(req, res, 'demo/relying-party.njk', page, [new URL(issuer).origin]);
    },
    async 'GET /login'(req, res, url) {
      redirect(
        res,
        await relyingParty.begin(sessionOf(req, res), url.searchParams.get('prompt') ?? undefined),
      );
    },
    async 'GET /callback'(req, res) {
      await relyingParty.finish(sessionOf(req, res), req.url!);
      redirect(res, '/');
    },
    async 'POST /logout'(req, res) {
      redirect(res, await relyingParty.signOut(sessionOf(req, res)));
    },
    async 'GET /tv'(req, res) {
      const session = sessionOf(req, res);
      const screen = session.screen && (await television.look(session.screen));
      if (screen) session.screen = screen;
      if (screen?.kind === 'code') res.setHeader('Refresh', String(screen.interval));
      views.send(req, res, 'demo/television.njk', { action: '/tv', kind: 'off', ...screen });
    },
    async 'POST /tv'(req, res) {
      const session = sessionOf(req, res);
      if ((await readForm(req))['off']) delete session.screen;
      else session.screen = await television.turnOn();
      redirect(res, '/tv');
    },
    async 'POST /backchannel-logout'(req, res) {
      res.setHeader('Cache-Control', 'no-store');
      try {
        const isOver = await relyingParty.endedBy((await readForm(req))['logout_token'] ?? '');
        for (const session of sessions.values()) if (isOver(session)) delete session.signedIn;
        res.end();
      } catch {
        res.statusCode = 400;
        res.end();
      }
    },
    async 'POST /webhook'(req, res) {
      res.statusCode = await (await webhooks()).receive(req);
      res.end();
    },
    async 'GET /webhooks'(req, res) {
      views.send(req, res, 'demo/webhooks.njk', { events: (await webhooks()).list() });
    },
    async 'GET /inbox'(req, res) {
      const messages = (await inbox.list()).map(({ id, doc }) => ({
        ...doc,
        ...(doc.html === undefined ? {} : { htmlUrl: `/inbox/${id}` }),
      }));
      views.send(req, res, 'demo/inbox.njk', { messages });
    },
    async 'GET /authenticator'(req, res) {
      views.send(req, res, 'demo/authenticator.njk', { codes: await codes() });
    },
  };

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    setCommonHeaders(res, 'demo', false);
    const url = new URL(req.url!, 'http://demo.invalid');
    if (views.serve(res, url)) return;
    const page = pages[`${req.method} ${url.pathname}`];
    if (page) return page(req, res, url);
    const html =
      url.pathname.startsWith('/inbox/') &&
      (await inbox.list()).find(({ id }) => url.pathname === `/inbox/${id}`);
    if (html) {
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      // A mail styles itself and may do nothing else.
      res.setHeader(
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-top-navigation-by-user-activation allow-popups",
      );
      res.end(html.doc.html);
      return;
    }
    res.statusCode = 404;
    res.end('not found');
  }

  return createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      res.statusCode = 500;
      res.end(`the demo failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
}

// Our own cookies: which browser this is, and the language chosen in it. Neither says who the person is.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomToken } from '../lib/random.ts';
import type { Locale } from './locale.ts';

const LONG_SECONDS = 400 * 86_400;
const MAX_HEADER = 8192;
/** As long as what it belongs to is kept. */
const UPSTREAM_SECONDS = 600;
/** Ways to upstreams that a browser may be on at once. */
const MAX_AWAY = 4;
/** Accounts of one open browser that are kept in mind. */
const MAX_OPEN = 5;

/** The value of a cookie; malformed parts of the header are passed over. */
export function readCookie(req: IncomingMessage, name: string): string | undefined {
  const header = req.headers.cookie;
  if (header === undefined || header.length > MAX_HEADER) return undefined;
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Adds a cookie beside those set already. */
export function addCookie(res: ServerResponse, cookie: string): void {
  const before = res.getHeader('Set-Cookie');
  const cookies = before === undefined ? [] : Array.isArray(before) ? before : [String(before)];
  res.setHeader('Set-Cookie', [...cookies, cookie]);
}

/** Cookies for an issuer; over https their names bind them to this very host (`__Host-`). */
export function createCookies(https: boolean) {
  const prefix = https ? '__Host-' : '';
  const sessionOnly = `Path=/; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`;
  const attributes = `${sessionOnly}; Max-Age=${LONG_SECONDS}`;
  const browserName = `${prefix}vratny_browser`;
  const languageName = `${prefix}vratny_language`;
  const openName = `${prefix}vratny_open`;
  const recoveryName = `${prefix}vratny_recovery`;
  // Lax, or they would not come along from the upstream.
  const upstreamName = `${prefix}vratny_upstream`;
  const elsewhereName = `${prefix}vratny_elsewhere`;
  const supportName = `${prefix}vratny_support`;
  const noticeName = `${prefix}vratny_notice`;
  const answerName = `${prefix}vratny_answer`;
  const browserIds = new WeakMap<IncomingMessage, string>();
  return {
    /** The id of the browser; a new one is made and set when it has none. */
    browserId(req: IncomingMessage, res: ServerResponse): string {
      const known = browserIds.get(req) ?? readCookie(req, browserName);
      if (known !== undefined && /^[\w-]{43}$/.test(known)) return known;
      const made = randomToken();
      browserIds.set(req, made);
      addCookie(res, `${browserName}=${made}; ${attributes}`);
      return made;
    },
    /** The id of the browser, if it has one. */
    knownBrowserId(req: IncomingMessage): string | undefined {
      const known = readCookie(req, browserName);
      return known !== undefined && /^[\w-]{43}$/.test(known) ? known : undefined;
    },
    /** Takes back what was set with an answer that is not sent, by whomever; what was begun belongs to the browser's id. */
    takeBack(res: ServerResponse): void {
      const set = [res.getHeader('Set-Cookie') ?? []].flat().map(String);
      const kept = set.filter((cookie) => cookie.startsWith(`${browserName}=`));
      res.removeHeader('Set-Cookie');
      for (const cookie of kept) addCookie(res, cookie);
    },
    /** The marks of the accounts signed in to since the browser was opened, newest first. */
    openMarks: (req: IncomingMessage): readonly string[] =>
      (readCookie(req, openName) ?? '').split('.', MAX_OPEN).filter((mark) => /^[\w-]{43}$/.test(mark)),
    /** Keeps such a mark until the browser is closed. */
    addOpenMark(req: IncomingMessage, res: ServerResponse, mark: string): void {
      const marks = [mark, ...this.openMarks(req).filter((other) => other !== mark)].slice(0, MAX_OPEN);
      addCookie(res, `${openName}=${marks.join('.')}; ${sessionOnly}`);
    },
    /** The secret of a browser that has asked for a way back in, while a link of its may be open. */
    recoveryMark(req: IncomingMessage): string | undefined {
      const mark = readCookie(req, recoveryName);
      return mark !== undefined && /^[\w-]{43}$/.test(mark) ? mark : undefined;
    },
    /** Keeps that secret for some seconds more; a new one is made when there is none. */
    keepRecoveryMark(req: IncomingMessage, res: ServerResponse, seconds: number): string {
      const mark = this.recoveryMark(req) ?? randomToken();
      addCookie(res, `${recoveryName}=${mark}; ${sessionOnly}; Max-Age=${seconds}`);
      return mark;
    },
    /** The secrets of a browser that was sent to upstreams, from several tabs perhaps, newest first. */
    upstreamMarks: (req: IncomingMessage): readonly string[] =>
      (readCookie(req, upstreamName) ?? '').split('.', MAX_AWAY).filter((mark) => /^[\w-]{43}$/.test(mark)),
    addUpstreamMark(req: IncomingMessage, res: ServerResponse, mark: string): void {
      const marks = [mark, ...this.upstreamMarks(req)].slice(0, MAX_AWAY).join('.');
      addCookie(res, `${upstreamName}=${marks}; ${sessionOnly}; Max-Age=${UPSTREAM_SECONDS}`);
    },
    /** Forgets one that is used up. */
    removeUpstreamMark(req: IncomingMessage, res: ServerResponse, mark: string): void {
      const left = this.upstreamMarks(req).filter((other) => other !== mark);
      const seconds = left.length === 0 ? 0 : UPSTREAM_SECONDS;
      addCookie(res, `${upstreamName}=${left.join('.')}; ${sessionOnly}; Max-Age=${seconds}`);
    },
    /** The upstream at which somebody has signed in since the browser was opened, by its name. */
    elsewhere(req: IncomingMessage): string | undefined {
      const name = readCookie(req, elsewhereName);
      return name !== undefined && /^[a-z0-9-]{1,32}$/.test(name) ? name : undefined;
    },
    setElsewhere(res: ServerResponse, name: string): void {
      addCookie(res, `${elsewhereName}=${name}; ${sessionOnly}`);
    },
    /** The name of the session of an operator who is in somebody's account as support, beside their own. */
    supportName,
    /** The bearer value of that session, if the browser has one. */
    supportSession(req: IncomingMessage): string | undefined {
      const value = readCookie(req, supportName);
      return value !== undefined && /^[\w-]{20,64}$/.test(value) ? value : undefined;
    },
    setSupportSession(res: ServerResponse, value: string): void {
      addCookie(res, `${supportName}=${value}; ${sessionOnly}`);
    },
    clearSupportSession(res: ServerResponse): void {
      addCookie(res, `${supportName}=; ${sessionOnly}; Max-Age=0`);
    },
    /** What the next page is to say once: a locale key. */
    notice(req: IncomingMessage): string | undefined {
      const name = readCookie(req, noticeName);
      return name !== undefined && /^[a-z_]{1,40}$/.test(name) ? name : undefined;
    },
    setNotice(res: ServerResponse, name: string): void {
      addCookie(res, `${noticeName}=${name}; ${sessionOnly}; Max-Age=60`);
    },
    clearNotice(res: ServerResponse): void {
      addCookie(res, `${noticeName}=; ${sessionOnly}; Max-Age=0`);
    },
    /** The secret of an answer that the next page shows. */
    answer(req: IncomingMessage): string | undefined {
      const secret = readCookie(req, answerName);
      return secret !== undefined && /^[\w-]{43}$/.test(secret) ? secret : undefined;
    },
    setAnswer(res: ServerResponse, secret: string): void {
      addCookie(res, `${answerName}=${secret}; ${sessionOnly}; Max-Age=60`);
    },
    clearAnswer(res: ServerResponse): void {
      addCookie(res, `${answerName}=; ${sessionOnly}; Max-Age=0`);
    },
    /** The language the person chose here. */
    language: (req: IncomingMessage): string | undefined => readCookie(req, languageName),
    setLanguage(res: ServerResponse, locale: Locale): void {
      addCookie(res, `${languageName}=${locale}; ${attributes}`);
    },
  };
}

export type Cookies = ReturnType<typeof createCookies>;

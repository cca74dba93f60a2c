// Response headers that every answer carries, whichever part made it.

import type { ServerResponse } from 'node:http';

const BARE_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const ONE_YEAR_SECONDS = 31_536_000;

/** What holds for all answers: a page loosens the policy to what it needs, nothing else does. */
const overHttp = {
  'Content-Security-Policy': BARE_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
} as const;
const overHttps = {
  ...overHttp,
  'Strict-Transport-Security': `max-age=${ONE_YEAR_SECONDS}; includeSubDomains`,
};
export const commonHeaders = (https: boolean): Readonly<Record<string, string>> =>
  https ? overHttps : overHttp;

/** Sets them, and the name of the request. */
export function setCommonHeaders(res: ServerResponse, requestId: string, https: boolean): void {
  res.setHeader('X-Request-Id', requestId);
  const headers = commonHeaders(https);
  for (const name in headers) res.setHeader(name, headers[name]!);
}

/**
 * Signing out takes with it what a page under our address may have left in the browser; the address is the issuer's, and
 * ours alone. Not the cookies: the language and the known browser are to live, and the session's own ends by itself. Nor
 * the cache: no page is kept in it, and browsers are slow to clear it.
 */
export function clearSiteData(res: ServerResponse): void {
  res.setHeader('Clear-Site-Data', '"storage"');
}

/** Where a page may send its forms and take pictures from, beside our own address. */
export type PageSources = {
  readonly formTargets?: readonly string[];
  readonly images?: readonly string[];
  /** Where our own styles and pictures are, when the page is shown under an address that is not ours. */
  readonly assets?: string | undefined;
};

/**
 * The policy of a page of ours. Browsers check `form-action` along the redirects that follow a form, so the
 * addresses of the client that the person returns to are listed.
 */
export function pagePolicy({ formTargets = [], images = [], assets }: PageSources): string {
  if (assets !== undefined)
    return `default-src 'none'; style-src ${assets}; img-src ${assets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    ["img-src 'self'", ...new Set(images)].join(' '),
    // The page that waits for a mailed link asks whether it was used.
    "connect-src 'self'",
    ["form-action 'self'", ...new Set(formTargets)].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** A URI as a CSP source: its origin, or its scheme for the private schemes of native apps. */
export function cspSource(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (!url) return undefined;
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.origin : url.protocol;
}

/** Headers of pages: never stored, opened in no other page's window group, loaded by nobody else. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

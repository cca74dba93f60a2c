// Back to a page of ours after signing in for it: what was asked for, with its query, as the browser will read it.

import type { IncomingMessage } from 'node:http';
import { ownPath } from '../src/http/filters.ts';
import { returnOf } from '../src/http/request-facts.ts';
import { readTarget } from '../src/http/target.ts';

/** It goes into an address itself; a longer one is led back to without its query. */
const LONGEST = 1500;

/**
 * The address that a request for a page asked for, to come back to. What a form sent is not kept over a sign-in, for it may
 * have been another person's: after one, the page that it stands on.
 */
export function askedAddress(req: IncomingMessage): string {
  const { path, query } = readTarget(returnOf(req) ?? req.url ?? '');
  const address = query === '' ? path : `${path}?${query}`;
  return address.length > LONGEST ? path : address;
}

/** The address to come back to from `state`, if it is one under `home`; else `home` itself. Anybody may have written it. */
export function wantedAddress(home: '/account' | '/admin', state: string): string {
  // Dots and slashes may lead out of it once they are resolved.
  const wanted = URL.parse(ownPath(state), 'http://own.invalid');
  if (wanted?.host !== 'own.invalid' || !wanted.pathname.startsWith(`${home}/`)) return home;
  return wanted.pathname.startsWith(`${home}/signed-in`) ? home : wanted.pathname + wanted.search;
}

// What a route is: a method, an address, and the page that answers there.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { readTarget, withParameter } from '../src/http/target.ts';

/** A page; it is given the parts of the address that vary, in order. */
export type Page = (
  req: IncomingMessage,
  res: ServerResponse,
  first: string,
  second: string,
) => void | Promise<void>;

/** Adds a route. */
export type On = (method: 'get' | 'post', path: string, page: Page) => void;

/**
 * Where the form that was sent to an address stands: there too, or at the nearest address above it that can be opened.
 * The language is not chosen again.
 */
export function formAddress(pattern: string, target: string, opened: ReadonlySet<string>): string {
  let [known, here] = [pattern, readTarget(target).path];
  while (known !== '' && !opened.has(known)) {
    known = known.slice(0, known.lastIndexOf('/'));
    here = here.slice(0, here.lastIndexOf('/'));
  }
  return known === pattern ? withParameter(target, 'lang') : here || '/';
}

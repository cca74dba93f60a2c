// What a route is: a method, an address, and the page that answers there.

import type { IncomingMessage, ServerResponse } from 'node:http';

/** A page; it is given the parts of the address that vary, in order. */
export type Page = (
  req: IncomingMessage,
  res: ServerResponse,
  first: string,
  second: string,
) => void | Promise<void>;

/** Adds a route. */
export type On = (method: 'get' | 'post', path: string, page: Page) => void;

// What the gate found out about a request, once, for everything behind it.

import type { IncomingMessage } from 'node:http';

export type RequestFacts = {
  /** Names this request in the log and on the page. */
  readonly id: string;
  /** The client's address; `undefined` when a proxy in between could not tell it. */
  readonly address: string | undefined;
  readonly startedAt: number;
};

// Kept on the request and not in weak maps beside it: these are written for every request, and the collector pays
// for every entry of a weak map.
const facts = Symbol('facts');
const route = Symbol('route');
const returnsTo = Symbol('returns to');
type Marked = IncomingMessage & { [facts]?: RequestFacts; [route]?: string; [returnsTo]?: string };

/** Sets the facts of a request; only the gate does. */
export const setFacts = (req: Marked, found: RequestFacts): void => {
  req[facts] = found;
};

/** The facts of a request that passed the gate. */
export function factsOf(req: Marked): RequestFacts {
  const found = req[facts];
  if (!found) throw new Error('the request did not pass the gate');
  return found;
}

/** Names the route for the log: a path may carry a secret, its pattern does not. */
export const setRoute = (req: Marked, name: string): void => {
  req[route] = name;
};

/** The route that answered, else a hint that shows nothing of the path but its first word. */
export const routeOf = (req: Marked): string =>
  req[route] ?? `unmatched:${/^\/[\w.-]{0,30}/.exec(req.url ?? '')?.[0] ?? ''}`;

/** Says at which address of ours a browser is told what was wrong with the form that it sent: one that it can open. */
export const setReturn = (req: Marked, address: string): void => {
  req[returnsTo] = address;
};

/** That address; `undefined` when the answer goes with the request, as to whatever is no form. */
export const returnOf = (req: Marked): string | undefined => req[returnsTo];

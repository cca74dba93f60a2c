// Answers made ahead of time: assets, brand files, prepared metadata.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from './gate.ts';
import { commonHeaders } from './headers.ts';
import { setRoute } from './request-facts.ts';

export type PreparedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** An answer to a GET that comes more often than all others, with all its headers in the shape that Node sends fastest. */
export type ReadyAnswer = {
  readonly route: string;
  /** Names and values in turn; the second is the place of the request's id. */
  readonly head: readonly string[];
  /** The bytes of the body as characters: Node sends a string in one piece with the headers. */
  readonly latin1: string;
};

/** Makes an answer ready to be sent under this name in the log. */
export const makeReady = (route: string, { headers, body }: PreparedAnswer, https: boolean): ReadyAnswer => ({
  route,
  head: Object.entries({
    'X-Request-Id': '',
    ...commonHeaders(https),
    ...headers,
    'Content-Length': String(body.length),
  }).flat(),
  latin1: body.toString('latin1'),
});

/** Sends it. No header may have been set before. */
export function sendReady(req: IncomingMessage, res: ServerResponse, id: string, answer: ReadyAnswer): void {
  setRoute(req, answer.route);
  const head = answer.head.slice();
  head[1] = id;
  res.writeHead(200, head);
  res.end(answer.latin1, 'latin1');
}

/** Sends an answer that was made before. */
export function sendPrepared(
  req: IncomingMessage,
  res: ServerResponse,
  route: string,
  answer: PreparedAnswer,
): void {
  setRoute(req, route);
  res.statusCode = answer.status;
  for (const name in answer.headers) res.setHeader(name, answer.headers[name]!);
  res.setHeader('Content-Length', answer.body.length);
  res.end(req.method === 'HEAD' ? undefined : answer.body);
}

/** A route for files that `serve` knows by path. */
export function createStatic(serve: (path: string) => PreparedAnswer | undefined): Route {
  return (path, method) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const answer = serve(path);
    return answer && ((req, res) => sendPrepared(req, res, `/${path.split('/')[1]}`, answer));
  };
}

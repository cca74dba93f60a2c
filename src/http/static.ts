// Answers made ahead of time: assets, brand files, prepared metadata.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from './gate.ts';
import { setRoute } from './request-facts.ts';

export type PreparedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The bytes of the body as characters, for what is sent often: Node sends a string in one piece with the headers. */
  readonly latin1?: string;
};

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
  if (req.method === 'HEAD') res.end();
  else if (answer.latin1 === undefined) res.end(answer.body);
  else res.end(answer.latin1, 'latin1');
}

/** A route for files that `serve` knows by path. */
export function createStatic(serve: (path: string) => PreparedAnswer | undefined): Route {
  return (path, method) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const answer = serve(path);
    return answer && ((req, res) => sendPrepared(req, res, `/${path.split('/')[1]}`, answer));
  };
}

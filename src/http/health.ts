// What a load balancer asks: is the process alive, and should it get requests.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from './gate.ts';
import { setRoute } from './request-facts.ts';

/**
 * `/health/live` answers while the process runs; `/health/ready` only while storage answers and no stop was asked.
 * Neither tells a stranger why.
 */
export function createHealth(parts: { isReady: () => Promise<boolean> }): Route {
  const answer = (req: IncomingMessage, res: ServerResponse, status: 'ok' | 'unavailable') => {
    setRoute(req, req.url!.split('?', 1)[0]!);
    res.statusCode = status === 'ok' ? 200 : 503;
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('Cache-Control', 'no-store');
    res.end(JSON.stringify({ status }));
  };
  return (path, method) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    if (path === '/health/live') return (req, res) => answer(req, res, 'ok');
    if (path === '/health/ready')
      return async (req, res) => answer(req, res, (await parts.isReady()) ? 'ok' : 'unavailable');
    return undefined;
  };
}

// Sending a browser on.

import type { ServerResponse } from 'node:http';

/** Has the address asked for with GET, whatever the request was; nobody keeps the answer. */
export function redirect(res: ServerResponse, to: string): void {
  res.statusCode = 303;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Location', to);
  res.end();
}

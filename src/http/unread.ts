// What cannot be read as a request never comes to the gate: Node gives up on it. It is answered by a page of ours all
// the same, for a person whose cookies or address have grown too long has done nothing wrong.

import { randomUUIDv7 } from 'node:crypto';
import { IncomingMessage, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorTable, type ErrorCode } from '../lib/app-error.ts';
import type { Log } from '../lib/log.ts';
import { commonHeaders } from './headers.ts';
import type { Pages } from './pages.ts';
import { setFacts } from './request-facts.ts';

/** What Node's parser says, and what we call it; all else is a bad request. */
const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'too_slow',
};

/** Nothing of such a request is known or repeated, its language neither. */
function unknownRequest(id: string): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  req.url = '/';
  setFacts(req, { id, address: undefined, startedAt: performance.now() });
  return req;
}

/** A listener for `clientError`: says what is wrong, and closes the connection. */
export function createUnreadAnswer(parts: { pages: Pages; log: Log; https: boolean }) {
  const { pages, log, https } = parts;

  function answerOf(code: ErrorCode): string {
    const id = randomUUIDv7();
    const { status } = errorTable[code];
    log.info({ request: id, code }, 'request unreadable');
    const page = pages.make(unknownRequest(id), {
      template: 'pages/error.njk',
      status,
      props: { code, status },
      isElsewhere: true,
    });
    const headers = {
      'X-Request-Id': id,
      ...commonHeaders(https),
      ...page.headers,
      'Content-Length': String(Buffer.byteLength(page.body)),
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', page.body].join('\r\n');
  }

  return function answerUnread(error: Error & { code?: string }, socket: Duplex): void {
    // Where an answer is under way already, more bytes would be read as part of it; Node keeps it on the socket.
    const { _httpMessage: underWay } = socket as { _httpMessage?: { headersSent: boolean } | null };
    if (error.code === 'ECONNRESET' || !socket.writable || underWay?.headersSent) {
      socket.destroy();
      return;
    }
    socket.end(answerOf(codes[error.code ?? ''] ?? 'bad_request'));
  };
}

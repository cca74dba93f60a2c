// The one place where an error becomes an answer: logged once with the request id, told in generic words.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type Koa from 'koa';
import { AppError, type ErrorCode } from '../lib/app-error.ts';
import type { Log } from '../lib/log.ts';
import { HasherBusy } from '../ports/hasher.ts';
import { StoreUnavailable } from '../ports/store.ts';
import type { Cookies } from './cookies.ts';
import type { Pages } from './pages.ts';
import { factsOf, routeOf } from './request-facts.ts';

/** Any thrown value as an `AppError`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof StoreUnavailable)
    return new AppError('storage_down', { cause: error, retryAfterSeconds: 5 });
  if (error instanceof HasherBusy) return new AppError('busy', { cause: error, retryAfterSeconds: 5 });
  return new AppError('internal', { cause: error });
}

/** Whether the caller would rather read a page than JSON. */
const wantsPage = (req: IncomingMessage): boolean => (req.headers.accept ?? '').includes('text/html');

/** What an answer says of itself. */
const OF_AN_ANSWER = [
  'Location',
  'Content-Length',
  'Content-Type',
  'Content-Encoding',
  'Content-Disposition',
  'Transfer-Encoding',
  'ETag',
  'Last-Modified',
];

/**
 * Takes back what was said of an answer that was being made when something threw: an address with a code in it must not
 * come along with the page that says so, nor a length that would cut it off.
 */
export function takeBackAnswer(res: ServerResponse): void {
  for (const name of OF_AN_ANSWER) res.removeHeader(name);
}

/** Answers with errors: a page for people, a JSON object for programs. */
export function createErrors(pages: Pages, cookies: Pick<Cookies, 'takeBack'>, log: Log) {
  function record(req: IncomingMessage, error: AppError): void {
    const facts = {
      request: factsOf(req).id,
      route: routeOf(req),
      code: error.code,
      error: error.cause ?? error.message,
    };
    if (error.status >= 500) log.error(facts, 'request failed');
    else log.info(facts, 'request refused');
  }

  /** Whether the page could be made: a fault in it must not leave the request without an answer. */
  function sentPage(
    req: IncomingMessage,
    res: ServerResponse,
    { code, status, retryAfterSeconds }: AppError,
  ) {
    try {
      pages.send(req, res, {
        template: 'pages/error.njk',
        status,
        props: { code, status, ...(code === 'misdirected' ? { retryUrl: pages.home } : {}) },
        retryAfterSeconds,
        isElsewhere: code === 'misdirected',
        isAnswer: false,
      });
      return true;
    } catch (fault) {
      log.error({ request: factsOf(req).id, error: fault }, 'the error page cannot be made');
      return false;
    }
  }

  return {
    record,
    /** Logs the error and sends its answer. */
    send(req: IncomingMessage, res: ServerResponse, thrown: unknown): void {
      const error = toAppError(thrown);
      record(req, error);
      if (res.headersSent) {
        res.destroy();
        return;
      }
      takeBackAnswer(res);
      // A sign-in that was not written down as a whole gives no session, and keeps what it can be gone on with.
      if (error.status >= 500) cookies.takeBack(res);
      const { retryAfterSeconds } = error;
      if (wantsPage(req) && sentPage(req, res, error)) return;
      sendJson(req, res, error.code, error.status, retryAfterSeconds);
    },
  };
}

export type Errors = ReturnType<typeof createErrors>;

function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  code: ErrorCode,
  status: number,
  retryAfter?: number,
): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter));
  res.end(req.method === 'HEAD' ? undefined : JSON.stringify({ error: code, request_id: factsOf(req).id }));
}

/** Makes a Koa app hand its errors to ours, instead of answering them in its own words. */
export function answerErrors(app: Koa, errors: Errors): void {
  Object.defineProperty(app.context, 'onerror', {
    value(this: { req: IncomingMessage; res: ServerResponse }, error: unknown): void {
      if (error) errors.send(this.req, this.res, error);
    },
  });
}

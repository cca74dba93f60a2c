// Problems of the operators' API (RFC 9457): one table of codes, each with its status and a title that never changes.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import { NameTaken } from '../../../src/domain/accounts/accounts.ts';
import { NumberTaken } from '../../../src/domain/accounts/openings.ts';
import { OrderDiffers } from '../../../src/domain/accounts/orders.ts';
import { NeedsPerson, WrongState } from '../../../src/domain/operators/caller.ts';
import { toAppError } from '../../../src/http/errors.ts';
import { factsOf } from '../../../src/http/request-facts.ts';
import { AppError, type ErrorCode } from '../../../src/lib/app-error.ts';
import { BadPlace } from '../../../src/domain/search/prefix-search.ts';
import { Conflict, Stale } from '../../../src/ports/store.ts';

export const problems = {
  malformed: { status: 400, title: 'The request cannot be read' },
  bad_parameter: { status: 400, title: 'A parameter of the address will not do' },
  unauthorized: { status: 401, title: 'A valid access token is needed' },
  banned: { status: 403, title: 'This address is banned' },
  forbidden: { status: 403, title: 'The access token does not allow this' },
  person_required: { status: 403, title: 'This takes a person, not a program' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'The method is not known here' },
  conflict: { status: 409, title: 'The present state does not allow this' },
  taken: { status: 409, title: 'This belongs to something else already' },
  under_way: { status: 409, title: 'A request with this key is being carried out' },
  stale: { status: 412, title: 'It has changed since it was read' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  invalid: { status: 422, title: 'Some fields will not do' },
  key_reused: { status: 422, title: 'The key belongs to another request' },
  precondition_required: { status: 428, title: 'If-Match is needed' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'Not available at the moment' },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>;

export type ProblemCode = keyof typeof problems;

/** What is wrong with one field: its place as a JSON Pointer (RFC 6901), or the name of a parameter. */
export type FieldProblem = { readonly field: string; readonly message: string };

type More = {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/** Ends the request with a problem; what it holds is told to the caller, all but its cause. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly more: More;
  constructor(code: ProblemCode, more: More = {}) {
    super(more.detail ?? code, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.more = more;
  }
}

const codesOfErrors: Partial<Record<ErrorCode, ProblemCode>> = {
  banned: 'banned',
  bad_request: 'invalid',
  not_found: 'not_found',
  form_too_large: 'too_large',
  method_not_allowed: 'method_not_allowed',
  too_many_requests: 'too_many_requests',
  busy: 'unavailable',
  storage_down: 'unavailable',
};

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What is wrong, field by field. A field that there is not is named by itself. */
export const fieldProblems = ({ issues }: ZodError): FieldProblem[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ field: pointer([...issue.path, key]), message: 'there is no such field' }))
      : [{ field: pointer(issue.path), message: issue.message }],
  );

/** Any thrown value as a problem. The words of faults stay inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZodError) return new Problem('invalid', { errors: fieldProblems(error) });
  if (error instanceof NameTaken || error instanceof NumberTaken || error instanceof OrderDiffers)
    return new Problem('taken', { detail: error.message });
  if (error instanceof BadPlace)
    return new Problem('bad_parameter', {
      errors: [{ field: 'after', message: error.message }],
      cause: error,
    });
  if (error instanceof NeedsPerson) return new Problem('person_required', { detail: error.message });
  if (error instanceof WrongState) return new Problem('conflict', { detail: error.message });
  if (error instanceof Stale) return new Problem('stale', { cause: error });
  const known = toAppError(error);
  const wait = known.retryAfterSeconds;
  const headers = wait === undefined ? {} : { headers: { 'Retry-After': String(wait) } };
  if (known.cause instanceof Conflict) return new Problem('taken', { detail: known.message });
  const code = codesOfErrors[known.code] ?? 'internal';
  const isOurs = problems[code].status >= 500;
  return new Problem(code, {
    ...headers,
    ...(isOurs ? { cause: known.cause ?? known } : { detail: known.message }),
  });
}

/** The error as the log of requests knows it. */
export function asAppError({ code, message, cause }: Problem): AppError {
  const { status } = problems[code];
  const logged =
    status >= 500 ? 'internal' : code === 'banned' ? 'banned' : status === 404 ? 'not_found' : 'bad_request';
  return new AppError(logged, { detail: `${code}: ${message}`, cause });
}

/** Sends a problem as the whole answer. */
export function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  { code, more }: Problem,
  docsUrl: string,
): void {
  const { status, title } = problems[code];
  const { id } = factsOf(req);
  const body = Buffer.from(
    JSON.stringify({
      type: `${docsUrl}#problem-${code}`,
      title,
      status,
      ...(more.detail === undefined ? {} : { detail: more.detail }),
      code,
      request_id: id,
      ...(more.errors === undefined ? {} : { errors: more.errors }),
    }),
  );
  res.statusCode = status;
  for (const [name, value] of Object.entries(more.headers ?? {})) res.setHeader(name, value);
  res.setHeader('Content-Type', 'application/problem+json');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Length', body.length);
  res.end(req.method === 'HEAD' ? undefined : body);
}

// The operators' API answering requests: token, permission, parameters, body, the operation, its answer. Every refusal
// on the way is a problem (RFC 9457).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { NotPermitted } from '../../../src/domain/operators/caller.ts';
import type { Rate, Rates } from '../../../src/domain/limits/rates.ts';
import type { Idempotency, KeptAnswer } from '../../../src/domain/operators/idempotency.ts';
import type { Errors } from '../../../src/http/errors.ts';
import type { Handler } from '../../../src/http/gate.ts';
import { setRoute } from '../../../src/http/request-facts.ts';
import { readTarget } from '../../../src/http/target.ts';
import { OPERATORS_API } from '../../../src/oidc/operator-scopes.ts';
import type { OperatorTokens } from '../../../src/oidc/operator-tokens.ts';
import { authenticate, lacksScope } from './bearer.ts';
import { hasBody, parseJson, readBytes } from './json-body.ts';
import { createMatcher, isChange, type Match } from './match.ts';
import type { Call, Operation } from './operation.ts';
import { asAppError, fieldProblems, Problem, sendProblem, toProblem } from './problem.ts';

/** So often one client may ask, on all nodes together. */
export const apiRate: Rate = { burst: 200, perMinute: 1200 };

/** A page that needs no token: the description of the API. */
export type OpenPage = (req: IncomingMessage, res: ServerResponse) => void;

export type ApiServer = {
  readonly answer: Handler;
  /** Tells why a request is not answered at all. */
  refuse(req: IncomingMessage, res: ServerResponse, error: unknown): void;
};

type Request = Match & { readonly req: IncomingMessage; readonly query: string; readonly path: string };

/** The API for the gate: every path below its own (`isOperatorsApi`). */
export function createApiServer(parts: {
  issuer: string;
  operations: readonly Operation[];
  /** Below the API's own path. */
  openPages: ReadonlyMap<string, OpenPage>;
  findToken: OperatorTokens;
  idempotency: Idempotency;
  rates: Rates;
  errors: Errors;
}): ApiServer {
  const { issuer, operations, openPages, findToken, idempotency, rates, errors } = parts;
  const match = createMatcher(operations);
  const docsUrl = `${issuer}${OPERATORS_API}/docs`;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { path: whole, query } = readTarget(req.url!);
    const path = whole.slice(OPERATORS_API.length);
    const method = req.method!.toLowerCase();
    setRoute(req, `${OPERATORS_API}/*`);
    const page = openPages.get(path);
    if (page !== undefined) {
      setRoute(req, `${OPERATORS_API}${path}`);
      if (method !== 'get' && method !== 'head')
        throw new Problem('method_not_allowed', { headers: { Allow: 'GET, HEAD' } });
      return page(req, res);
    }

    // Who asks comes first: what is there and what is not is told to clients only.
    const by = await authenticate(req, findToken);
    const wait = await rates.spend(`api:${by.clientId}`, apiRate);
    if (wait > 0) throw new Problem('too_many_requests', { headers: { 'Retry-After': String(wait) } });
    const found = match(method, path);
    const { operation } = found;
    setRoute(req, `${OPERATORS_API}${operation.path}`);
    if (!by.permissions.has(operation.permission)) throw lacksScope(operation.permission);
    await carryOut({ ...found, req, query, path }, by, res);
  }

  async function carryOut(
    request: Request,
    by: Awaited<ReturnType<typeof authenticate>>,
    res: ServerResponse,
  ) {
    const { req, operation, given } = request;
    const params = operation.params.safeParse(given);
    if (!params.success) throw new Problem('not_found');
    const query = readQuery(operation, request.query);
    const version = readIfMatch(req, operation);
    const key = readKey(req, operation);
    const bytes = await readBody(req, operation);
    const body = bytes === undefined ? readNothing(operation) : operation.body!.parse(parseJson(bytes));

    const call: Call<never, never, never> = {
      by,
      params: params.data as never,
      query: query as never,
      body: body as never,
      version,
    };
    if (key === undefined) return send(req, res, await run(operation, call));
    const asked = [operation.id, request.path, request.query, version ?? '', bytes?.toString('base64') ?? ''];
    const keyed = await idempotency.run({ owner: by.clientId, key, request: asked.join('\n') }, () =>
      run(operation, call),
    );
    switch (keyed.kind) {
      case 'answered':
        if (keyed.replayed) res.setHeader('Idempotency-Replayed', 'true');
        return send(req, res, keyed.answer);
      case 'other_request':
        throw new Problem('key_reused', { detail: 'the Idempotency-Key was used for another request' });
      case 'under_way':
        throw new Problem('under_way', { headers: { 'Retry-After': '1' } });
      default:
        return keyed satisfies never;
    }
  }

  async function run(operation: Operation, call: Call<never, never, never>): Promise<KeptAnswer> {
    const { body, version, location } = await operation.handle(call);
    return {
      status: operation.status,
      headers: {
        ...(version === undefined ? {} : { ETag: `"${version}"` }),
        ...(location === undefined ? {} : { Location: `${issuer}${OPERATORS_API}${location}` }),
      },
      body: write(operation, body),
    };
  }

  function send(req: IncomingMessage, res: ServerResponse, { status, headers, body }: KeptAnswer): void {
    res.statusCode = status;
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    res.setHeader('Cache-Control', 'no-store');
    if (body === '') {
      res.end();
      return;
    }
    const bytes = Buffer.from(body);
    res.setHeader('Content-Type', 'application/json');
    res.setHeader('Content-Length', bytes.length);
    res.end(req.method === 'HEAD' ? undefined : bytes);
  }

  function refuse(req: IncomingMessage, res: ServerResponse, error: unknown): void {
    const problem =
      error instanceof NotPermitted ? lacksScope(error.permission, error.message) : toProblem(error);
    errors.record(req, asAppError(problem));
    if (res.headersSent) res.destroy();
    else sendProblem(req, res, problem, docsUrl);
  }

  return {
    answer: (req, res) => answer(req, res).catch((error: unknown) => refuse(req, res, error)),
    refuse,
  };
}

/** The answer through its schema: what the document does not name is not told. */
function write({ id, answer }: Operation, body: unknown): string {
  if (answer === undefined) return '';
  const shown = answer.safeParse(body);
  // A fault of ours, and none of the caller's fields.
  if (!shown.success) throw new Error(`the answer of ${id} is not as described: ${shown.error.message}`);
  return JSON.stringify(shown.data);
}

/** The parameters of the address, each once. */
function readQuery(operation: Operation, query: string): unknown {
  const given: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (Object.hasOwn(given, name) || name === '__proto__')
      throw new Problem('bad_parameter', { errors: [{ field: name, message: 'is there twice' }] });
    given[name] = value;
  }
  const read = operation.query.safeParse(given);
  if (read.success) return read.data;
  const errors = fieldProblems(read.error).map(({ field, message }) => ({
    field: field.slice(1),
    message: message === 'there is no such field' ? 'there is no such parameter' : message,
  }));
  throw new Problem('bad_parameter', { errors });
}

/** The version that the caller has seen; `*` is any that there is. */
function readIfMatch(req: IncomingMessage, { ifMatch }: Operation): number | undefined {
  const given = req.headers['if-match'];
  if (given === undefined) {
    if (ifMatch === 'required') throw new Problem('precondition_required');
    return undefined;
  }
  if (ifMatch === undefined) throw new Problem('bad_parameter', { detail: 'If-Match means nothing here' });
  if (given === '*') return undefined;
  const version = /^"(\d{1,16})"$/.exec(given)?.[1];
  // One that is none of ours is one that is no longer there.
  if (version === undefined) throw new Problem('stale');
  return Number(version);
}

function readKey(req: IncomingMessage, { method }: Operation): string | undefined {
  const given = req.headers['idempotency-key'];
  if (given === undefined) return undefined;
  if (method !== 'post' || typeof given !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(given))
    throw new Problem('bad_parameter', { detail: 'Idempotency-Key: for POST, 1 to 200 visible characters' });
  return given;
}

async function readBody(req: IncomingMessage, { method, body }: Operation): Promise<Buffer | undefined> {
  if (!hasBody(req)) return undefined;
  if (!isChange(method) || body === undefined)
    throw new Problem('malformed', { detail: 'this takes no body' });
  return readBytes(req);
}

/** What a missing body stands for: nothing, or an object without fields where all of them may be left out. */
function readNothing({ body }: Operation): unknown {
  if (body === undefined) return undefined;
  const empty = body.safeParse({});
  if (!empty.success) throw new Problem('malformed', { detail: 'a JSON body is needed' });
  return empty.data;
}

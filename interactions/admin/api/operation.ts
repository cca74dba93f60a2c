// What an operation of the operators' API is: one row that the router, the validation and the OpenAPI document are
// made of.

import { z } from 'zod';
import type { Caller } from '../../../src/domain/operators/caller.ts';
import { LONGEST_SEARCH } from '../../../src/domain/operators/search.ts';
import type { Permission } from '../../../src/domain/operators/permissions.ts';
import { Problem, type ProblemCode } from './problem.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Fields = z.ZodObject;

/** One request, read and allowed. */
export type Call<P, Q, B> = {
  readonly by: Caller;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The version that the caller has seen (`If-Match`). */
  readonly version: number | undefined;
};

/** The answer; `version` becomes its ETag, `location` the address of what was made. */
export type Reply<A> = {
  readonly body?: A;
  readonly version?: number;
  readonly location?: string;
};

export type Operation = {
  readonly method: Method;
  /** Below `/admin/api/v1`, with `{names}` for what varies. */
  readonly path: string;
  /** Names it in generated clients. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly permission: Permission;
  /** When it is done; 403 for what programs are always refused, which stands here so that nobody looks for it. */
  readonly status: 200 | 201 | 202 | 204 | 403;
  readonly params: Fields;
  readonly query: Fields;
  readonly body: z.ZodType | undefined;
  readonly answer: z.ZodType | undefined;
  /** Whether it needs the version that was seen, or goes by one that is given. */
  readonly ifMatch: 'required' | 'honoured' | undefined;
  /** What it may answer beside what every operation may. */
  readonly problems: readonly ProblemCode[];
  readonly handle: (call: Call<never, never, never>) => Promise<Reply<unknown>>;
};

const nothing = z.strictObject({});
type Nothing = typeof nothing;

/** A row. What is not given is empty: no parameters, no body, an answer of 200. */
export function operation<
  P extends Fields = Nothing,
  Q extends Fields = Nothing,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
>(
  row: Pick<Operation, 'method' | 'path' | 'id' | 'tag' | 'summary' | 'permission'> &
    Partial<Pick<Operation, 'description' | 'status' | 'ifMatch' | 'problems'>> & {
      params?: P;
      query?: Q;
      body?: B;
      answer?: A;
      handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Reply<z.input<A>>>;
    },
): Operation {
  return {
    status: row.answer === undefined ? 204 : 200,
    ifMatch: undefined,
    problems: [],
    ...row,
    params: row.params ?? nothing,
    query: row.query ?? nothing,
    body: row.body,
    answer: row.answer,
    handle: row.handle,
  };
}

/** Ids of ours; what does not look like one names nothing. */
export const idText = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

export const moment = z.iso.datetime();

/** What every list takes. `next` of a page is `after` of the next one. */
export const pageFields = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|1\d\d|200)$/, { error: 'must be a number from 1 to 200' })
    .transform(Number)
    .optional()
    .describe('How many at most, 1 to 200; 50 unless given.'),
  after: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,2000}$/, { error: 'must be the `next` of a page' })
    .optional()
    .describe('Goes on after this place: the `next` of the page before.'),
};

export const DEFAULT_LIMIT = 50;

/** Why something is done; kept in the audit log. */
export const reasonText = z
  .string()
  .trim()
  .min(3, { error: 'say why, in 3 characters or more' })
  .max(500, { error: 'must be at most 500 characters' });

/** What a list is searched for. */
export const searchText = z.string().trim().min(1).max(LONGEST_SEARCH).optional();

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().describe('Where the next page begins; absent on the last one.'),
  });

/** The place after the last item of a page, as callers see it: theirs to give back, not to read. */
export const toCursor = (place: string): string => Buffer.from(JSON.stringify([place])).toString('base64url');

/** Reads a place; throws `bad_parameter` when it is none of ours. */
export function fromCursor(after: string | undefined): string | undefined {
  if (after === undefined) return undefined;
  const refuse = (cause?: unknown) =>
    new Problem('bad_parameter', {
      errors: [{ field: 'after', message: 'must be the `next` of a page' }],
      cause,
    });
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(after, 'base64url').toString());
  } catch (cause) {
    throw refuse(cause);
  }
  if (!Array.isArray(read) || read.length !== 1) throw refuse();
  const [place] = read as unknown[];
  if (typeof place !== 'string' || !place.isWellFormed() || place.length > 1000) throw refuse();
  return place;
}

/** One page of what is listed by id: whether there is more is told by the one too many that is asked for. */
export async function onePage<T extends { readonly id: string }, A>(
  {
    limit = DEFAULT_LIMIT,
    after,
  }: { readonly limit?: number | undefined; readonly after?: string | undefined },
  find: (page: { limit: number; after?: string }) => Promise<readonly T[]>,
  show: (item: T) => A | Promise<A>,
): Promise<{ items: A[]; next?: string }> {
  const place = fromCursor(after);
  const found = await find({ limit: limit + 1, ...(place === undefined ? {} : { after: place }) });
  const shown = found.slice(0, limit);
  const items = await Promise.all(shown.map(show));
  return { items, ...(found.length > limit ? { next: toCursor(shown.at(-1)!.id) } : {}) };
}

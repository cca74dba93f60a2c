// The OpenAPI 3.1 document of the operators' API, made of the same rows and schemas that answer requests.

import { z } from 'zod';
import { endpoints } from '../../../src/oidc/endpoints.ts';
import { OPERATORS_API } from '../../../src/oidc/operator-scopes.ts';
import type { Fields, Operation } from './operation.ts';
import { problems, type ProblemCode } from './problem.ts';

type Json = Record<string, unknown>;

/** What any operation may answer. */
const always: readonly ProblemCode[] = [
  'unauthorized',
  'banned',
  'forbidden',
  'too_many_requests',
  'internal',
  'unavailable',
];

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
};

function parametersOf(fields: Fields, where: 'path' | 'query'): Json[] {
  return Object.entries(fields.shape).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field, 'input');
    return {
      name,
      in: where,
      required: where === 'path',
      ...(description === undefined ? {} : { description }),
      schema,
    };
  });
}

const header = (name: string, required: boolean, description: string): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
});

/** The problems that a row may answer with, its own and those that follow from what it takes. */
export function problemsOf({
  method,
  params,
  query,
  body,
  ifMatch,
  problems: own,
}: Operation): ProblemCode[] {
  const takesParams = Object.keys(params.shape).length > 0;
  const takesQuery = Object.keys(query.shape).length > 0;
  return [
    ...new Set<ProblemCode>([
      ...(takesQuery || method === 'post' || ifMatch ? (['bad_parameter'] as const) : []),
      ...(method === 'get' ? [] : (['malformed'] as const)),
      ...(takesParams ? (['not_found'] as const) : []),
      ...(body ? (['too_large', 'unsupported_media_type', 'invalid'] as const) : []),
      ...(ifMatch ? (['stale'] as const) : []),
      ...(ifMatch === 'required' ? (['precondition_required'] as const) : []),
      ...(method === 'post' ? (['under_way', 'key_reused'] as const) : []),
      ...own,
      ...always,
    ]),
  ];
}

function answersOf(operation: Operation): Json {
  const { status, answer, ifMatch, method } = operation;
  const tag = ifMatch || (method === 'get' && answer) ? { ETag: { $ref: '#/components/headers/ETag' } } : {};
  const good: Json = {
    description: answer ? 'Done.' : 'Done; there is nothing to tell.',
    headers: { 'X-Request-Id': { $ref: '#/components/headers/RequestId' }, ...tag },
    ...(answer ? { content: { 'application/json': { schema: schemaOf(answer, 'output') } } } : {}),
  };
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(operation)) {
    const at = problems[code].status;
    byStatus.set(at, [...(byStatus.get(at) ?? []), code]);
  }
  const refusals = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([at, codes]): [string, Json] => [
      String(at),
      {
        description: codes.map((code) => `${code}: ${problems[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]);
  return { ...(status === 403 ? {} : { [String(status)]: good }), ...Object.fromEntries(refusals) };
}

function entryOf(operation: Operation): Json {
  const { id, tag, summary, description, permission, params, query, body, ifMatch, method } = operation;
  const parameters = [
    ...parametersOf(params, 'path'),
    ...parametersOf(query, 'query'),
    ...(ifMatch
      ? [
          header(
            'If-Match',
            ifMatch === 'required',
            'The ETag that was seen: nothing is changed when it is another by now.',
          ),
        ]
      : []),
    ...(method === 'post'
      ? [
          header(
            'Idempotency-Key',
            false,
            'The same request under the same key is carried out once; the answer is kept for 24 hours.',
          ),
        ]
      : []),
  ];
  const needsBody = body !== undefined && !body.safeParse({}).success;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: [{ operators: [permission] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? {
          requestBody: {
            required: needsBody,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }
      : {}),
    responses: answersOf(operation),
  };
}

const text = { type: 'string' };
const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { type: 'string', enum: Object.keys(problems) },
    request_id: { ...text, description: 'Names the request in the log.' },
    errors: {
      type: 'array',
      items: { type: 'object', required: ['field', 'message'], properties: { field: text, message: text } },
    },
  },
};

/** The document. */
export function createOpenApi(operations: readonly Operation[], issuer: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: entryOf(operation) };
  }
  const scopes = [...new Set(operations.map(({ permission }) => permission))].sort();
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vrátný, the operators’ API',
      version: '1',
      description: 'Accounts, customers, clients and what belongs to them, for programs of the operators.',
    },
    servers: [{ url: `${issuer}${OPERATORS_API}` }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        operators: {
          type: 'oauth2',
          description: `Client credentials (RFC 6749 §4.4), with resource=${issuer}${OPERATORS_API} (RFC 8707).`,
          flows: {
            clientCredentials: {
              tokenUrl: `${issuer}${endpoints.token}`,
              scopes: Object.fromEntries(scopes.map((scope) => [scope, scope.replace(':', ', ')])),
            },
          },
        },
      },
      headers: {
        ETag: { description: 'The version of what was answered, for If-Match.', schema: text },
        RequestId: { description: 'Names the request in the log.', schema: text },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

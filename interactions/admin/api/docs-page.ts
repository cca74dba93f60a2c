// The readable page of the operators' API, made of the same rows as its OpenAPI document.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Pages } from '../../../src/http/pages.ts';
import { OPERATORS_API } from '../../../src/oidc/operator-scopes.ts';
import { endpoints } from '../../../src/oidc/endpoints.ts';
import { problemsOf } from './openapi.ts';
import type { Operation } from './operation.ts';
import { problems } from './problem.ts';

type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly format?: string;
  readonly description?: string;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};

type Field = { name: string; type: string; required: boolean; description: string };

/** What a field holds, in a word or two. */
function typeOf({ type, enum: values, const: only, format, items, anyOf }: Schema): string {
  if (anyOf) return anyOf.map(typeOf).join(' | ');
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (only !== undefined) return JSON.stringify(only);
  if (items) return `${typeOf(items)}[]`;
  return format ?? (Array.isArray(type) ? type.join(' | ') : ((type as string | undefined) ?? 'any'));
}

function fieldsOf(schema: z.ZodType | undefined, io: 'input' | 'output'): Field[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema;
  return Object.entries(properties).map(([name, field]) => ({
    name,
    type: typeOf(field),
    required: required.includes(name),
    description: field.description ?? '',
  }));
}

const shown = (operation: Operation) => {
  const { id, method, path, summary, description, permission, params, query, body, answer, status } =
    operation;
  return {
    id,
    method: method.toUpperCase(),
    path: `${OPERATORS_API}${path}`,
    summary,
    description: description ?? '',
    permission,
    ifMatch: operation.ifMatch ?? '',
    parameters: [
      ...fieldsOf(params, 'input').map((field) => ({ ...field, required: true })),
      ...fieldsOf(query, 'input'),
    ],
    body: fieldsOf(body, 'input'),
    status,
    answer: fieldsOf(answer, 'output'),
    problems: problemsOf(operation).join(', '),
  };
};

/** GET /admin/api/v1/docs */
export function createDocsPage(parts: { operations: readonly Operation[]; issuer: string; pages: Pages }) {
  const { operations, issuer, pages } = parts;
  const groups = [...new Set(operations.map(({ tag }) => tag))].map((tag) => ({
    tag,
    operations: operations.filter((operation) => operation.tag === tag).map(shown),
  }));
  const props = {
    groups,
    problems: Object.entries(problems).map(([code, row]) => ({ code, ...row })),
    resource: `${issuer}${OPERATORS_API}`,
    tokenUrl: `${issuer}${endpoints.token}`,
    documentUrl: `${OPERATORS_API}/openapi.json`,
  };
  return (req: IncomingMessage, res: ServerResponse): void =>
    pages.send(req, res, { template: 'admin/api-docs.njk', props });
}

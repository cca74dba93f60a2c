// Every text that the operators' API takes has a bound, by its document and by what it answers: none is stored that is
// longer, and none makes it fail.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { nobody } from '../support/house-stories.ts';
import { apiToken, apiWith, createApiClient, type Api } from '../support/operators-api.ts';
import { openWorld, type World } from '../support/world.ts';

type Schema = {
  readonly type?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
};
type Row = {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
};
type Field = {
  readonly path: readonly string[];
  readonly most: number | undefined;
  readonly isList: boolean;
};

let world: World;
let api: Api;
let rows: { path: string; method: string; row: Row }[];
beforeAll(async () => {
  world = await openWorld();
  const document = (await apiWith(world, undefined)('get', '/openapi.json')).body as {
    paths: Record<string, Record<string, Row>>;
  };
  rows = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, row]) => ({ path, method, row })),
  );
});
afterAll(() => world.close());

/** A pattern that repeats something without end bounds nothing. */
const isEndless = (pattern: string): boolean =>
  /[*+]|\{\d+,\}/.test(pattern.replaceAll(/\\.|\[(?:[^\]\\]|\\.)*\]/g, ''));

/** What of a schema is not bounded by it, by place. */
function unbounded(schema: Schema, place: string): string[] {
  const { type, pattern, maxLength, maxItems, anyOf = [], properties = {}, items } = schema;
  const isBoundText =
    maxLength !== undefined || 'enum' in schema || 'const' in schema || (pattern && !isEndless(pattern));
  return [
    ...(type === 'string' && !isBoundText ? [place] : []),
    ...(type === 'array' && maxItems === undefined ? [place] : []),
    ...anyOf.flatMap((one) => unbounded(one, place)),
    ...Object.entries(properties).flatMap(([name, one]) => unbounded(one, `${place}/${name}`)),
    ...(items ? unbounded(items, `${place}/0`) : []),
  ];
}

/** The texts and lists of a body. */
function fieldsIn(schema: Schema, path: readonly string[] = []): Field[] {
  const { type, maxLength, maxItems, anyOf = [], properties = {}, items } = schema;
  return [
    ...(type === 'string' ? [{ path, most: maxLength, isList: false }] : []),
    ...(type === 'array' ? [{ path, most: maxItems, isList: true }] : []),
    ...anyOf.flatMap((one) => fieldsIn(one, path)),
    ...Object.entries(properties).flatMap(([name, one]) => fieldsIn(one, [...path, name])),
    ...(items ? fieldsIn(items, [...path, '0']) : []),
  ];
}

/** A body with one field. */
const bodyOf = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, name) => (name === '0' ? [inner] : { [name]: inner }), value);

test('A8: by its document, every text and list that it takes has an end', () => {
  const found = rows.flatMap(({ row }) => [
    ...(row.parameters ?? [])
      .filter(({ in: where }) => where !== 'header')
      .flatMap(({ name, schema }) => unbounded(schema, `${row.operationId} ?${name}`)),
    ...(row.requestBody
      ? unbounded(row.requestBody.content['application/json'].schema, row.operationId)
      : []),
  ]);
  expect(rows.length).toBeGreaterThan(80);
  expect(found).toEqual([]);
});

test(
  'A8: one more than that, or far more, is refused by the name of the field',
  { timeout: 120_000 },
  async () => {
    let asked = 0;
    for (const { path, method, row } of rows) {
      if (!row.requestBody) continue;
      api = apiWith(world, await apiToken(world, await createApiClient(world)));
      const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(nobody[name]!));
      const takesVersion = row.parameters?.some(({ name }) => name === 'If-Match');
      const headers = takesVersion ? { 'if-match': '*' } : {};
      const send = (field: Field, length: number) => {
        const value = field.isList ? Array.from({ length }, () => 'x') : 'x'.repeat(length);
        return api(method, target, { body: bodyOf(field.path, value), headers });
      };
      for (const field of fieldsIn(row.requestBody.content['application/json'].schema)) {
        const pointer = `/${field.path.join('/')}`;
        for (const length of [...(field.most === undefined ? [] : [field.most + 1]), 100_000]) {
          const { status, body } = await send(field, length);
          const named = (body['errors'] as { field: string; message: string }[] | undefined)?.filter((one) =>
            one.field.startsWith(pointer),
          );
          const what = [row.operationId, pointer, length];
          expect([...what, status, named?.some(({ message }) => message.length > 5)]).toEqual([
            ...what,
            422,
            true,
          ]);
          asked += 1;
        }
        if (field.most === undefined) continue;
        const { status } = await send(field, field.most);
        expect([row.operationId, pointer, field.most, status < 500]).toEqual([
          row.operationId,
          pointer,
          field.most,
          true,
        ]);
      }
    }
    expect(asked).toBeGreaterThan(100);
    expect(world.logs.filter(({ level }) => level === 'error')).toEqual([]);
  },
);

test('A8: a key of a client that is longer than keys are is refused', async () => {
  api = apiWith(world, await apiToken(world, await createApiClient(world)));
  const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', note: 'x'.repeat(20_000) };
  const fields = { client_name: 'x', redirect_uris: ['https://a.example/'], jwks: { keys: [key] } };
  const { status, body } = await api('post', '/clients', { body: fields });
  expect([status, JSON.stringify(body['errors'])]).toEqual([
    422,
    expect.stringContaining('16000 characters'),
  ]);
});

test('A8: parameters of the address as well', async () => {
  for (const { path, method, row } of rows.filter((one) => one.method === 'get')) {
    api = apiWith(world, await apiToken(world, await createApiClient(world)));
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(nobody[name]!));
    for (const { name, in: where } of row.parameters ?? []) {
      if (where === 'header') continue;
      const long = 'x'.repeat(5_000);
      const { status } =
        where === 'query'
          ? await api(method, `${target}?${name}=${long}`)
          : await api(method, path.replaceAll(/\{\w+\}/g, long));
      expect([row.operationId, name, [400, 404].includes(status)]).toEqual([row.operationId, name, true]);
    }
  }
});

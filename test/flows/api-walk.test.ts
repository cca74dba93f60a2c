// The walk: every operation of the OpenAPI document is driven against the running API, with success and with each way
// to be refused. An operation without a story here fails.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { permissions } from '../../src/domain/operators/permissions.ts';
import { houseStories, nobody } from '../support/house-stories.ts';
import { queueStories } from '../support/queue-stories.ts';
import { Browser } from '../support/browser.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { apiToken, apiWith, createApiClient, type Api, type ApiAnswer } from '../support/operators-api.ts';
import { makeOwnToken } from '../support/api-tokens.ts';
import { signIn } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
};
type Row = {
  readonly operationId: string;
  readonly security: readonly [{ readonly operators: readonly [string] }];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<
    Record<string, { readonly content?: Record<string, { readonly schema: Schema }> }>
  >;
};
type Document = { readonly openapi: string; readonly paths: Record<string, Record<string, Row>> };

/** What a request that succeeds is made of. */
type Story = {
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly etag?: string;
};

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let holder: IssuedClient;
  let api: Api;
  beforeAll(async () => {
    world = await openWorld({
      storage,
      upstreams: [createFakeUpstream('partner').configured],
      env: { VRATNY_CLIENT_REGISTRATION: '{"partners": {"hosts": ["partner.example"]}}' },
    });
    holder = await createApiClient(world);
    api = apiWith(world, await apiToken(world, holder));
  });
  afterAll(() => closeWorld(world, storage));

  let count = 0;
  const reason = 'asked for on the phone';
  const account = async (): Promise<{ params: { account_id: string }; etag: string; email: string }> => {
    const { id, email } = await world.createAccount();
    return {
      params: { account_id: id },
      etag: (await api('get', `/accounts/${id}`)).headers.get('etag')!,
      email,
    };
  };
  const customer = async () => {
    const { id } = await world.createAccount();
    const [{ customer: found } = { customer: undefined }] = await world.core.customers.ofAccount(id);
    const { number } = found!.doc;
    return { params: { number }, etag: (await api('get', `/customers/${number}`)).headers.get('etag')! };
  };
  const client = async () => {
    const { metadata } = await world.createClient();
    const { client_id } = metadata;
    return { params: { client_id }, etag: (await api('get', `/clients/${client_id}`)).headers.get('etag')! };
  };
  const signedIn = async () => {
    const found = await account();
    const relyingParty = await world.createClient({ first_party: false });
    await signIn(world, relyingParty, { email: found.email }, {}, new Browser(world.issuer));
    const [session] = (await api('get', `/accounts/${found.params.account_id}/sessions`)).body['items'] as {
      id: string;
    }[];
    return { ...found, session_id: session!.id, client_id: relyingParty.metadata.client_id };
  };
  const stories: Record<string, () => Promise<Story>> = {
    openOrder: async () => ({ body: { key: `walk-${(count += 1)}`, email: `walk${count}@example.cz` } }),
    listAccounts: async () => ({}),
    createAccount: async () => ({
      body: { email: `made${(count += 1)}@example.cz`, given_name: 'Jana', customer: { kind: 'person' } },
    }),
    getAccount: account,
    changeAccount: async () => ({
      ...(await account()),
      body: {
        phone: '+420601123456',
        family_name: 'Nová',
        address: { city: 'Brno', postal_code: '60200' },
        name: null,
      },
    }),
    listCustomersOfAccount: account,
    disableAccount: async () => ({ ...(await account()), body: { reason } }),
    enableAccount: account,
    sendSetPasswordLink: account,
    changeAccountEmail: async () => ({
      ...(await account()),
      body: { email: `moved${(count += 1)}@example.cz`, reason },
    }),
    verifyAccount: async () => {
      const found = await account();
      return { ...found, body: { email: found.email, reason } };
    },
    listSessions: account,
    endSessions: account,
    endSession: async () => {
      const { params, session_id } = await signedIn();
      return { params: { ...params, session_id } };
    },
    listApiTokens: account,
    revokeApiToken: async () => {
      const { params } = await account();
      return { params: { ...params, token_id: await makeOwnToken(world, params.account_id) } };
    },
    listConsents: account,
    withdrawConsent: async () => {
      const { params, client_id } = await signedIn();
      return { params: { ...params, client_id } };
    },
    listCustomers: async () => ({}),
    getCustomer: customer,
    changeCustomer: async () => ({ ...(await customer()), body: { name: 'Hvězda s.r.o.', kind: 'company' } }),
    vetCustomer: async () => ({ ...(await customer()), body: { state: 'vetted', reason } }),
    listMembers: customer,
    listDomains: customer,
    putDomains: async () => ({ ...(await customer()), body: { domains: [`put${(count += 1)}.example`] } }),
    addDomains: async () => ({ ...(await customer()), body: { domains: [`add${(count += 1)}.example`] } }),
    getDomain: async () => ({ params: { domain: await ownDomain() } }),
    deleteDomain: async () => ({ params: { domain: await ownDomain() } }),
    listClients: async () => ({}),
    createClient: async () => ({ body: { client_name: 'B', redirect_uris: ['https://b.example/cb'] } }),
    getClient: client,
    changeClient: async () => ({ ...(await client()), body: { client_name: 'Renamed', logo_uri: null } }),
    deleteClient: client,
    rotateClientSecret: async () => ({ ...(await client()), body: { keep_seconds: 60 } }),
    disableClient: async () => ({ ...(await client()), body: { reason } }),
    enableClient: client,
    ...queueStories(
      () => world,
      () => api,
    ),
    ...houseStories(() => world),
  };
  async function ownDomain(): Promise<string> {
    const { params } = await customer();
    const domain = `own${(count += 1)}.example`;
    await api('post', `/customers/${params.number}/domains`, { body: { domains: [domain] } });
    return domain;
  }

  const document = async (): Promise<Document> =>
    (await apiWith(world, undefined)('get', '/openapi.json')).body as unknown as Document;
  const fill = (path: string, params: Readonly<Record<string, string>> = {}) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!));

  function expectProblem(answer: ApiAnswer, row: Row, status: number, code: string): void {
    const { operationId } = row;
    expect([operationId, answer.status, answer.body['code']]).toEqual([operationId, status, code]);
    expect([operationId, Object.keys(row.responses)]).toEqual([
      operationId,
      expect.arrayContaining([String(status)]),
    ]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ status, request_id: answer.headers.get('x-request-id') });
  }

  /** Whether a value has what its schema asks for, and nothing that it does not name. */
  function mismatch(value: unknown, schema: Schema, place: string): string[] {
    if (schema.items && Array.isArray(value))
      return value.flatMap((item, index) => mismatch(item, schema.items!, `${place}/${index}`));
    if (!schema.properties || typeof value !== 'object' || value === null) return [];
    const { properties, required = [] } = schema;
    return [
      ...required.filter((name) => !(name in value)).map((name) => `${place}/${name} lacks`),
      ...Object.entries(value).flatMap(([name, part]) =>
        properties[name]
          ? mismatch(part, properties[name], `${place}/${name}`)
          : [`${place}/${name} is not named`],
      ),
    ];
  }

  /** Each way to be refused that the row has. */
  async function expectRefusals(method: string, path: string, row: Row, story: Story): Promise<void> {
    const target = fill(path, story.params);
    const { body } = story;
    const [permission] = row.security[0].operators;
    const others = permissions.filter((name) => name !== permission).join(' ');
    const takes = (name: string) => row.parameters?.find((parameter) => parameter.name === name);
    const etag = takes('If-Match')?.required ? { 'if-match': story.etag ?? '*' } : {};
    const question = { ...(body ? { body } : {}), headers: { ...etag } };

    const anonymous = await apiWith(world, undefined)(method, target, question);
    expectProblem(anonymous, row, 401, 'unauthorized');
    expect(anonymous.headers.get('www-authenticate')).toBe('Bearer realm="operators"');
    const wrong = await apiWith(world, 'vratny_ct_nothing')(method, target, question);
    expectProblem(wrong, row, 401, 'unauthorized');
    expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const narrow = await apiWith(world, await apiToken(world, holder, others))(method, target, question);
    expectProblem(narrow, row, 403, 'forbidden');
    expect(narrow.headers.get('www-authenticate')).toContain(
      `error="insufficient_scope", scope="${permission}"`,
    );
    if (takes('limit'))
      expectProblem(await api(method, `${target}?limit=0`, question), row, 400, 'bad_parameter');

    if (row.requestBody) {
      const sent = (raw: unknown, headers = {}) =>
        api(method, target, { body: raw, headers: { ...etag, ...headers } });
      const text = JSON.stringify(body);
      expectProblem(await sent({ ...body, is_operator: true }), row, 422, 'invalid');
      expectProblem(await sent([body]), row, 422, 'invalid');
      for (const bad of [
        '{',
        'NaN',
        '\uFEFF{}',
        '['.repeat(10_000),
        `{"a":1,"\\u0061":2}`,
        '{"__proto__":{}}',
        '{"a":"\\ud800"}',
      ])
        expectProblem(await sent(bad), row, 400, 'malformed');
      expectProblem(await sent(text, { 'content-type': 'text/plain' }), row, 415, 'unsupported_media_type');
      expectProblem(await sent(`{"x":"${'y'.repeat(600_000)}"}`), row, 413, 'too_large');
    }
    for (const name of Object.keys(story.params ?? {}).filter((param) => path.includes(`{${param}}`))) {
      const lost = fill(path, { ...story.params, [name]: nobody[name]! });
      const missing = await api(method, lost, {
        ...question,
        headers: takes('If-Match') ? { 'if-match': '*' } : {},
      });
      expectProblem(missing, row, 404, 'not_found');
    }
    if (takes('If-Match')) {
      const stale = await api(method, target, { ...question, headers: { 'if-match': '"1"' } });
      expectProblem(stale, row, 412, 'stale');
      if (takes('If-Match')?.required)
        expectProblem(await api(method, target, body ? { body } : {}), row, 428, 'precondition_required');
    }
  }

  test(
    'every operation does what the document says, and refuses what it must',
    { timeout: 240_000 },
    async () => {
      const { openapi, paths } = await document();
      expect(openapi).toBe('3.1.0');
      const rows = Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, row]) => ({ path, method, row })),
      );
      expect(rows.map(({ row }) => row.operationId).sort()).toEqual(Object.keys(stories).sort());
      for (const { path, method, row } of rows) {
        // So often one client may not ask: each operation has its own.
        holder = await createApiClient(world);
        api = apiWith(world, await apiToken(world, holder));
        const { operationId } = row;
        const story = await stories[operationId]!();
        await expectRefusals(method, path, row, story);
        const done = await api(method, fill(path, story.params), {
          ...(story.body ? { body: story.body } : {}),
          headers: {
            origin: 'https://evil.example',
            ...(story.etag && row.parameters?.some(({ name }) => name === 'If-Match')
              ? { 'if-match': story.etag }
              : {}),
          },
        });
        const documented = Object.keys(row.responses).find((status) => status.startsWith('2')) ?? '403';
        expect([operationId, done.body, String(done.status)]).toEqual([operationId, done.body, documented]);
        const schema = row.responses[documented]!.content?.['application/json']?.schema;
        expect([operationId, schema ? mismatch(done.body, schema, '') : []]).toEqual([operationId, []]);
        expect(done.headers.get('cache-control')).toBe('no-store');
        expect([...done.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    },
  );

  test('what there is not is told to nobody without a token, and to clients with the methods that there are', async () => {
    expect((await apiWith(world, undefined)('get', '/nothing')).status).toBe(401);
    expect((await api('get', '/nothing')).status).toBe(404);
    const wrong = await api('delete', '/accounts');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD']);
    expect((await api('options', '/accounts')).status).toBe(405);
    expect((await api('get', '/accounts?limit=1&limit=2')).status).toBe(400);
    expect((await api('get', '/accounts?after=bm90aGluZw')).status).toBe(400);
    expect((await api('get', '/accounts?lang=cs')).status).toBe(400);
  });

  test('a token opens nothing any more when it, its client or its scope is taken away', async () => {
    const other = await createApiClient(world, 'accounts:read clients:write');
    const id = other.metadata.client_id;
    const held = apiWith(world, await apiToken(world, other));
    expect((await held('get', '/accounts')).status).toBe(200);
    await world.core.clients.update(id, { scope: 'clients:write' });
    expect((await held('get', '/accounts')).status).toBe(403);
    await world.core.clients.update(id, { scope: 'accounts:read clients:write' });
    await world.core.clients.setDisabled(id, reason);
    expect((await held('get', '/accounts')).status).toBe(401);
    await world.core.clients.setDisabled(id, undefined);
    expect((await held('get', '/accounts')).status).toBe(200);
    await world.core.clients.delete(id);
    expect((await held('get', '/accounts')).status).toBe(401);
  });
});

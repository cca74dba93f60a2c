// Attacks on the operators' API: more power than was given, keys of requests used twice, tokens that were meant for
// something else.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiRate } from '../../interactions/admin/api/server.ts';
import { permissions } from '../../src/domain/operators/permissions.ts';
import { API, apiToken, apiWith, createApiClient, openApi, type Api } from '../support/operators-api.ts';
import { exchange, obtain, postAs } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, testClock, token, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let api: Api;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_RESOURCES: '{"https://api.example.com":"read"}' } });
    api = await openApi(world);
  });
  afterAll(() => closeWorld(world, storage));

  const etagOf = async (path: string) => (await api('get', path)).headers.get('etag')!;

  test('A72: whoever may write clients cannot make or take over one that may do more', async () => {
    const weak = await openApi(world, 'clients:read clients:write');
    const strong = (await createApiClient(world)).metadata.client_id;
    const made = (scope: string) => ({
      body: { client_name: 'Mine', grant_types: ['client_credentials'], scope },
    });
    expect((await weak('post', '/clients', made('openid'))).status).toBe(201);
    expect((await weak('post', '/clients', made('accounts:read'))).status).toBe(403);
    expect((await weak('post', '/clients', made('clients:write'))).status).toBe(403);
    const plain = (await world.createClient()).metadata.client_id;
    const headers = { 'if-match': '*' };
    const raised = await weak('patch', `/clients/${plain}`, {
      body: { scope: 'openid operators:write' },
      headers,
    });
    expect(raised.status).toBe(403);
    for (const [method, path, body] of [
      ['post', '/secret', {}],
      ['post', '/disable', { reason: 'because' }],
      ['post', '/enable', undefined],
      ['patch', '', { client_name: 'Mine' }],
      ['delete', '', undefined],
    ] as const) {
      const question = { ...(body ? { body } : {}), ...(path === '' ? { headers } : {}) };
      expect([method, path, (await weak(method, `/clients/${strong}${path}`, question)).status]).toEqual([
        method,
        path,
        403,
      ]);
    }
    // Nobody gives what they have not, even if they decide about operators.
    const deciding = await openApi(world, 'clients:write operators:write');
    expect((await deciding('post', '/clients', made('clients:write'))).status).toBe(201);
    expect((await deciding('post', '/clients', made('keys:write'))).status).toBe(403);
  });

  test('A72: the account of an operator is touched only by who decides about operators', async () => {
    const { id, email } = await world.createAccount();
    await world.core.operators.grant({ kind: 'system' }, id, 'owner');
    const support = await openApi(world, 'accounts:read accounts:write customers:write');
    const reason = 'they asked for it';
    for (const [method, path, body] of [
      ['patch', '', { phone: '+420601000111' }],
      ['post', '/disable', { reason }],
      ['post', '/enable', undefined],
      ['post', '/email', { email: 'mine@evil.example', reason }],
      ['post', '/set-password-link', undefined],
      ['post', '/verification', { email, reason }],
      ['delete', '/sessions', undefined],
    ] as const) {
      const headers: Record<string, string> = path === '' ? { 'if-match': '*' } : {};
      const answer = await support(method, `/accounts/${id}${path}`, { ...(body ? { body } : {}), headers });
      expect([path, answer.status, answer.body['code']]).toEqual([path, 403, 'forbidden']);
    }
    // The last owner stays, whoever asks.
    const last = await api('post', `/accounts/${id}/disable`, { body: { reason } });
    expect([last.status, last.body['code']]).toEqual([409, 'conflict']);
  });

  test('a token of a person, for another API, or without scopes opens nothing', async () => {
    const resource = `${world.issuer}${API}`;
    const both = await world.createClient({
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: `openid read ${permissions.join(' ')}`,
    });
    const account = await world.createAccount();
    const browser = await world
      .browser()
      .open(world.authorizeUrl(both, { resource, scope: 'openid accounts:read' }));
    expect(browser.callback).toMatchObject({ error: 'invalid_target' });
    const pushed = await postAs(world, both, '/par', {
      ...Object.fromEntries(new URL(world.authorizeUrl(both)).searchParams),
      resource,
      grant_type: 'client_credentials',
    });
    expect(pushed.body).toMatchObject({ error: 'invalid_target' });
    const { tokens, browser: signedIn } = await obtain(world, both, account, { scope: 'openid' });
    expect((await apiWith(world, tokens.access_token)('get', '/accounts')).status).toBe(401);
    await signedIn.open(world.authorizeUrl(both));
    expect((await exchange(world, both, signedIn, { resource })).status).toBe(400);

    const ask = async (more: Record<string, string>) => {
      const { body } = await token(world, both, { grant_type: 'client_credentials', ...more });
      return (await apiWith(world, body.access_token)('get', '/accounts')).status;
    };
    expect(await ask({ scope: 'accounts:read' })).toBe(401);
    expect(await ask({ resource: 'https://api.example.com', scope: 'read accounts:read' })).toBe(401);
    expect(await ask({ resource })).toBe(403);
    expect(await ask({ resource, scope: 'accounts:read' })).toBe(200);
    // A client without any of these scopes is not told that there is such an API.
    const plain = await world.createClient({ grant_types: ['client_credentials'], redirect_uris: [] });
    expect((await token(world, plain, { grant_type: 'client_credentials', resource })).body).toMatchObject({
      error: 'invalid_target',
    });
  });

  test('a revoked token opens nothing, and no token is taken from address or form', async () => {
    const client = await createApiClient(world);
    const value = await apiToken(world, client);
    const anonymous = apiWith(world, undefined);
    expect((await anonymous('get', `/accounts?access_token=${value}`)).status).toBe(401);
    await postAs(world, client, '/token/revocation', { token: value });
    expect((await apiWith(world, value)('get', '/accounts')).status).toBe(401);
  });

  test('an Idempotency-Key carries a request out once, answers it the same, and fits one request only', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    const body = { client_name: 'Once', redirect_uris: ['https://once.example/callback'] };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api('post', '/clients', { body, headers })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
    const again = await api('post', '/clients', { body, headers });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    for (const answer of [...made, again]) expect(answer.body).toEqual(made[0]!.body);
    expect(again.headers.get('location')).toBe(made[0]!.headers.get('location'));
    const all = await world.core.clients.listStored({ limit: 1000 });
    expect(all.filter(({ doc }) => doc.metadata.client_name === 'Once')).toHaveLength(1);
    // The secret in the kept answer is not to be read from the database.
    const secret = String(again.body['client_secret']);
    const kept = await world.store.collection({ name: 'idempotency_keys' }).list(undefined, { limit: 100 });
    expect(JSON.stringify(kept)).not.toContain(secret);

    const other = await api('post', '/clients', { body: { ...body, client_name: 'Twice' }, headers });
    expect([other.status, other.body['code']]).toEqual([422, 'key_reused']);
    // The key is this client's alone.
    const stranger = await openApi(world, 'clients:write');
    expect(
      (await stranger('post', '/clients', { body, headers })).headers.get('idempotency-replayed'),
    ).toBeNull();
    // What was refused was not done: the key is free for the request put right.
    const wrong = { body: { client_name: '' }, headers: { 'idempotency-key': 'key-2' } };
    expect((await api('post', '/clients', wrong)).status).toBe(422);
    expect((await api('post', '/clients', { body, headers: { 'idempotency-key': 'key-2' } })).status).toBe(
      201,
    );
    expect((await api('get', '/clients', { headers })).status).toBe(400);
  });

  test('A5, A12: what databases and programs give a meaning to is plain text here', async () => {
    const { id } = await world.createAccount();
    for (const text of ['$ne', '__proto__', "' OR 1=1 --", '{{7*7}}', 'constructor', '%00']) {
      const path = `/accounts/${encodeURIComponent(text)}`;
      expect([text, (await api('get', path)).status]).toEqual([text, 404]);
      expect([text, (await api('get', `/domains/${encodeURIComponent(text)}`)).status]).toEqual([text, 404]);
      const change = { body: { name: text }, headers: { 'if-match': await etagOf(`/accounts/${id}`) } };
      expect((await api('patch', `/accounts/${id}`, change)).body['name']).toBe(text);
    }
    for (const value of [{ $ne: '' }, ['x'], 1, true, { a: 1 }]) {
      const change = { body: { name: value }, headers: { 'if-match': '*' } };
      expect((await api('patch', `/accounts/${id}`, change)).status).toBe(422);
    }
    expect((await api('get', '/accounts/%E0%A4%A')).status).toBe(404);
  });

  test('A110: fields that are not for callers are refused', async () => {
    const { id } = await world.createAccount();
    const etag = await etagOf(`/accounts/${id}`);
    for (const field of [
      'operator_roles',
      'operatorRoles',
      'status',
      'email',
      'email_verified',
      'password',
      'passwordHash',
      'id',
      'sub',
    ])
      expect([
        field,
        (await api('patch', `/accounts/${id}`, { body: { [field]: 'x' }, headers: { 'if-match': etag } }))
          .status,
      ]).toEqual([field, 422]);
    for (const field of ['password', 'passwordHash', 'operator_roles'])
      expect((await api('post', '/accounts', { body: { email: 'x@example.cz', [field]: 'x' } })).status).toBe(
        422,
      );
    expect(await etagOf(`/accounts/${id}`)).toBe(etag);
  });

  test('A72: a program gives and takes no role that may more than it may, and the last owner stays one', async () => {
    const { id } = await world.createAccount();
    const role = (name: string, whose = id) => `/operators/${whose}/roles/${name}`;
    const body = { reason: 'a new colleague' };
    const weak = await openApi(world, 'operators:read operators:write accounts:write');
    for (const name of ['owner', 'support', 'auditor'])
      expect((await weak('put', role(name), { body })).status).toBe(403);
    expect((await api('put', role('owner'), { body })).body).toMatchObject({
      account_id: id,
      roles: ['owner'],
    });
    expect((await weak('delete', role('owner'))).status).toBe(403);
    const owners = async () => {
      const { items } = (await api('get', '/operators')).body as {
        items: { account_id: string; roles: string[] }[];
      };
      return items.filter(({ roles }) => roles.includes('owner')).map(({ account_id: whose }) => whose);
    };
    for (const whose of await owners()) if (whose !== id) await api('delete', role('owner', whose));
    const last = await api('delete', role('owner'));
    expect([last.status, last.body['code']]).toEqual([409, 'conflict']);
    expect((await api('put', role('king'), { body })).status).toBe(404);
    expect((await api('delete', role('support'))).status).toBe(404);

    const other = await world.createAccount();
    await api('put', role('owner', other.id), { body });
    expect((await api('delete', role('owner'))).status).toBe(204);
    expect(await owners()).toEqual([other.id]);
    const [entry] = (await world.core.audit.list({ accountId: id }, { limit: 1 })).entries;
    expect(entry!.doc).toMatchObject({ action: 'operator.role_revoked', before: { role: 'owner' } });
    expect(entry!.doc.actor).toMatch(/^client:/);
  });

  test('of two changes on one version one is made', async () => {
    const { id } = await world.createAccount();
    const headers = { 'if-match': await etagOf(`/accounts/${id}`) };
    const answers = await Promise.all(
      ['Jedna', 'Dva', 'Tři'].map((name) => api('patch', `/accounts/${id}`, { body: { name }, headers })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412]);
  });

  test('a scope of the operators’ API cannot be the scope of another API, too', async () => {
    const env = { VRATNY_RESOURCES: '{"https://api.example.com":"read accounts:read"}' };
    await expect(openWorld({ env })).rejects.toThrow('accounts:read');
  });
});

test('a client that runs wild is told to wait, and the others are not', async () => {
  const now = new Date();
  const world = await openWorld({ clock: { ...testClock, now: () => now } });
  const [wild, calm] = [await openApi(world, 'clients:read'), await openApi(world, 'clients:read')];
  for (let count = 0; count < apiRate.burst; count += 1) await wild('get', '/nothing');
  const refused = await wild('get', '/clients');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect((await calm('get', '/clients')).status).toBe(200);
  await world.close();
});

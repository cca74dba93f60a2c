// Clients that look after their own registration (RFC 7592), and what those try who want that of another.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  goodRegistration as good,
  managed,
  olga as by,
  openRegistration,
  type Registration,
} from '../support/client-registration.ts';
import { closeWorld, onEveryStorage, token, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let it: Registration;
  let world: World;
  beforeAll(async () => {
    it = await openRegistration(storage);
    world = it.world;
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => it.wait());

  const ask: Registration['ask'] = (...given) => it.ask(...given);
  const register: Registration['register'] = (...given) => it.register(...given);

  test('a client reads and changes its registration, with a new token each time, and removes it', async () => {
    const first = managed(await register(good));
    const read = await ask('GET', first.url, first.bearer);
    expect([read.status, read.body['client_name'], read.body['client_secret']]).toEqual([
      200,
      'Partner',
      undefined,
    ]);
    const change = { client_id: first.id, ...good, client_name: 'Renamed', client_secret: first.secret };
    const changed = await ask('PUT', first.url, first.bearer, change);
    expect([changed.status, changed.body['client_name'], changed.body['client_secret']]).toEqual([
      200,
      'Renamed',
      undefined,
    ]);
    const second = { ...first, bearer: managed(changed).bearer };
    expect(second.bearer).not.toBe(first.bearer);
    expect((await ask('GET', first.url, first.bearer)).status).toBe(401);
    expect((await ask('GET', first.url, second.bearer)).body['client_name']).toBe('Renamed');
    const { metadata } = (await world.core.clients.find(first.id))!;
    const client = { metadata, secret: first.secret! };
    expect((await token(world, client, { grant_type: 'authorization_code', code: 'x' })).body['error']).toBe(
      'invalid_request',
    );
    expect((await ask('DELETE', first.url, second.bearer)).status).toBe(204);
    expect(await world.core.clients.find(first.id)).toBeUndefined();
    expect((await ask('GET', first.url, second.bearer)).status).toBe(401);
    const { entries } = await world.core.audit.list({ clientId: first.id }, { limit: 5 });
    expect(entries.map(({ doc }) => doc.action)).toEqual([
      'client.registration_deleted',
      'client.registration_changed',
      'client.registered',
    ]);
  });

  test('a change goes no further than the policy, and needs the secret that it names', async () => {
    const { url, bearer, id } = managed(await register(good));
    const rows: object[] = [
      { redirect_uris: ['https://evil.example/'] },
      { scope: 'openid read' },
      { grant_types: ['client_credentials'] },
      { client_secret: 'wrong' },
      { client_id: 'vratny-console' },
      { registration_access_token: bearer },
    ];
    for (const more of rows)
      expect([more, (await ask('PUT', url, bearer, { client_id: id, ...good, ...more })).status]).toEqual([
        more,
        400,
      ]);
    const ours = await ask('PUT', url, bearer, {
      client_id: id,
      ...good,
      first_party: true,
      scope: 'openid',
    });
    expect(ours.status).toBe(200);
    expect((await world.core.clients.find(id))!.metadata).toMatchObject({
      first_party: false,
      scope: 'openid',
    });
  });

  test('the token of another client opens nothing, nor does it for a client that operators made', async () => {
    const [mine, theirs] = [managed(await register(good)), managed(await register(good))];
    const { metadata } = await world.createClient();
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { client_id: theirs.id, ...good, client_name: 'Stolen' }],
      ['DELETE', undefined],
    ] as const) {
      const bearer = managed(await register(good)).bearer;
      expect((await ask(method, theirs.url, bearer, body)).status).toBe(401);
      expect(
        (await ask(method, `/client-registration/${metadata.client_id}`, mine.bearer, body)).status,
      ).toBe(401);
    }
    expect((await world.core.clients.find(theirs.id))!.metadata.client_name).toBe('Partner');
    expect(await world.core.clients.find(metadata.client_id)).toBeDefined();
  });

  test('of changes that come at once with one token, one goes on', async () => {
    const { url, bearer, id } = managed(await register(good));
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        ask('PUT', url, bearer, { client_id: id, ...good, client_name: `Name ${index}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('a disabled client manages nothing; methods that there are not are named', async () => {
    const { url, bearer, id } = managed(await register(good));
    await world.core.acts.clients.disable(by, id, 'spam');
    await world.app.engine.refresh();
    expect((await ask('PUT', url, bearer, { client_id: id, ...good })).status).toBe(401);
    expect((await world.core.clients.find(id))!.disabled).toBeDefined();
    expect(
      (await ask('PUT', '/client-registration/%E0%A4%A', bearer, { client_id: id })).status,
    ).toBeLessThan(500);
    const wrong = await ask('PATCH', '/client-registration/x', undefined);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE']);
    expect((await ask('GET', '/client-registration', undefined)).headers.get('allow')).toBe('POST');
  });
});

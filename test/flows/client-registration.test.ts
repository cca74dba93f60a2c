// Clients that register themselves (RFC 7591), and what those try who mean no good.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEVICE_GRANT } from '../../src/domain/clients/client-metadata.ts';
import { registrationQuotas } from '../../src/oidc/registration.ts';
import { collections, engineCollections } from '../../src/domain/collections.ts';
import {
  goodRegistration as good,
  managed,
  olga as by,
  openRegistration,
  registrationPolicies as policies,
  type Registration,
} from '../support/client-registration.ts';
import { atSignIn } from '../support/journeys.ts';
import { exchange, signIn } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

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

  const newToken: Registration['newToken'] = (...given) => it.newToken(...given);
  const ask: Registration['ask'] = (...given) => it.ask(...given);
  const register: Registration['register'] = (...given) => it.register(...given);

  describe('registering', () => {
    test('a client registers itself, signs people in after their consent, and is marked as what it is', async () => {
      const made = await register({ ...good, client_uri: 'https://app.partner.example/', unknown_field: 1 });
      expect([made.status, made.body['error_description']]).toEqual([201, undefined]);
      expect(made.headers.get('cache-control')).toBe('no-store');
      expect(made.body).toMatchObject({
        client_name: 'Partner',
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_basic',
        scope: policies.partners.scope,
        client_secret_expires_at: 0,
      });
      for (const field of ['first_party', 'unknown_field', 'registration_policy'])
        expect(made.body).not.toHaveProperty(field);
      const { id, secret } = managed(made);
      const stored = (await world.core.clients.find(id))!;
      expect(stored.registered).toMatchObject({ policy: 'partners' });
      expect(stored.metadata).toMatchObject({ first_party: false, resource_server: false });
      expect(JSON.stringify(stored)).not.toContain(secret);

      const { email } = await world.createAccount();
      const client = { metadata: stored.metadata, secret: secret! };
      const browser = await signIn(world, client, { email }, { scope: 'openid profile' });
      expect(browser.trail.some((url) => url.endsWith('/consent'))).toBe(true);
      // A86: whoever has not consented yet is warned, with the address that the engine holds it to.
      const other = await (
        await atSignIn(world, client)
      ).submit({
        login: (await world.createAccount()).email,
        password: PASSWORD,
      });
      expect(other.html).toMatch(/it registered itself.*partner\.example/s);
      const { body } = await exchange(world, client, browser);
      expect(body['expires_in']).toBe(300);

      const { entries } = await world.core.audit.list({ clientId: id }, { limit: 9 });
      const acts = entries.map(({ doc }) => doc).filter(({ action }) => action.startsWith('client.'));
      expect(acts).toMatchObject([{ action: 'client.registered', actor: `client:${id}` }]);
      const discovery = (await ask('GET', '/.well-known/openid-configuration', undefined)).body;
      expect(discovery['registration_endpoint']).toBe(`${world.issuer}/client-registration`);
    });

    test('a machine gets the scopes of its policy, and a native application its own scheme', async () => {
      const machine = await register({ client_name: 'Robot' }, await newToken('machines'));
      expect(machine.body).toMatchObject({ scope: 'read', grant_types: ['client_credentials'] });
      const { id, secret } = managed(machine);
      const client = { metadata: (await world.core.clients.find(id))!.metadata, secret: secret! };
      const issued = await token(world, client, {
        grant_type: 'client_credentials',
        resource: 'https://api.example.com',
        scope: 'read write',
      });
      expect([issued.status, issued.body['scope']]).toEqual([200, 'read']);
      const native = await register({
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['com.partner.app:/callback', 'http://127.0.0.1/callback'],
      });
      expect([native.status, native.body['client_secret']]).toEqual([201, undefined]);
    });

    test('a device gets its grant where its policy has it, by naming it', async () => {
      const bearer = await newToken('screens', 3);
      const screen = await register(
        { client_name: 'Screen', grant_types: [DEVICE_GRANT], token_endpoint_auth_method: 'none' },
        bearer,
      );
      expect(screen.body).toMatchObject({
        grant_types: [DEVICE_GRANT],
        response_types: [],
        redirect_uris: [],
      });
      const asked = await fetch(`${world.issuer}/device-authorization`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: managed(screen).id, scope: 'openid' }),
      });
      expect(asked.status).toBe(200);
      const app = await register({ redirect_uris: ['https://screens.example/callback'] }, bearer);
      expect(app.body['grant_types']).toEqual(['authorization_code', 'refresh_token']);
      const partner = await register({ grant_types: [DEVICE_GRANT] }, await newToken('partners', 1));
      expect(partner.body['error_description']).toContain('grant_types');
    });

    test('what a policy does not allow is refused by name, stored nowhere, and costs no use', async () => {
      const bearer = await newToken('partners', 1);
      const before = (await world.store.collection(collections.clients).list(undefined, { limit: 100 }))
        .length;
      const rows: [object, string][] = [
        [{}, 'redirect_uris'],
        [{ redirect_uris: [] }, 'redirect_uris'],
        [{ redirect_uris: 'https://app.partner.example/' }, 'redirect_uris'],
        [{ redirect_uris: ['javascript:alert(1)'] }, 'redirect_uris'],
        [{ redirect_uris: ['data:text/html,x'], application_type: 'native' }, 'redirect_uris'],
        [{ redirect_uris: ['http://app.partner.example/'] }, 'redirect_uris'],
        [{ redirect_uris: ['https://evil.example/'] }, 'host that is not allowed (evil.example)'],
        [{ redirect_uris: ['https://apps.example/'] }, 'host that is not allowed'],
        [{ redirect_uris: ['https://evilapps.example/'] }, 'host that is not allowed'],
        [{ redirect_uris: ['https://app.partner.example@evil.example/'] }, 'redirect_uris'],
        [{ redirect_uris: ['https://app.partner.example/#x'] }, 'fragment'],
        [{ redirect_uris: ['com.evil.app:/cb'], application_type: 'native' }, 'scheme that is not allowed'],
        [{ ...good, post_logout_redirect_uris: ['https://evil.example/'] }, 'post_logout_redirect_uris'],
        [{ ...good, logo_uri: 'http://169.254.169.254/latest/meta-data' }, 'logo_uri'],
        [{ ...good, logo_uri: 'https://evil.example/logo.png' }, 'logo_uri'],
        [
          { ...good, jwks_uri: 'https://internal.example/', token_endpoint_auth_method: 'private_key_jwt' },
          'jwks_uri',
        ],
        [{ ...good, backchannel_logout_uri: 'https://10.0.0.1/' }, 'backchannel_logout_uri'],
        [{ ...good, initiate_login_uri: 'javascript:1' }, 'initiate_login_uri'],
        [{ ...good, scope: 'openid read' }, 'scope: read'],
        [{ ...good, scope: 'openid accounts:write' }, 'scope: accounts:write'],
        [{ ...good, scope: 'openid  profile' }, 'scope'],
        [{ ...good, grant_types: ['authorization_code', 'client_credentials'] }, 'client_credentials'],
        [{ ...good, grant_types: ['implicit'] }, 'grant_types'],
        [{ ...good, response_types: ['token'] }, 'response_types'],
        [{ ...good, token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
        [{ ...good, id_token_signed_response_alg: 'none' }, 'id_token_signed_response_alg'],
        [{ ...good, id_token_signed_response_alg: 'HS256' }, 'id_token_signed_response_alg'],
        [{ ...good, client_name: 'Bank\u202E' }, 'client_name'],
        [{ ...good, client_name: 'x'.repeat(101) }, 'client_name'],
      ];
      for (const [body, named] of rows) {
        const { status, body: answer } = await register(body, bearer);
        const { error, error_description: told } = answer as { error: string; error_description: string };
        expect([JSON.stringify(body), status, error]).toEqual([
          JSON.stringify(body),
          400,
          told?.startsWith('redirect_uris') ? 'invalid_redirect_uri' : 'invalid_client_metadata',
        ]);
        expect(told).toContain(named);
        it.wait();
      }
      for (const raw of ['{', '[]', '"x"', 'null', '{"__proto__":{"first_party":true}}'])
        expect((await register(raw, bearer)).status).toBe(400);
      expect((await world.store.collection(collections.clients).list(undefined, { limit: 100 })).length).toBe(
        before,
      );
      expect((await register(good, bearer)).status).toBe(201);
    });

    test('what is ours to give cannot be taken, and nothing is fetched that was named', async () => {
      const taken = await register({
        ...good,
        client_id: 'vratny-console',
        client_secret: 'chosen by me',
        first_party: true,
        resource_server: true,
        accent_color: '#000000',
        registration_policy: 'machines',
        client_id_issued_at: 1,
        sector_identifier_uri: 'https://127.0.0.1:1/sector',
        request_uris: ['https://127.0.0.1:1/request'],
        subject_type: 'pairwise',
        client_name: '<img src=x onerror=alert(1)>',
      });
      expect(taken.status).toBe(201);
      const { id, secret } = managed(taken);
      expect(id).toMatch(/^client-/);
      expect(secret).not.toBe('chosen by me');
      const { metadata } = (await world.core.clients.find(id))!;
      expect(metadata).toMatchObject({ first_party: false, resource_server: false });
      expect(Object.keys(metadata)).not.toEqual(
        expect.arrayContaining(['sector_identifier_uri', 'request_uris', 'subject_type', 'accent_color']),
      );
      const { email } = await world.createAccount();
      const browser = await world.browser().open(world.authorizeUrl({ metadata }));
      expect(browser.html).not.toContain('<img src=x');
      await browser.submit({ login: email, password: 'correct horse battery' });
      expect(browser.html).toContain('&lt;img src=x');
    });
  });

  describe('initial access tokens', () => {
    test('no token, a wrong one, one that has ended or was taken back registers nothing, and all look alike', async () => {
      const ended = await newToken('partners', 5, 1);
      const { token: revoked, shown } = await world.core.acts.registrationTokens.create(by, {
        policy: 'partners',
        note: '',
        uses: 5,
        days: 5,
      });
      await world.core.acts.registrationTokens.revoke(by, shown.id);
      it.wait(86_401_000);
      for (const bearer of ['vratny_iat_nothing', 'x', ended, revoked]) {
        const answer = await register(good, bearer);
        expect([bearer, answer.status, answer.body['error']]).toEqual([bearer, 401, 'invalid_token']);
      }
      expect((await ask('POST', '/client-registration', undefined, good)).status).toBe(401);
      expect(
        (await ask('POST', `/client-registration?access_token=${await newToken()}`, undefined, good)).status,
      ).toBe(400);
    });

    test('of many at once no more register than there are uses', async () => {
      const bearer = await newToken('partners', 2);
      const answers = await Promise.all(Array.from({ length: 8 }, () => register(good, bearer)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(6);
    });

    test('from one network only so many are tried', async () => {
      const bearer = await newToken();
      const { limit } = registrationQuotas.network;
      for (let count = 0; count < limit; count += 1) await register('{', bearer);
      const refused = await register(good, bearer);
      expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    });

    test('they are kept as hashes', async () => {
      const bearer = await newToken();
      const made = managed(await register(good, bearer));
      const stored = await Promise.all([
        world.store.collection(collections.registrationTokens).list(undefined, { limit: 100 }),
        world.store.collection(collections.clients).list(undefined, { limit: 100 }),
        world.store.collection(engineCollections.RegistrationAccessToken).list(undefined, { limit: 100 }),
        world.core.audit.list(undefined, { limit: 100 }),
      ]);
      for (const secret of [bearer, made.bearer, made.secret!])
        expect(JSON.stringify(stored)).not.toContain(secret);
    });
  });
});

test('without a policy there is no such endpoint, and nobody can hand out tokens', async () => {
  const world = await openWorld();
  expect((await fetch(`${world.issuer}/client-registration`, { method: 'POST', body: '{}' })).status).toBe(
    404,
  );
  const discovery = await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).text();
  expect(discovery).not.toContain('registration_endpoint');
  await expect(
    world.core.acts.registrationTokens.create(by, {
      policy: 'x',
      note: '',
      uses: 1,
      days: 1,
    }),
  ).rejects.toThrow('dynamic registration is off');
  await world.close();
  const env = {
    VRATNY_CLIENT_REGISTRATION: '{"x": {"hosts": ["a.example"], "scope": "openid clients:write"}}',
  };
  await expect(openWorld({ env })).rejects.toThrow('cannot allow clients:write');
});

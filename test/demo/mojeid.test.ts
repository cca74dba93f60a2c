// The simulated MojeID by itself: that it does what the real one is known to do, also where no standard says so.

import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/demo/mojeid/start.ts';
import { answerAtMojeid, browserAt, openSimulator, service } from '../support/mojeid.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulator();
});
afterAll(() => simulator.stop());
afterEach(() => {
  simulator.faults.clear();
  simulator.forget();
});

const [redirectUri = ''] = service.redirectUris;
const request = (more: Record<string, string | undefined> = {}): string => {
  const params = {
    client_id: service.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    state: 'st',
    nonce: 'no',
    ...more,
  };
  const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${simulator.issuer}authorization/?${new URLSearchParams(given).toString()}`;
};
const locationOf = async (url: string) =>
  new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? 'about:blank');
const basic = `Basic ${Buffer.from(`${service.id}:${service.secret}`).toString('base64')}`;
const redeem = async (code: string, more: Record<string, string> = {}, authorization = basic) => {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    ...more,
  });
  const response = await fetch(`${simulator.issuer}token/`, {
    method: 'POST',
    headers: { authorization },
    body,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, string>,
  };
};
const codeFor = async (more: Record<string, string | undefined> = {}, browser = browserAt(simulator)) => {
  const { searchParams } = await answerAtMojeid(browser, request(more), 'a');
  return searchParams.get('code') ?? '';
};
const postJson = (path: string, body: unknown) =>
  fetch(simulator.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('its documents are those of MojeID: a final slash, `none`, no PKCE, no logout, a bare key', async () => {
  const get = async (path: string) =>
    (await (await fetch(simulator.origin + path)).json()) as Record<string, unknown>;
  const found = await get('/oidc/.well-known/openid-configuration');
  expect(found).toEqual(await get('/.well-known/openid-configuration/'));
  expect(found['issuer']).toBe(`${simulator.origin}/oidc/`);
  expect(found['id_token_signing_alg_values_supported']).toContain('none');
  expect(found['acr_values_supported']).toContain('');
  for (const name of [
    'end_session_endpoint',
    'code_challenge_methods_supported',
    'authorization_response_iss_parameter_supported',
  ])
    expect(found).not.toHaveProperty(name);
  const { keys } = (await get('/oidc/key.jwk')) as { keys: object[] };
  expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([['e', 'kid', 'kty', 'n']]);
});

describe('authorization', () => {
  test('who is not registered, or not at that address, is not sent anywhere', async () => {
    for (const more of [{ client_id: 'other' }, { redirect_uri: `${redirectUri}/` }]) {
      const response = await fetch(request(more), { redirect: 'manual' });
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    }
    const malformed = await locationOf(request({ scope: 'email' }));
    expect(Object.fromEntries(malformed.searchParams)).toEqual({ error: 'invalid_request', state: 'st' });
  });

  test('errors about the sign-in have no state; `max_age=0` is no limit', async () => {
    const silent = await locationOf(request({ prompt: 'none' }));
    expect(Object.fromEntries(silent.searchParams)).toEqual({ error: 'login_required' });
    const acr = JSON.stringify({ id_token: { acr: { values: ['phr'] } } });
    const refused = await answerAtMojeid(browserAt(simulator), request({ claims: acr }), 'a');
    expect(Object.fromEntries(refused.searchParams)).toEqual({ error: 'access_denied' });

    const browser = browserAt(simulator);
    await answerAtMojeid(browser, request(), 'a', { remember: true });
    simulator.ageSessions(7200);
    await browser.open(request({ max_age: '0' }));
    expect(Object.fromEntries(new URL(browser.url).searchParams)).toMatchObject({
      state: 'st',
      iss: simulator.issuer,
      client_id: service.id,
    });
    await browser.open(request({ max_age: '1' }));
    expect(browser.url).toContain('/login/');
    await browser.open(request({ prompt: 'login' }));
    expect(browser.url).toContain('/login/');
  });

  test('its pages sign in, out and make a sign-in older; a cancelled person stays outside', async () => {
    const browser = browserAt(simulator);
    await browser.open(request());
    await browser.submit({}, 'i');
    expect(browser.html).toContain('This MojeID has been cancelled');
    await browser.submit({}, 'a');
    await browser.open('/');
    await browser.submit({ seconds: '3600' });
    expect(browser.url).toBe(`${simulator.origin}/`);
    await browser.open('/logout/');
    await browser.submit();
    expect(browser.html).toContain('You are not signed in');
    await browser.open('/consumer_admin/');
    expect(browser.html).toContain(redirectUri);
  });
});

describe('tokens', () => {
  test('`acr` and `auth_time` are there unless `claims` has an ID token that lists neither', async () => {
    const claimsOf = async (claims: object | undefined) => {
      const code = await codeFor({ claims: claims && JSON.stringify(claims) });
      const { body } = await redeem(code);
      expect(body['state']).toBe('st');
      return decodeJwt(body['id_token']!);
    };
    expect(await claimsOf(undefined)).toMatchObject({ acr: 'pwd', nonce: 'no', aud: [service.id] });
    const bare = await claimsOf({ id_token: { email: null, unknown: null } });
    expect(bare).toMatchObject({ email: 'petra.dvorakova@example.cz' });
    for (const name of ['acr', 'auth_time', 'unknown']) expect(bare).not.toHaveProperty(name);
    expect(await claimsOf({ id_token: { acr: null } })).not.toHaveProperty('auth_time');
  });

  test('errors have pyoidc’s names, and a code used twice ends the tokens of the first time', async () => {
    const code = await codeFor();
    const wrong = await redeem(code, {}, `Basic ${Buffer.from(`${service.id}:x`).toString('base64')}`);
    expect([wrong.status, wrong.body, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      { error: 'unauthorized_client' },
      null,
    ]);
    expect(await redeem('other')).toMatchObject({ status: 401, body: { error: 'unauthorized_client' } });
    const { body } = await redeem(code);
    const ask = () =>
      fetch(`${simulator.issuer}userinfo/`, { headers: { authorization: `Bearer ${body['access_token']}` } });
    expect((await ask()).status).toBe(200);
    expect(await redeem(code)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    expect((await ask()).status).toBe(401);
  });

  test('what only a contract gives is left out, and so is what nobody knows', async () => {
    const claims = JSON.stringify({ userinfo: { mojeid_valid: { essential: true }, shoe_size: null } });
    const learnt = async () => {
      const { body } = await redeem(await codeFor({ claims, scope: 'openid mystery' }));
      const headers = { authorization: `Bearer ${body['access_token']}` };
      return Object.keys((await (await fetch(`${simulator.issuer}userinfo/`, { headers })).json()) as object);
    };
    expect(await learnt()).toEqual(['sub']);
    simulator.services.add({ ...service, fullAccess: true });
    expect(await learnt()).toEqual(['sub', 'mojeid_valid']);
    simulator.services.add(service);
  });
});

test('a service that registers itself lasts a day, however it writes its form', async () => {
  const seconds = Date.now() / 1000;
  for (const body of [
    JSON.stringify({ redirect_uris: [redirectUri] }),
    new URLSearchParams({ redirect_uris: redirectUri }),
  ]) {
    const response = await fetch(`${simulator.issuer}registration/`, { method: 'POST', body });
    const found = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(201);
    expect(found['client_id']).toMatch(/^[A-Za-z0-9]{12}$/);
    expect(found['client_secret']).toMatch(/^[0-9a-f]{56}$/);
    expect(found['client_secret_expires_at']).toBeCloseTo(seconds + 86_400, -2);
  }
});

test('faults are switched by JSON and on the page, for everybody or for one person', async () => {
  expect((await postJson('/simulator/faults', { faults: ['token-error'], person: 'b' })).status).toBe(200);
  expect(simulator.faults.list('b')).toEqual(['token-error']);
  expect(simulator.faults.has('token-error', 'a')).toBe(false);
  expect((await postJson('/simulator/faults', { faults: ['no-such'] })).status).toBe(400);
  const browser = browserAt(simulator);
  await browser.open('/?person=b');
  await browser.post('/simulator/faults', { person: 'b', 'userinfo-html': 'on' });
  expect(simulator.faults.list('b')).toEqual(['userinfo-html']);
});

// Forms that no page of ours and no client sends: too large, of another kind, broken. A clear page or a standard
// OAuth error, a line in the log, nothing lost.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { FORM_LIMIT_BYTES } from '../../src/http/form.ts';
import { ask, type Question } from '../support/http.ts';
import { expectLogged, expectOurPage, expectRefused } from '../support/our-page.ts';
import { basic } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const html = { accept: 'text/html' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));

  /** After anything, the next one is served as if nothing had been. */
  afterEach(async () => {
    expect((await ask(world, '/health/ready')).status).toBe(200);
    expect(world.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  const expectRefusal = (path: string, question: Question, status: number, code: string) =>
    expectRefused(world, { path, question, status, code });

  const post = (path: string, body: string | Buffer, headers: Record<string, string> = form) =>
    ask(world, path, { method: 'POST', body, headers });

  test('of ours: too large, of another kind, not UTF-8, a field twice', async () => {
    const browser = await world.browser().open(world.authorizeUrl(client));
    const { pathname } = new URL(browser.url);
    const large = `login=a&password=${'x'.repeat(FORM_LIMIT_BYTES)}`;
    const bad = { method: 'POST', headers: form };
    await expectRefusal(pathname, { ...bad, body: large }, 413, 'form_too_large');
    const chunked = { ...form, 'transfer-encoding': 'chunked' };
    await expectRefusal(pathname, { ...bad, headers: chunked, body: large }, 413, 'form_too_large');
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
      const question = { method: 'POST', headers: { 'content-type': type }, body: '{"login":"a"}' };
      await expectRefusal(pathname, question, 415, 'unsupported_form');
    }
    await expectRefusal(pathname, { method: 'POST' }, 415, 'unsupported_form');
    const latin = Buffer.from('login=%C3%A1&password=\xe1', 'latin1');
    await expectRefusal(pathname, { ...bad, body: latin }, 400, 'bad_request');
    await expectRefusal(pathname, { ...bad, body: 'login=a&login=b' }, 400, 'bad_request');
    // The sign-in is as it was.
    const { email } = await world.createAccount();
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.callback['code']).toBeDefined();
  });

  test('of the protocol: a standard error in JSON', async () => {
    const { client_id: id } = client.metadata;
    const authorization = basic(id, client.secret!);
    for (const [body, headers, error] of [
      ['', {}, 'invalid_request'],
      ['grant_type=', {}, 'invalid_request'],
      ['grant_type=password&username=a&password=b', {}, 'unsupported_grant_type'],
      ['grant_type=implicit', {}, 'unsupported_grant_type'],
      ['grant_type=urn:ietf:params:oauth:grant-type:device_code', {}, 'invalid_request'],
      ['grant_type=urn:ietf:params:oauth:grant-type:token-exchange', {}, 'unsupported_grant_type'],
      ['grant_type=__proto__', {}, 'unsupported_grant_type'],
      ['grant_type=authorization_code&grant_type=refresh_token', {}, 'invalid_request'],
      ['grant_type=refresh_token&refresh_token=a&refresh_token=b', {}, 'invalid_request'],
      ['grant_type=refresh_token', {}, 'invalid_request'],
      ['grant_type=authorization_code&code=x', {}, 'invalid_request'],
      ['{"grant_type":"client_credentials"}', { 'content-type': 'application/json' }, 'invalid_request'],
      ['x', { 'content-type': 'text/plain' }, 'invalid_request'],
      [`grant_type=refresh_token&refresh_token=${'x'.repeat(60_000)}`, {}, 'invalid_request'],
      [`grant_type=refresh_token&refresh_token=${'%00'.repeat(50)}`, {}, 'invalid_grant'],
    ] as const) {
      const answer = await post('/token', body, { ...form, authorization, ...headers });
      const facts = JSON.parse(answer.body) as Record<string, unknown>;
      expect([body.slice(0, 60), answer.status, facts['error']]).toEqual([body.slice(0, 60), 400, error]);
      expect(answer.headers['cache-control']).toBe('no-store');
      expectLogged(world, answer.headers['x-request-id'] as string);
    }
  });

  test('of the protocol, looked at in a browser: a page of ours', async () => {
    for (const path of ['/token', '/par', '/token/introspection', '/token/revocation', '/logout/confirm']) {
      const answer = await post(path, 'x=y', { ...form, ...html });
      expect([400, 401]).toContain(answer.status);
      expectOurPage(answer.body, answer.headers['x-request-id'] as string);
    }
    const none = await ask(world, '/userinfo', { headers: html });
    expect(none.status).toBe(401);
    expectOurPage(none.body, none.headers['x-request-id'] as string);
  });

  test('nothing secret came into the log', () => {
    const logged = JSON.stringify(world.logs);
    for (const secret of [client.secret!, PASSWORD]) expect(logged).not.toContain(secret);
  });
});

// Authorization requests that are wrong: a page of ours where the client cannot be trusted, a redirect where it can.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { expectLogged, expectOurPage } from '../support/our-page.ts';
import { text } from '../support/texts.ts';
import { CALLBACK, closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

/** A registered `https://panel.example/callback`, and what is almost it. */
const mutations = [
  'https://panel.example/callback/',
  'https://panel.example/callbac',
  'https://panel.example/callbackk',
  'https://panel.example/Callback',
  'https://panel.example/CALLBACK',
  'https://PANEL.example/callback',
  'https://panel.example:443/callback',
  'https://panel.example:8443/callback',
  'https://panel.example./callback',
  'https://panel.example/callback?',
  'https://panel.example/callback?x=1',
  'https://panel.example/callback#',
  'https://panel.example/callback#x',
  'https://panel.example/callback%20',
  'https://panel.example/callback ',
  ' https://panel.example/callback',
  'https://panel.example/callback\t',
  'https://panel.example/callback\n',
  'https://panel.example/callback%00',
  'https://panel.example/callback\u0000',
  'https://panel.example/%63allback',
  'https://panel.example/./callback',
  'https://panel.example/x/../callback',
  'https://panel.example//callback',
  'https://panel.example/callback;x',
  'https://panel.example\\callback',
  'https:\\\\panel.example\\callback',
  'https:/panel.example/callback',
  'https:panel.example/callback',
  'http://panel.example/callback',
  'HTTPS://panel.example/callback',
  '//panel.example/callback',
  '/callback',
  'https://evil.example/callback',
  'https://evil.example/https://panel.example/callback',
  'https://panel.example.evil.example/callback',
  'https://evil.example#https://panel.example/callback',
  'https://panel.example@evil.example/callback',
  'https://user@panel.example/callback',
  'https://panеl.example/callback', // a Cyrillic letter
  'javascript:alert(1)//https://panel.example/callback',
  'data:text/html,<script>alert(1)</script>',
];

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));

  /** Opens an address in both languages and expects a page of ours that explains `key`. */
  async function expectExplained(url: string, key: string, status = 400): Promise<void> {
    for (const locale of ['en', 'cs'] as const) {
      const browser = world.browser();
      browser.headers['accept-language'] = locale;
      await browser.open(url);
      expect([browser.hasLeft, browser.status]).toEqual([false, status]);
      const id = browser.responseHeaders.get('x-request-id');
      expectOurPage(browser.html, id, locale);
      expect(browser.html).toContain(text(`oauth.${key}.title`, {}, locale));
      expectLogged(world, id);
    }
  }

  test('A81, R2: of 42 addresses that are almost the registered one, none is redirected to', async () => {
    expect(new Set(mutations).size).toBe(42);
    for (const uri of mutations) {
      const browser = await world.browser().open(world.authorizeUrl(client, { redirect_uri: uri }));
      expect([uri, browser.hasLeft, browser.status]).toEqual([uri, false, 400]);
      expect(browser.html).toContain(text('oauth.invalid_redirect_uri.title'));
      expect(browser.html).not.toContain(`href="${uri}"`);
      expect(browser.html).not.toMatch(/<script>|href="(javascript|data):/i);
    }
  });

  describe('what cannot be told to a client is told to the person', () => {
    test.each<[string, string, (own: IssuedClient) => Record<string, string | undefined>]>([
      ['an unknown client', 'invalid_client', () => ({ client_id: 'nobody' })],
      ['no client', 'invalid_request', () => ({ client_id: undefined })],
      ['an empty client', 'invalid_request', () => ({ client_id: '' })],
      ['markup for a client', 'invalid_client', () => ({ client_id: '"><img src=x onerror=alert(1)>' })],
      ['a prototype for a client', 'invalid_client', () => ({ client_id: '__proto__' })],
      ['another redirect URI', 'invalid_redirect_uri', () => ({ redirect_uri: 'https://evil.example/' })],
      ['no redirect URI', 'invalid_request', () => ({ redirect_uri: undefined })],
      [
        'a pushed request that is none',
        'invalid_request_uri',
        () => ({ request_uri: 'urn:ietf:params:oauth:request_uri:x', redirect_uri: undefined }),
      ],
    ])('%s', async (_what, key, parameters) => {
      await expectExplained(world.authorizeUrl(client, parameters(client)), key);
    });

    test.each(['client_id', 'redirect_uri'])('%s twice', async (name) => {
      const url = `${world.authorizeUrl(client)}&${name}=${encodeURIComponent('https://evil.example/')}`;
      await expectExplained(url, 'invalid_request');
    });
  });

  describe('what is wrong with the rest is told to the client, with issuer and state', () => {
    test.each<[string, Record<string, string | undefined>, string]>([
      ['no response type', { response_type: undefined }, 'invalid_request'],
      ['implicit', { response_type: 'token' }, 'unsupported_response_type'],
      ['an ID token at once', { response_type: 'id_token', nonce: 'n' }, 'unsupported_response_type'],
      ['hybrid', { response_type: 'code id_token', nonce: 'n' }, 'unsupported_response_type'],
      ['an unknown response mode', { response_mode: 'carrier_pigeon' }, 'unsupported_response_mode'],
      ['R20: web messages', { response_mode: 'web_message' }, 'unsupported_response_mode'],
      ['a scope with forbidden characters', { scope: 'openid "x"' }, 'invalid_scope'],
      ['an unknown prompt', { prompt: 'please' }, 'invalid_request'],
      ['none and login at once', { prompt: 'none login' }, 'invalid_request'],
      ['a negative max_age', { max_age: '-1' }, 'invalid_request'],
      ['a max_age that is no number', { max_age: 'soon' }, 'invalid_request'],
      ['claims that are no JSON', { claims: '{' }, 'invalid_request'],
      ['claims that are no object', { claims: '[]' }, 'invalid_request'],
      ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
      ['a registration', { registration: '{}' }, 'registration_not_supported'],
      ['a hint that is no token', { id_token_hint: 'x' }, 'invalid_request'],
    ])('%s', async (_what, parameters, error) => {
      const browser = await world.browser().open(world.authorizeUrl(client, parameters));
      const { origin, pathname, search, hash } = new URL(browser.url);
      expect(origin + pathname).toBe(CALLBACK);
      // An answer to an implicit or hybrid request belongs into the fragment, errors too.
      const answer = Object.fromEntries(new URLSearchParams(search || hash.slice(1)));
      expect(answer).toMatchObject({ error, state: 'st', iss: world.issuer });
      expect(answer).not.toHaveProperty('code');
      expect(answer['error_description'] ?? '').not.toMatch(/oops|undefined|\bat \//);
      expectLogged(world, browser.responseHeaders.get('x-request-id'));
    });

    test.each(['scope', 'state', 'nonce', 'prompt', 'code_challenge', 'response_type', 'max_age'])(
      'a %s that is there twice',
      async (name) => {
        const browser = await world
          .browser()
          .open(`${world.authorizeUrl(client, { [name]: 'a' })}&${name}=b`);
        expect(browser.hasLeft ? browser.callback : { error: browser.html, iss: world.issuer }).toMatchObject(
          { error: expect.stringContaining('invalid_request') as string, iss: world.issuer },
        );
      },
    );

    test('also in the form of a page, where the client asked for one', async () => {
      const browser = await world
        .browser()
        .open(world.authorizeUrl(client, { response_mode: 'form_post', max_age: '-1' }));
      expectOurPageOnward(browser.html);
      expect(browser.forms[0]).toMatchObject({
        action: CALLBACK,
        fields: { error: 'invalid_request', state: 'st', iss: world.issuer },
      });
    });
  });

  function expectOurPageOnward(html: string): void {
    expect(html).toContain(text('page.continue.title'));
    expect(html).not.toMatch(/<script>|onload=/);
  }

  test('a pushed request is refused to the client that pushes it', async () => {
    const push = (form: Record<string, string>) =>
      fetch(`${world.issuer}/par`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${client.metadata.client_id}:${client.secret}`)}` },
        body: new URLSearchParams(form),
      });
    const good = Object.fromEntries(new URL(world.authorizeUrl(client)).searchParams);
    for (const wrong of [
      { redirect_uri: 'https://evil.example/' },
      { code_challenge_method: 'plain' },
      { response_type: 'token' },
      { request_uri: 'urn:x' },
      { client_id: 'nobody' },
    ]) {
      const response = await push({ ...good, ...wrong });
      expect(response.status).toBe(400);
      expect(await response.json()).toHaveProperty('error');
      expectLogged(world, response.headers.get('x-request-id'));
    }
    expect((await push(good)).status).toBe(201);
  });

  test('a line of the log names the request, and shows nothing of what came in it', () => {
    const logged = JSON.stringify(world.logs);
    for (const secret of ['evil.example', 'onerror', 'eyJhbGci', client.secret!, '"st"']) {
      expect(logged).not.toContain(secret);
    }
  });
});

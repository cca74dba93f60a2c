// Headers and cookies: on every route there is, over http on loopback and behind a proxy that ends TLS.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEVICE_GRANT } from '../../src/domain/clients/client-metadata.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { Browser } from '../support/browser.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { hostedRoutes } from '../support/hosted-routes.ts';
import { ask, type Answer } from '../support/http.ts';
import { basic, exchange, signIn } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const ISSUER = 'https://id.example';
const html = { accept: 'text/html' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

type Probe = [what: string, path: string, question?: Parameters<typeof ask>[2]];

/** Every kind of answer the product gives, the good ones and the refusals. */
async function probes(world: World, client: IssuedClient): Promise<Probe[]> {
  const authorize = world.authorizeUrl(client).slice(world.issuer.length);
  const authorization = basic(client.metadata.client_id, client.secret ?? '');
  const post = (body: string, more: Record<string, string> = {}) => ({
    method: 'POST',
    body,
    headers: { ...form, authorization, ...more },
  });
  const home = await ask(world, '/', { headers: html });
  const [stylesheet = ''] = /\/assets\/[^"]+\.css/.exec(home.body) ?? [];
  const [accent = ''] = /\/brand\/[^"]+\.css/.exec(home.body) ?? [];
  expect([stylesheet, accent].every(Boolean)).toBe(true);
  return [
    ['home', '/', { headers: html }],
    ['home without a language', '/?lang=cs', { headers: html }],
    ['discovery', '/.well-known/openid-configuration'],
    ['discovery again', '/.well-known/openid-configuration'],
    ['OAuth discovery', '/.well-known/oauth-authorization-server'],
    ['JWKS', '/jwks'],
    ['JWKS, head only', '/jwks', { method: 'HEAD' }],
    ['authorization', authorize, { headers: html }],
    ['authorization refused', '/authorize?client_id=nobody', { headers: html }],
    ['authorization back to the client', `${authorize}&prompt=none`, { headers: html }],
    ['resume of nothing', '/authorize/x', { headers: html }],
    ['a sign-in that is over', '/interaction/x/password', { headers: html }],
    ['code of a device', '/device?user_code=BCDF-GHJK', { headers: html }],
    ['code of a device refused', '/device', post('user_code=x', html)],
    ['device', '/device-authorization', post('scope=openid')],
    ['resume of no device', '/device/x', { headers: html }],
    ['token', '/token', post('grant_type=client_credentials')],
    ['token refused', '/token', post('grant_type=password')],
    ['token without a client', '/token', { method: 'POST', body: 'x=y', headers: form }],
    ['pushed request', '/par', post(authorize.slice('/authorize?'.length))],
    ['introspection', '/token/introspection', post('token=x')],
    ['revocation', '/token/revocation', post('token=x')],
    ['userinfo refused', '/userinfo'],
    ['logout', '/logout', { headers: html }],
    ['logout refused', '/logout?client_id=nobody', { headers: html }],
    ['logout done', '/logout/success', { headers: html }],
    ['logout confirmed by nobody', '/logout/confirm', post('xsrf=x', html)],
    ['set-password link', `/set-password/${'x'.repeat(43)}`, { headers: html }],
    ['live', '/health/live'],
    ['ready', '/health/ready'],
    ['stylesheet', stylesheet],
    ['accent', accent],
    ['nothing there', '/nothing'],
    ['nothing there, as a page', '/nothing', { headers: html }],
    ['wrong method', '/token', { method: 'DELETE' }],
    ['wrong host', '/', { headers: { ...html, host: 'evil.example' } }],
    ['preflight', '/token', { method: 'OPTIONS', headers: { origin: 'https://a.example' } }],
  ];
}

function expectSafe(what: string, { headers, status }: Answer): void {
  const facts = { what, status };
  expect(facts).toEqual({ what, status: expect.any(Number) as number });
  expect([what, headers['x-content-type-options']]).toEqual([what, 'nosniff']);
  expect([what, headers['x-frame-options']]).toEqual([what, 'DENY']);
  expect([what, headers['x-request-id']]).toEqual([what, expect.stringMatching(/^[\w-]{20,}$/)]);
  expect([what, headers['referrer-policy']]).toEqual([
    what,
    expect.stringMatching(/^(same-origin|no-referrer)$/),
  ]);
  expect([what, headers['x-powered-by'], headers.server]).toEqual([what, undefined, undefined]);
  const policy = String(headers['content-security-policy']);
  // A file opened on its own is put in a sandbox, where a style inside of an SVG does no harm.
  const isFile = /stylesheet|accent/.test(what);
  const parts = ["default-src 'none'", "frame-ancestors 'none'", isFile ? 'sandbox' : "base-uri 'none'"];
  expect([what, parts.filter((part) => !policy.includes(part))]).toEqual([what, []]);
  expect([what, policy]).toEqual([
    what,
    expect.not.stringMatching(isFile ? /unsafe-eval|script/ : /unsafe|\*|data:/),
  ]);
  const type = headers['content-type'] ?? '';
  // What is in a redirect is never shown.
  if (type.startsWith('text/html') && !headers.location) {
    expect([what, type]).toEqual([what, 'text/html; charset=utf-8']);
    expect([what, headers['cross-origin-opener-policy']]).toEqual([what, 'same-origin']);
    expect([what, headers['permissions-policy']]).toEqual([what, expect.any(String)]);
    expect([what, headers['content-language']]).toEqual([what, 'en']);
  }
  // Only what is the same for everybody may be kept by anybody.
  const cache = headers['cache-control'] ?? '';
  const isPublic = /discovery|JWKS|stylesheet|accent/.test(what);
  if (status !== 204 && !(what === 'revocation' || what === 'preflight')) {
    expect([what, cache]).toEqual([what, expect.stringMatching(isPublic ? /^public, / : /no-store/)]);
  }
  if (status >= 300 && status < 400) expect([what, status]).toEqual([what, 303]);
}

onEveryStorage((newStorage) => {
  describe('over http on loopback', () => {
    const storage = newStorage();
    let world: World;
    beforeAll(async () => {
      world = await openWorld({ storage });
    });
    afterAll(() => closeWorld(world, storage));

    test('A26, R8, R16, R19: every answer carries what protects it', async () => {
      const client = await world.createClient({
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials', DEVICE_GRANT],
      });
      for (const [what, path, question] of await probes(world, client)) {
        const answer = await ask(world, path, question);
        expectSafe(what, answer);
        expect([what, answer.headers['strict-transport-security']]).toEqual([what, undefined]);
      }
    });

    test('A26: every page there is carries it, for who is signed in and for who is not, and every form refused', async () => {
      const operator = await createOperator(world, 'owner');
      const browser = await atConsole(world, operator);
      const client = await world.createClient();
      const waiting = await world.browser().open(world.authorizeUrl(client));
      const { uid = '' } = /\/interaction\/(?<uid>[\w-]+)/.exec(waiting.url)?.groups ?? {};
      const shown = { '/account': 0, '/admin': 0, '/interaction': 0 };
      for (const { method, path } of hostedRoutes(world)) {
        const url = path.replace(':uid', uid).replace(':step', 'password').replaceAll(/:\w+/g, operator.id);
        const { headers } = url.startsWith('/interaction') ? waiting : browser;
        const cookie = (url.startsWith('/interaction') ? waiting : browser).cookieHeader(url);
        for (const question of [{ ...headers, cookie }, headers]) {
          const answer = await ask(world, url, { method: method.toUpperCase(), headers: question });
          expectSafe(`${method} ${path}`, answer);
          for (const place of ['/account', '/admin', '/interaction'] as const)
            if (url.startsWith(place) && answer.status === 200) shown[place] += 1;
        }
      }
      expect(shown['/account']).toBeGreaterThan(30);
      expect(shown['/admin']).toBeGreaterThan(30);
      expect(shown['/interaction']).toBeGreaterThan(0);
    });

    test('a page may send its form to the client it is for, and show its logo, and nothing else', async () => {
      const client = await world.createClient({ logo_uri: 'https://cdn.example/logo.svg' });
      const browser = await world.browser().open(world.authorizeUrl(client));
      const policy = browser.responseHeaders.get('content-security-policy')!;
      expect(policy).toContain("form-action 'self' https://panel.example");
      expect(policy).toContain("img-src 'self' https://cdn.example");
      expect(policy).toContain("script-src 'self'");
      expect(browser.html).not.toMatch(/<script(?![^>]*\bsrc=")|<style|\sstyle="|\son\w+="/);
    });
  });

  describe('over https', () => {
    const storage = newStorage();
    let world: World;
    beforeAll(async () => {
      world = await openWorld({
        storage,
        env: { VRATNY_ISSUER: ISSUER, VRATNY_TRUSTED_PROXIES: '127.0.0.1' },
      });
    });
    afterEach(() => {
      vi.unstubAllGlobals();
    });
    afterAll(() => closeWorld(world, storage));

    const proxied = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' };

    /** Stands in for the proxy: what goes to the issuer arrives on the port, with what a proxy adds. */
    function throughProxy(onAnswer: (answer: Answer) => void = () => {}): void {
      vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
        const body = init.body instanceof URLSearchParams ? init.body.toString() : undefined;
        const headers = { ...(init.headers as Record<string, string>), ...proxied };
        const answer = await ask(world, url.slice(ISSUER.length), {
          method: init.method ?? 'GET',
          headers: body === undefined ? headers : { ...form, ...headers },
          ...(body === undefined ? {} : { body }),
        });
        onAnswer(answer);
        const pairs = Object.entries(answer.headers).flatMap(([name, value]) =>
          [value].flat().map((one) => [name, String(one)] as [string, string]),
        );
        return new Response(answer.body, { status: answer.status, headers: pairs });
      });
    }

    test('A23: every answer carries HSTS for a year with subdomains', async () => {
      const client = await world.createClient({
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      });
      for (const [what, path, question] of await probes(world, client)) {
        const headers = { ...proxied, ...question?.headers };
        const answer = await ask(world, path, { ...question, headers });
        expectSafe(what, answer);
        expect([what, answer.headers['strict-transport-security']]).toEqual([
          what,
          'max-age=31536000; includeSubDomains',
        ]);
      }
    });

    test('what came to the proxy in the clear is refused, not redirected', async () => {
      const headers = { ...proxied, 'x-forwarded-proto': 'http', ...html };
      const { status, headers: answered } = await ask(world, '/', { headers });
      expect([status, answered.location]).toEqual([421, undefined]);
    });

    test('S7: a whole sign-in works, and all its addresses are https', async () => {
      throughProxy();
      const client = await world.createClient();
      const browser = await signIn(world, client, await world.createAccount(), {}, new Browser(ISSUER));
      expect(browser.callback).toMatchObject({ iss: ISSUER });
      expect(browser.trail.every((url) => url.startsWith(`${ISSUER}/`))).toBe(true);
      expect((await exchange(world, client, browser)).status).toBe(200);
    });

    test('A22: cookies are bound to this host, unreadable for scripts, and not sent from other sites’ forms', async () => {
      const lines: string[] = [];
      throughProxy(({ headers }) => lines.push(...(headers['set-cookie'] ?? [])));
      const client = await world.createClient();
      const { email } = await world.createAccount();
      const browser = await new Browser(ISSUER).open(world.authorizeUrl(client));
      await browser.open(`${browser.url}?lang=cs`);
      await browser.submit({ login: email, password: PASSWORD });
      const set = lines.filter((line) => !/expires=Thu, 01 Jan 1970/.test(line));
      expect(new Set(set.map((line) => line.split('=', 1)[0]))).toEqual(
        new Set([
          '__Host-vratny_browser',
          '__Host-vratny_language',
          '__Host-vratny_open',
          '__Host-vratny_session',
          '__Secure-vratny_interaction',
          '__Secure-vratny_resume',
        ]),
      );
      for (const line of set) {
        const attributes = line.toLowerCase().split('; ').slice(1);
        expect(attributes).toEqual(expect.arrayContaining(['httponly', 'secure', 'samesite=lax']));
        expect(attributes.some((attribute) => attribute.startsWith('domain='))).toBe(false);
        // Closing the browser signs out (N9).
        if (line.startsWith('__Host-vratny_session='))
          expect(attributes.filter((attribute) => /^(expires|max-age)=/.test(attribute))).toEqual([]);
        if (line.startsWith('__Host-')) expect(attributes).toContain('path=/');
        else expect(line).toMatch(/; path=\/(interaction|authorize)\/[\w-]{43}(;|$)/);
      }
    });

    test('A22: after 20 sign-ins at once all cookies together stay below 4 kB', async () => {
      throughProxy();
      const client = await world.createClient();
      const { email } = await world.createAccount();
      const browser = new Browser(ISSUER);
      const pages: string[] = [];
      for (let tab = 0; tab < 20; tab += 1) {
        await browser.open(world.authorizeUrl(client));
        pages.push(browser.url);
      }
      const size = [...browser.cookies].reduce(
        (sum, [name, { value }]) => sum + name.split('\n', 1)[0]!.length + value.length + 3,
        0,
      );
      expect(size).toBeLessThan(4096);
      await browser.open(pages[0]!);
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.callback['code']).toBeDefined();
    });
  });
});

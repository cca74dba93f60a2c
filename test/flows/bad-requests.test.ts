// What no well-behaved client sends: wrong methods, foreign hosts, broken bytes. A clear answer, a line in the log,
// nothing lost.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { ask, sendRaw, type Question } from '../support/http.ts';
import { expectLogged, expectOurPage, expectRefused } from '../support/our-page.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const html = { accept: 'text/html' };

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

  describe('a wrong method', () => {
    const paths = [
      '/',
      '/authorize',
      '/token',
      '/par',
      '/userinfo',
      '/jwks',
      '/logout',
      '/token/introspection',
      '/token/revocation',
      '/.well-known/openid-configuration',
      '/interaction/x/password',
      '/health/live',
    ];
    test.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'])('%s is taken nowhere', async (method) => {
      for (const path of paths) {
        const { headers } = await expectRefusal(path, { method }, 405, 'method_not_allowed');
        expect(headers.allow).toContain('GET');
      }
    });

    test.each([
      ['GET', '/token', 'POST'],
      ['GET', '/par', 'POST'],
      ['GET', '/token/introspection', 'POST'],
      ['GET', '/token/revocation', 'POST'],
      ['HEAD', '/token', 'POST'],
      ['POST', '/authorize', 'GET'],
      ['POST', '/logout', 'GET'],
      ['POST', '/jwks', 'GET'],
      ['POST', '/', 'GET'],
      ['OPTIONS', '/authorize', 'GET'],
    ])('%s %s', async (method, path, allowed) => {
      const page = await ask(world, path, { method, headers: html });
      expect(page.status).toBe(405);
      expect(page.headers.allow).toContain(allowed);
      if (method !== 'HEAD') expectOurPage(page.body, page.headers['x-request-id'] as string);
      expectLogged(world, page.headers['x-request-id'] as string);
    });

    test('TRACE sends nothing back', async () => {
      const { body } = await ask(world, '/', { method: 'TRACE', headers: { 'x-secret': 'come back' } });
      expect(body).not.toContain('come back');
    });
  });

  test('an address that nobody has', async () => {
    for (const path of [
      '/nothing',
      '/token/x',
      '/logout/x/y',
      '/authorize/x/y',
      '/jwks/',
      '/TOKEN',
      '/.well-known/other',
      '/assets/../src/main.ts',
      '/assets/%2e%2e/package.json',
      '/.env',
      '/%00',
      '/%',
      '/%E0%A4%A',
      '/%c0%ae%c0%ae/',
      '//evil.example/x',
      '/\\evil.example',
      `/${'x'.repeat(5000)}`,
    ]) {
      await expectRefusal(path, {}, 404, 'not_found');
    }
  });

  test('broken percent-encoding is no reason to fail', async () => {
    for (const query of ['?%', '?%E0%A4%A', '?client_id=%', '?lang=%', '?lang=cs&x=%zz', '?a=%00', '?&&=&']) {
      for (const path of ['/', '/authorize', '/logout', '/interaction/%E0%A4%A/password']) {
        const { status } = await ask(world, path + query, { headers: html });
        expect([path + query, status < 500]).toEqual([path + query, true]);
      }
    }
    for (const uid of ['%00', '%E0%A4%A', '..%2f..%2f', '%2e%2e']) {
      const { status, body } = await ask(world, `/interaction/${uid}/password`, { headers: html });
      expect([404, 410]).toContain(status);
      expect(body).toContain('<main id="main"');
    }
  });

  describe('M2: a request that is meant for somebody else', () => {
    test('another Host', async () => {
      for (const host of ['evil.example', `localhost.evil.example:${world.port}`, 'localhost', '127.0.0.1']) {
        const { body } = await expectRefusal(
          '/.well-known/openid-configuration',
          { headers: { host } },
          421,
          'misdirected',
        );
        expect(body).not.toContain('evil.example');
      }
    });

    test('is answered by a page that looks like ours: its styles come from our own address alone', async () => {
      const headers = { host: 'evil.example', ...html };
      const page = await ask(world, '/?lang=cs', { headers });
      expect(page.status).toBe(421);
      expect(page.body).not.toContain('evil.example');
      const policy = String(page.headers['content-security-policy']);
      expect(policy).toMatch(
        `default-src 'none'; style-src ${world.issuer}; img-src ${world.issuer}; base-uri 'none'`,
      );
      expect(policy).not.toContain('script-src');
      const links = [...page.body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);
      expect(links.filter((link) => link !== '#main' && !link.startsWith(`${world.issuer}/`))).toEqual([]);
      for (const link of links.filter((address) => address.endsWith('.css'))) {
        const style = await ask(world, link.slice(world.issuer.length));
        expect([style.status, style.headers['cross-origin-resource-policy']]).toEqual([200, 'cross-origin']);
        // Under the foreign host nothing is served, neither style nor script.
        expect((await ask(world, link.slice(world.issuer.length), { headers })).status).toBe(421);
      }
      const script = /\/assets\/[^"]+\.js/.exec((await ask(world, '/', { headers: html })).body)![0];
      expect((await ask(world, script)).headers['cross-origin-resource-policy']).toBe('same-origin');
    });

    test('forwarding headers change nothing', async () => {
      const { body } = await ask(world, '/.well-known/openid-configuration', {
        headers: {
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'https',
          forwarded: 'host=evil.example;proto=https',
          'x-original-host': 'evil.example',
        },
      });
      expect((JSON.parse(body) as { token_endpoint: string }).token_endpoint).toBe(`${world.issuer}/token`);
      expect(body).not.toContain('evil.example');
    });

    test.each([
      ['an absolute request line', 'GET http://evil.example/jwks HTTP/1.1\r\nHost: HOST\r\n'],
      ['its own absolute request line', 'GET http://HOST/jwks HTTP/1.1\r\nHost: HOST\r\n'],
      ['two Hosts', 'GET /jwks HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n'],
      ['the same Host twice', 'GET /jwks HTTP/1.1\r\nHost: HOST\r\nhost: HOST\r\n'],
      ['no Host', 'GET /jwks HTTP/1.1\r\n'],
      ['an empty Host', 'GET /jwks HTTP/1.1\r\nHost:\r\n'],
      ['HTTP/1.0 without a Host', 'GET /jwks HTTP/1.0\r\n'],
      ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: HOST\r\n'],
      ['an authority', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n'],
      ['a NUL in the path', 'GET /\u0000 HTTP/1.1\r\nHost: HOST\r\n'],
      [
        'a length and chunks',
        'POST /token HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n',
      ],
    ])('%s', async (_what, lines) => {
      const bytes = `${lines.replaceAll('HOST', new URL(world.issuer).host)}Connection: close\r\n\r\n`;
      const answer = await sendRaw(world, bytes);
      expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
      expect(answer).not.toContain('"keys"');
      expect(answer).not.toContain('evil.example');
    });
  });

  describe('cookies', () => {
    test('that make no sense are passed over', async () => {
      for (const cookie of [
        ';;;===,,,',
        'vratny_session=',
        `vratny_session=${'%00'.repeat(10)}`,
        'vratny_session="; vratny_browser="',
        'vratny_browser=x; vratny_browser=y',
        'vratny_language=klingon',
        '__proto__=x; constructor=y',
        `vratny_session=${'x'.repeat(43)}; vratny_session=${'y'.repeat(43)}`,
        `junk=${'x'.repeat(12_000)}`,
      ]) {
        const { status, headers } = await ask(
          world,
          new URL(world.authorizeUrl(client)).pathname + new URL(world.authorizeUrl(client)).search,
          {
            headers: { ...html, cookie },
          },
        );
        expect([cookie.slice(0, 40), status]).toEqual([cookie.slice(0, 40), 303]);
        expect(headers.location).toMatch(/^\/interaction\//);
      }
    });

    test('that are larger than all headers may be end the request, and only that', async () => {
      const bytes = `GET / HTTP/1.1\r\nHost: ${new URL(world.issuer).host}\r\nCookie: x=${'x'.repeat(20_000)}\r\n\r\n`;
      const answer = await sendRaw(world, bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      // By a page of ours, though Node gave up before it was a request; and what is no HTTP at all, too.
      for (const [page, code] of [
        [answer, 'headers_too_large'],
        [await sendRaw(world, 'GET / HTTP/1.1\r\nHost : x\r\n\r\n'), 'bad_request'],
      ] as const) {
        const id = /^X-Request-Id: (\S+)\r$/m.exec(page)?.[1] ?? 'none';
        expectOurPage(page, id);
        expect(page).toContain(`<code>${code}</code>`);
        expect(page).toMatch(/^Content-Security-Policy: default-src 'none'; style-src http:[^']*;/m);
        expect(world.logs.some(({ request, level }) => request === id && level === 'info')).toBe(true);
      }
    });
  });

  test('nothing secret came into the log', () => {
    const logged = JSON.stringify(world.logs);
    for (const secret of [client.secret!, PASSWORD, 'come back']) expect(logged).not.toContain(secret);
  });
});

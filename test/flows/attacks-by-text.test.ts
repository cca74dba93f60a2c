// Texts that try to become something else: markup, templates, headers, log lines, other people's addresses.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../src/lib/log.ts';
import type { Browser } from '../support/browser.ts';
import { atSignIn, signedIn } from '../support/journeys.ts';
import { rawRequest } from '../support/raw-request.ts';
import { CALLBACK, closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';
import { polyglots } from '../views/polyglots.ts';

/** What a page is made of, without its texts and values: a text that became markup would change it. */
const skeleton = (html: string): string[] =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/="[^"]*"/g, ''));

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\\', '&#92;');

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  const newClient = () => world.createClient({ first_party: false });

  test('26 polyglots in what people and clients send stand on the pages as they were sent', async () => {
    const client = await newClient();
    const visit = async (text: string): Promise<[Browser, Browser]> => {
      const browser = world.browser();
      browser.headers['user-agent'] = text.replaceAll(/[^\x20-\x7e]/g, '?');
      const more = { login_hint: text, state: text, ui_locales: text, nonce: text, acr_values: text };
      await browser.open(world.authorizeUrl(client, more));
      expect(browser.html).toContain(`value="${escaped(text.slice(0, 254))}"`);
      const asked = skeleton(browser.html);
      await browser.submit({ login: text, password: 'wrong' });
      // A line end is one character in a form, however it comes.
      const typed = text.replaceAll('\r\n', '\n').trim();
      expect(browser.html).toContain(`value="${escaped(typed.slice(0, 254))}"`);
      const wrong = browser.html;
      await browser.submit({}, 'Cancel sign-in');
      expect(browser.callback).toMatchObject({ error: 'access_denied', state: text });
      const refused = await world.browser().open(world.authorizeUrl(client, { redirect_uri: text }));
      expect(refused.status).toBe(400);
      return [Object.assign(browser, { html: [...asked, ...skeleton(wrong)].join('') }), refused];
    };
    const [plain, plainRefused] = await visit('somebody');
    for (const text of polyglots) {
      const [browser, refused] = await visit(text);
      expect([text, browser.html]).toEqual([text, plain.html]);
      expect([text, skeleton(refused.html)]).toEqual([text, skeleton(plainRefused.html)]);
    }
  });

  test('26 polyglots as names of a client and of a person stand on the pages as they are', async () => {
    const visit = async (text: string): Promise<string[]> => {
      const client = await world.createClient({ first_party: false, client_name: text.slice(0, 100) });
      const { email } = await world.createAccount({ name: text });
      const browser = await atSignIn(world, client);
      expect(browser.html).toContain(escaped(client.metadata.client_name));
      const asked = browser.html;
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.html).toContain(escaped(client.metadata.client_name));
      expect(browser.html).toContain(`>${escaped(text)}</bdi>`);
      return [...skeleton(asked), ...skeleton(browser.html)];
    };
    const plain = await visit('somebody');
    for (const text of polyglots) expect([text, await visit(text)]).toEqual([text, plain]);
  });

  test('error texts of a request name what was sent without acting on it', async () => {
    const client = await newClient();
    for (const text of polyglots) {
      for (const name of [
        'response_type',
        'scope',
        'prompt',
        'claims',
        'max_age',
        'request',
        'resource',
        'client_id',
      ]) {
        const browser = await world.browser().open(world.authorizeUrl(client, { [name]: text }));
        expect([name, text, browser.status < 500]).toEqual([name, text, true]);
        if (browser.hasLeft) expect(browser.url.startsWith(`${CALLBACK}?`)).toBe(true);
        else expect(browser.html).not.toMatch(/<script>|<svg on|<img src=x|<iframe|\bon\w+="?alert/i);
      }
    }
  });

  test('log lines stay one line each, and hold neither passwords nor codes nor tokens', () => {
    expect(world.logs.length).toBeGreaterThan(500);
    const folder = mkdtempSync(join(tmpdir(), 'vratny-log-'));
    const file = join(folder, 'log');
    const fd = openSync(file, 'w');
    const log = createLog({ level: 'debug', fd, sync: true });
    for (const { level, message, ...facts } of world.logs) log[level as 'info'](facts, message);
    log.flush();
    closeSync(fd);
    const text = readFileSync(file, 'utf8');
    rmSync(folder, { recursive: true });
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(world.logs.length);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('level');
    for (const character of ['\r', '\u001b', '\u0000']) expect(text).not.toContain(character);
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toMatch(/code=|[?&]state=|\beyJ[\w-]+\.eyJ|csrf=/);
  });

  test('prototype and operator names in forms are field names like any other (A111)', async () => {
    const client = await newClient();
    const { email } = await world.createAccount();
    const browser = await atSignIn(world, client);
    const { action, fields } = browser.forms[0]!;
    const bodies = [
      { 'login[$ne]': '', 'password[$ne]': '' },
      { ['__proto__']: 'x', 'constructor.prototype.login': email, password: PASSWORD },
      { '__proto__[login]': email, '__proto__[password]': PASSWORD },
      { 'login[]': email, 'password[]': PASSWORD },
      { login: '{"$gt":""}', password: '{"$gt":""}' },
      { login: "' OR 1=1 --", password: "' OR 1=1 --" },
    ];
    for (const body of bodies) {
      await browser.post(world.issuer + action, { csrf: fields['csrf']!, ...body });
      expect([Object.keys(body), browser.status]).toEqual([Object.keys(body), 422]);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    const twice = await fetch(world.issuer + action, {
      method: 'POST',
      body: `csrf=${fields['csrf']}&login=${email}&login=other&password=x`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: browser.cookieHeader(action) },
    });
    expect(twice.status).toBe(400);
  });

  describe('addresses (A30)', () => {
    const get = (target: string) =>
      rawRequest(world.port, [
        `GET ${target} HTTP/1.1`,
        `Host: localhost:${world.port}`,
        'Accept: text/html',
        'Connection: close',
      ]);

    test('the language switch stays at our own address, whatever the path', async () => {
      for (const path of [
        '//evil.example',
        '/\\evil.example',
        '//evil.example/..',
        '/\\/evil.example',
        '/.//evil.example',
        '/%2e//evil.example',
        '/x/..//evil.example',
        '///',
        '/\\host//evil.example/',
        '/@evil.example',
        '/\tevil.example',
      ]) {
        const { status, headers } = await get(`${path}?lang=cs&x=1`);
        if (status === 400) continue;
        const target = new URL(headers.get('location') ?? '', world.issuer);
        expect([path, status, target.origin]).toEqual([path, 303, world.issuer]);
      }
    });

    test('a target that is no address gets an answer, and the process stays up', async () => {
      for (const target of [
        '//',
        '///',
        '//[',
        '/\\',
        '/\\[?lang=cs',
        '//:99999/',
        '//?lang=xx',
        '/%',
        '/%00',
        '/%ff%fe',
        '/interaction/%',
        '/set-password/%00',
        '/authorize/%2f',
        '/?',
        '/?lang',
        '/#',
      ]) {
        const { status } = await get(target);
        expect([target, status]).toEqual([target, expect.toBeOneOf([200, 303, 400, 404, 410])]);
      }
      expect((await get('/health/live')).status).toBe(200);
    });

    test('line ends in parameters reach no header', async () => {
      const client = await newClient();
      const { email } = await world.createAccount();
      const poison = 'a\r\nSet-Cookie: stolen=1\r\n\r\n<h1>';
      const browser = await signedIn(world, await world.createClient(), email);
      await browser.open(world.authorizeUrl(await world.createClient(), { state: poison, nonce: poison }));
      expect(browser.callback['state']).toBe(poison);
      for (const name of [
        'state',
        'ui_locales',
        'login_hint',
        'redirect_uri',
        'client_id',
        'id_token_hint',
      ]) {
        const url = new URL(world.authorizeUrl(client, { [name]: poison }));
        const { headers } = await get(`${url.pathname}${url.search}&lang=cs`);
        expect([name, headers.get('set-cookie') ?? '']).toEqual([
          name,
          expect.not.stringContaining('stolen'),
        ]);
        const page = await world.browser().open(url.href);
        expect(page.responseHeaders.get('set-cookie') ?? '').not.toContain('stolen');
      }
      const out = await get(
        `/logout?post_logout_redirect_uri=${encodeURIComponent('//evil.example')}&state=${encodeURIComponent(poison)}`,
      );
      expect([out.status < 500, out.headers.get('location')]).toEqual([true, undefined]);
    });
  });
});

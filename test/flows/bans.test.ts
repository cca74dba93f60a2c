// Bans: who comes from a banned network gets a page that says so, or JSON, and nothing else; nodes follow each other.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { browserAt, proxied, signInAt } from '../support/places.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const BAD = '203.0.113.66';
const command = atTheMachine('olga');
const HOUR = 3_600_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset), sleep: () => Promise.resolve() };
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({
      storage,
      clock,
      env: {
        ...proxied,
        VRATNY_TRUSTED_PROXIES: '127.0.0.1, ::1, 192.0.2.8/29',
        VRATNY_SUPPORT_URL: 'https://help.example/',
      },
    });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(async () => {
    for (const { id } of await bans().list()) await bans().remove(command, id);
  });

  const bans = () => world.core.acts.bans;
  const from = (address: string, path: string, init: RequestInit = {}) =>
    fetch(`${world.issuer}${path}`, { ...init, headers: { 'x-forwarded-for': address, ...init.headers } });

  test('a banned address meets a page or JSON; health, discovery and styles stay, and everybody else', async () => {
    const { email } = await world.createAccount();
    const outcome = await bans().add(command, '203.0.113.0/24', { reason: 'guesses passwords' });
    expect(outcome).toMatchObject({ kind: 'banned', ban: { id: '203.0.113.0/24' } });

    const browser = browserAt(world, BAD);
    await browser.open(world.authorizeUrl(client));
    expect([browser.status, browser.heading]).toEqual([403, text('error.banned.title')]);
    expect(browser.html).not.toContain('guesses passwords');
    // What a person needs to ask why: the number that the log knows the request by, and a way to support; in their language.
    expect(browser.html).toContain(`<code>${browser.responseHeaders.get('x-request-id')}</code>`);
    expect(browser.html).toContain('href="https://help.example/"');
    // The button on would lead to the same page.
    expect(browser.html).not.toContain('class="actions"');
    await browser.open('/account?lang=cs');
    expect([browser.status, browser.html.includes('<html lang="cs"')]).toEqual([403, true]);
    const token = await from(BAD, '/token', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'x' }),
    });
    expect([token.status, await token.json()]).toEqual([
      403,
      { error: 'banned', request_id: expect.any(String) as string },
    ]);
    const api = await from(BAD, '/admin/api/v1/accounts', { headers: { authorization: 'Bearer x' } });
    expect([api.status, api.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
    expect(await api.json()).toEqual({
      type: `${world.issuer}/admin/api/v1/docs#problem-banned`,
      title: 'This address is banned',
      status: 403,
      detail: 'it is in a range that an operator has banned',
      code: 'banned',
      request_id: api.headers.get('x-request-id'),
    });
    for (const path of ['/health/live', '/health/ready', '/.well-known/openid-configuration', '/jwks'])
      expect([path, (await from(BAD, path)).status]).toEqual([path, 200]);

    expect((await signInAt(world, client, browserAt(world, '198.51.100.7'), email)).hasLeft).toBe(true);
    // Whatever they claim to be: only the proxy tells where somebody is.
    expect((await from(`198.51.100.7, ${BAD}`, '/account')).status).toBe(403);
    expect(await bans().remove(command, '203.0.113.0/24')).toBe(true);
    expect(await bans().remove(command, '203.0.113.0/24')).toBe(false);
    expect((await signInAt(world, client, browserAt(world, BAD), email)).hasLeft).toBe(true);
    const { entries } = await world.core.audit.list({ action: 'ban.added' }, { limit: 1 });
    expect(entries[0]!.doc).toMatchObject({
      target: '203.0.113.0/24',
      reason: 'guesses passwords',
      actorName: 'olga',
    });
  });

  test('an operator bans by name, and not the network that they come from themselves', async () => {
    const operator = await createOperator(world, 'owner');
    const browser = await atConsole(world, operator, '/admin/bans/new', browserAt(world, '198.51.100.9'));
    await browser.submit({ range: '198.51.100.0/24', reason: 'a slip' });
    expect([browser.status, browser.html]).toEqual([
      422,
      expect.stringContaining(text('admin.bans.problem.own_address')) as string,
    ]);
    // Who types goes on where it is wrong.
    expect(browser.html).toMatch(/name="range"[^>]* aria-invalid="true" autofocus/);
    expect(await bans().list()).toEqual([]);
    await browser.submit({ range: BAD, reason: 'guesses passwords' });
    expect(browser.html).toContain('Ota Operátor');
    expect(browser.html).not.toContain(operator.id);
  });

  test('a ban ends by itself, and one of another node holds here within a look', async () => {
    await bans().add(command, '2001:db8::/48', {
      reason: 'for a while',
      until: new Date(clock.now().getTime() + HOUR),
    });
    expect((await from('2001:db8:0:7::1', '/account')).status).toBe(403);
    offset += HOUR + 1000;
    await world.core.bans.refresh();
    expect((await from('2001:db8:0:7::1', '/account')).status).not.toBe(403);

    const other = await openWorld({ clock, wrap: () => world.store });
    await other.core.acts.bans.add(command, BAD, { reason: 'from elsewhere' });
    expect(world.core.bans.isBanned(BAD)).toBe(false);
    await world.core.bans.refresh();
    expect(world.core.bans.isBanned(BAD)).toBe(true);
    expect(world.core.bans.isBanned('203.0.113.67')).toBe(false);
    expect(world.core.bans.isBanned(undefined)).toBe(false);
    await other.app.engine.close();
    await other.core.bans.close();
    other.server.close();
  });

  test('what would shut everybody out, or is no range, is refused', async () => {
    const refused: [string, string, Date?][] = [
      ['127.0.0.1', 'trusted_proxy'],
      ['192.0.2.9', 'trusted_proxy'],
      ['192.0.2.0/24', 'trusted_proxy'],
      ['::/19', 'trusted_proxy'],
      ['127.4.0.0/16', 'loopback'],
      ['0.0.0.0/0', 'too_wide'],
      ['8.0.0.0/7', 'too_wide'],
      ['2000::/3', 'too_wide'],
      ['nobody', 'not_a_range'],
      ['', 'not_a_range'],
      [BAD, 'ends_before_it_begins', new Date(0)],
    ];
    for (const [range, problem, until] of refused) {
      const outcome = await bans().add(command, range, { reason: 'a test', until });
      expect([range, outcome]).toEqual([range, { kind: 'refused', problem }]);
    }
    // One address in many spellings is one ban.
    await bans().add(command, ' 2001:DB8:0::1 ', { reason: 'first' });
    await bans().add(command, '2001:db8::1/128', { reason: 'second' });
    expect((await bans().list()).map(({ id, doc }) => [id, doc.reason])).toEqual([['2001:db8::1', 'second']]);
  });
});

// API tokens: made by their person, shown once, checked by resource servers, and over at once with whatever they
// depend on.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { allShapes } from '../../src/domain/collections.ts';
import type { Browser } from '../support/browser.ts';
import { changeLetters } from '../support/change-letters.ts';
import { introspect, postAs } from '../support/relying-party.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import {
  accountIn,
  customerIn,
  inactive,
  judge,
  makeToken,
  PAGE,
  shownToken,
  TOKEN,
  tokenHolder,
} from '../support/api-tokens.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let server: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_API_TOKEN_MAX: '3' } });
    server = await world.createClient({ resource_server: true });
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 7_200_000 });

  const make = (browser: Browser, fields?: Record<string, string>) => makeToken(browser, fields);
  const holder = (fields?: Record<string, string>) => tokenHolder(world, fields);
  const ask = (value: string, more?: Record<string, string>, node = world) =>
    judge(node, server, value, more);

  test('S15, S16: a token has a name and a level, asks for the password, and is shown once', async () => {
    const { id, email } = await world.createAccount();
    const browser = await atAccount(world, PAGE, email);
    expect(await make(browser, { password: 'not the password' })).toBe('');
    expect([browser.status, browser.html.includes(text('account.proof.problem.wrong_password'))]).toEqual([
      422,
      true,
    ]);
    const value = await make(browser, {
      name: ' Deploy\u202e\u0000 <script>alert(1)</script> ',
      level: 'write',
    });
    expect(value).toMatch(TOKEN);
    expect(browser.responseHeaders.get('cache-control')).toContain('no-store');
    expect(changeLetters(world, email, 'api_token_created')).toHaveLength(1);

    const [token] = await world.core.apiTokens.list(id);
    expect(token!.doc.name).toBe('Deploy <script>alert(1)</script>');
    for (const path of [PAGE, `${PAGE}/${token!.id}`]) {
      await browser.open(path);
      expect(browser.html).toContain('Deploy &lt;script&gt;');
      expect(shownToken(browser)).toBe('');
    }
    const stored = await Promise.all(
      allShapes.map((shape) => world.store.collection(shape as never).list(undefined, { limit: 1000 })),
    );
    expect(JSON.stringify(stored)).not.toContain(value);
    expect(JSON.stringify(world.logs)).not.toContain(value);
    expect(browser.trail.join()).not.toContain(value);
  });

  test('S16: the page that showed it, loaded again, makes and shows nothing', async () => {
    const { id, browser } = await holder();
    const [{ name: _name, ...token }] = [(await world.core.apiTokens.list(id))[0]!.doc];
    await make(browser);
    expect([browser.status, shownToken(browser)]).toEqual([422, '']);
    expect(browser.html).toContain(text('account.api_tokens.problem.name_taken').split('.')[0]);
    expect((await world.core.apiTokens.list(id)).map(({ doc }) => doc.hash)).toEqual([token.hash]);
  });

  test('S15: a resource server learns what the token may do; nobody else learns anything', async () => {
    const { id, value } = await holder({ level: 'admin', ends: '2031-01-31' });
    const customer = await customerIn(world, id);
    expect(await ask(value)).toEqual({
      active: true,
      iss: world.issuer,
      sub: id,
      jti: (await world.core.apiTokens.list(id))[0]!.id,
      scope: 'read write admin',
      token_type: 'Bearer',
      token_kind: 'api_token',
      level: 'admin',
      customer_id: customer.id,
      customer_number: expect.stringMatching(/^\d+$/) as string,
      customer_role: 'owner',
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(new Date(2031, 1, 1).getTime() / 1000),
    });
    expect((await introspect(world, server, value, 'refresh_token')).body).toMatchObject({ active: true });
    const application = await world.createClient();
    expect((await introspect(world, application, value)).body).toEqual(inactive);
    const stranger = await postAs(
      world,
      { metadata: server.metadata, secret: 'guess' },
      '/token/introspection',
      {
        token: value,
      },
    );
    expect(stranger.status).toBe(401);
    // At no other door is it a token.
    const headers = { authorization: `Bearer ${value}` };
    expect((await fetch(`${world.issuer}/userinfo`, { headers })).status).toBe(401);
    vi.setSystemTime(new Date(2031, 1, 1));
    expect(await ask(value)).toEqual(inactive);
  });

  test('what only looks like a token is refused, a typing error without a look into the storage', async () => {
    const { value } = await holder();
    const last = value.at(-1) === 'a' ? 'b' : 'a';
    for (const wrong of [
      value.slice(0, -1) + last,
      value.slice(0, -1),
      `${value}0`,
      value.replace('pat_', 'pat_ '),
      'vratny_pat_',
      `vratny_pat_${'0'.repeat(10_000)}`,
    ])
      expect([wrong, await ask(wrong)]).toEqual([wrong, inactive]);
  });

  test('a token bound to addresses holds only where the resource server says it comes from one', async () => {
    const { id, value } = await holder({ addresses: '203.0.113.0/24\r\n2001:db8::7' });
    expect(await ask(value)).toEqual(inactive);
    for (const ip of ['203.0.114.1', 'here', '2001:db8::8', ''])
      expect(await ask(value, { ip })).toEqual(inactive);
    for (const ip of ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::7'])
      expect(await ask(value, { ip })).toMatchObject({ active: true });
    await world.core.tokenChecks.idle();
    const [token] = await world.core.apiTokens.list(id);
    expect(token!.doc).toMatchObject({
      lastUsedFrom: '203.0.113.9',
      lastUsedAt: new Date().toISOString(),
    });
  });

  test('the last use is written once a minute, however often it is used', async () => {
    const { id, value } = await holder();
    const version = async () => {
      await world.core.tokenChecks.idle();
      return (await world.core.apiTokens.list(id))[0]!.version;
    };
    const before = await version();
    await Promise.all(Array.from({ length: 50 }, () => ask(value)));
    expect(await version()).toBe(before + 1);
    pass(59_000);
    await ask(value);
    expect(await version()).toBe(before + 1);
    pass(2_000);
    await ask(value);
    expect(await version()).toBe(before + 2);
  });

  test('S17: the list ends a token after a confirmation and the password, at once and on every node', async () => {
    const other = await openWorld({
      storage,
      env: { VRATNY_ISSUER: world.issuer },
      wrap: () => ({ ...world.store, close: () => Promise.resolve() }),
    });
    try {
      const { browser, email, value, page } = await holder();
      // Both hold it in memory.
      for (const node of [world, other])
        expect(await ask(value, {}, { ...node, issuer: `http://localhost:${node.port}` })).toMatchObject({
          active: true,
        });
      await browser.open(page);
      await browser.submit({ password: 'not the password' });
      expect(browser.status).toBe(422);
      expect(await ask(value)).toMatchObject({ active: true });
      await browser.submit({ password: PASSWORD });
      expect(browser.html).toContain(text('account.notice.api_token_revoked'));
      for (const node of [world, other])
        expect(await ask(value, {}, { ...node, issuer: `http://localhost:${node.port}` })).toEqual(inactive);
      expect(changeLetters(world, email, 'api_token_revoked')).toHaveLength(1);
      await browser.open(page);
      expect(browser.status).toBe(404);
    } finally {
      await other.close();
    }
  });

  test('another person’s token is not there: not to see, not to end, not under their customer', async () => {
    const { id, value, page } = await holder();
    const customer = await customerIn(world, id);
    const thief = await world.createAccount();
    const browser = await atAccount(world, PAGE, thief.email);
    await browser.open(page);
    expect(browser.status).toBe(404);
    const csrf = (await browser.open(PAGE)).forms[0]!.fields['csrf']!;
    await browser.post(`${page}/revoke`, { csrf, password: PASSWORD });
    expect(await ask(value)).toMatchObject({ active: true });
    // Fields that are not in the form change nothing; nor does somebody else's customer.
    await browser.open(PAGE);
    await browser.post(PAGE, {
      csrf,
      name: 'mine',
      level: 'admin',
      ends: '',
      addresses: '',
      password: PASSWORD,
      customer: customer.id,
      customerId: customer.id,
      accountId: id,
      scope: 'everything',
    });
    const own = (await world.core.customers.ofAccount(thief.id))[0]!.customer.id;
    expect(await ask(shownToken(browser))).toMatchObject({
      sub: thief.id,
      customer_id: own,
      scope: 'read write admin',
    });
    // From another page or none, nothing is made.
    await browser.post(PAGE, { csrf: 'x', name: 'forged', level: 'read', password: PASSWORD });
    expect(browser.status).toBe(403);
    expect((await world.core.apiTokens.list(id)).length).toBe(1);
  });

  test('there are as many as there may be, also when they are made at once; and bad forms make none', async () => {
    const { id, browser } = await holder();
    const customer = await customerIn(world, id);
    for (const [fields, problem] of [
      [{ name: ' \u0000 ' }, 'no_name'],
      [{ level: 'root' }, 'no_level'],
      [{ ends: '2020-01-01' }, 'ends_past'],
      [{ ends: '2026-02-31' }, 'ends_invalid'],
      [{ ends: '9999-12-31' }, 'ends_invalid'],
      [{ addresses: '010.0.0.1' }, 'bad_range'],
    ] as const) {
      await make(browser, { name: 'another', ...fields });
      expect([fields, browser.status, shownToken(browser)]).toEqual([fields, 422, '']);
      expect(browser.html).toContain(text(`account.api_tokens.problem.${problem}`));
    }
    const fields = { customerId: customer.id, level: 'read', addresses: [], endsAt: undefined } as const;
    const account = await accountIn(world, id);
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        world.core.apiTokens.create(account, { ...fields, name: `t${index % 4}` }),
      ),
    );
    expect(made.filter(({ kind }) => kind === 'created')).toHaveLength(2);
    expect(await world.core.apiTokens.list(id)).toHaveLength(3);
    await browser.open(PAGE);
    expect(browser.html).toContain(text('account.api_tokens.full', { count: 3 }));
  });
});

// People whom only the old system knows: their first sign-in through the public door brings them along, once.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { MIGRATING_FLOOR_MILLISECONDS } from '../../src/domain/passwords/password-sign-in.ts';
import { peopleIn } from '../support/people.ts';
import { atSignIn, exchange } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, testClock, type World } from '../support/world.ts';

const PASSWORD = 'Staré heslo 1';
type Asked = { login: string; password: string };
type Answer = { status: number; body?: unknown };

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let hook: Server;
  let asked: (Asked & { authorization: string | undefined })[] = [];
  let answer: (question: Asked) => Answer;
  const slept: number[] = [];

  beforeAll(async () => {
    hook = createServer((request, response) => {
      const reply = async (): Promise<void> => {
        const question = (await json(request)) as Asked;
        asked.push({ ...question, authorization: request.headers.authorization });
        const { status, body } = answer(question);
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body === undefined ? '' : JSON.stringify(body));
      };
      void reply();
    });
    await new Promise<void>((resolve) => {
      hook.listen(0, '127.0.0.1', resolve);
    });
    world = await openWorld({
      storage,
      clock: { now: testClock.now, sleep: (time) => Promise.resolve(void slept.push(time)) },
      env: {
        VRATNY_MIGRATION_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/ask`,
        VRATNY_MIGRATION_TOKEN: 'a-token-of-the-hook',
        VRATNY_HASH_PROFILE: 'argon2id',
      },
    });
    client = await world.createClient();
  });
  beforeEach(() => {
    asked = [];
    answer = ({ login, password }) =>
      password === PASSWORD ? { status: 200, body: { email: login, name: 'Eva Malá' } } : { status: 401 };
  });
  afterAll(async () => {
    hook.closeAllConnections();
    hook.close();
    await closeWorld(world, storage);
  });
  afterEach(() => vi.useRealTimers());

  const signIn = async (login: string, password: string) => {
    const browser = await atSignIn(world, client, { scope: 'openid customer' });
    await browser.submit({ login, password });
    return browser;
  };

  test('S4: the right password brings the account along, with a hash of its own, and nobody is asked again', async () => {
    answer = ({ login }) => ({
      status: 200,
      body: {
        login: 'Eva',
        email: 'eva@old.example',
        email_verified: true,
        customer_number: 4711,
        login_count: 7,
        password_hash: 'x',
        asked: login,
      },
    });
    const browser = await signIn(' EVA', PASSWORD);
    expect(browser.callback['code']).toBeDefined();
    expect(asked).toEqual([
      { login: 'EVA', password: PASSWORD, authorization: 'Bearer a-token-of-the-hook' },
    ]);
    const { doc, id } = (await world.core.accounts.findByIdentifier('eva'))!;
    expect(doc).toMatchObject({ login: 'Eva', email: 'eva@old.example', emailVerified: true });
    expect(doc.passwordHash).toMatch(/^\$argon2id\$/);
    const { body } = await exchange(world, client, browser);
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({
      sub: id,
      customer_number: '4711',
      customer_vetting: 'unvetted',
    });

    expect((await signIn('eva@old.example', PASSWORD)).callback['code']).toBeDefined();
    expect((await signIn('eva', 'wrong password')).status).toBe(422);
    expect(asked).toHaveLength(1);

    // Renamed here, the old name is nobody's, and stays so.
    await world.core.accounts.change(id, () => ({ login: 'ewa', loginKey: 'ewa' }));
    expect((await signIn('Eva', PASSWORD)).status).toBe(422);
    expect(asked).toHaveLength(1);
  });

  test('a no, an error, nonsense and an account of another name are a wrong password, at the same moment (A49)', async () => {
    await world.createAccount({ email: 'known@example.cz' });
    const known = await signIn('known@example.cz', 'wrong password');
    const answers: Answer[] = [
      { status: 401 },
      { status: 404 },
      { status: 500, body: { email: 'who@old.example' } },
      { status: 200, body: 'who@old.example' },
      { status: 200, body: { email: 'who' } },
      { status: 200, body: { email: 'victim@old.example', login: 'victim' } },
      { status: 200, body: { email: 'known@example.cz', login: 'whoat' } },
      { status: 302 },
    ];
    // Without what is new on every page: tokens, challenges, the address of the sign-in, the name that was typed.
    const texts = (html: string) =>
      html
        .replaceAll(/(csrf" value="|challenge&quot;:&quot;|\/interaction\/|sign_in=|from=)[^"&/]*/g, '$1')
        .replaceAll(/value="[^"]*"/g, 'value=""');
    for (const [index, one] of answers.entries()) {
      answer = () => one;
      slept.length = 0;
      const login =
        one.body instanceof Object && 'login' in one.body && one.body.login === 'whoat'
          ? 'whoat'
          : `who${index}@old.example`;
      const browser = await signIn(login, PASSWORD);
      expect([index, browser.status, texts(browser.html)]).toEqual([index, known.status, texts(known.html)]);
      expect(slept).toHaveLength(1);
      expect(slept[0]).toBeLessThanOrEqual(MIGRATING_FLOOR_MILLISECONDS);
    }
    expect(asked).toHaveLength(answers.length);
    expect((await peopleIn(world.store)).filter(({ email }) => /who|victim/.test(email))).toEqual([]);
    expect(JSON.stringify(world.logs)).not.toContain(PASSWORD);
  });

  test('ten first sign-ins at once open one account, and all are let in (A19)', async () => {
    const done = await Promise.all(Array.from({ length: 10 }, () => signIn('many@old.example', PASSWORD)));
    const codes = done.filter((browser) => browser.callback['code'] !== undefined);
    // Those beyond the free tries of the name wait; nobody else is refused.
    expect(codes.length).toBeGreaterThanOrEqual(5);
    for (const browser of done) if (!codes.includes(browser)) expect(browser.status).toBe(429);
    expect((await peopleIn(world.store)).filter(({ email }) => email === 'many@old.example')).toHaveLength(1);
  });

  test('guessing is slowed down before the old system is asked (A44)', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let tries = 0; tries < 12; tries += 1) await signIn('guess@old.example', `wrong ${tries}`);
    expect(asked.length).toBeLessThanOrEqual(7);
  });
});

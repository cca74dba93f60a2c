// What a failed sign-in tells: the same words, headers and work, whoever was named. And how hashes are kept up to date.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createHasher } from '../../adapters/hash/pool.ts';
import { createAccounts } from '../../src/domain/accounts/accounts.ts';
import { createBrowsers } from '../../src/domain/sign-ins/browsers.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import {
  createPasswordSignIn,
  FAILURE_FLOOR_MILLISECONDS,
} from '../../src/domain/passwords/password-sign-in.ts';
import { createThrottles } from '../../src/domain/limits/throttle.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { HashProfile } from '../../src/ports/hasher.ts';
import { atSignIn, signedIn } from '../support/journeys.ts';
import { manualClock, memoryStore, newAccount, quietFailedPasswords, spyHasher } from '../support/rules.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

/** A hash as another profile writes it. */
async function hashOf(profile: HashProfile, password = PASSWORD): Promise<string> {
  const hasher = createHasher({ profile, workers: 1 });
  const hash = await hasher.hash(password);
  await hasher.close();
  return hash;
}

// All names are of one length, so that the typed name makes no difference.
const arms = ['known', 'nobod', 'disab', 'nopas', 'legac'] as const;
const emailOf = (arm: string) => `${arm}@example.cz`;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
    const { accounts } = world.core;
    await world.createAccount({ email: emailOf('known') });
    const disabled = await world.createAccount({ email: emailOf('disab') });
    await accounts.change(disabled.id, () => ({ status: 'disabled' }));
    await accounts.create({ email: emailOf('nopas'), emailVerified: true });
    await world.createAccount({ email: emailOf('legac'), passwordHash: await hashOf('legacy') });
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  /** The whole answer, with what leads to it, without what differs between any two answers. */
  async function answerTo(login: string, password: string) {
    const browser = await atSignIn(world, client);
    const { action, fields } = browser.forms[0]!;
    const cookie = browser.cookieHeader(action);
    const first = await fetch(world.issuer + action, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ ...fields, login, password }),
      headers: { ...browser.headers, cookie, origin: world.issuer },
    });
    const answer = /vratny_answer=([\w-]+)/.exec(first.headers.getSetCookie().join('; '))?.[1] ?? 'none';
    const response = await fetch(world.issuer + action, {
      headers: { ...browser.headers, cookie: `${cookie}; vratny_answer=${answer}` },
    });
    const ids = [first, response].map(({ headers }) => headers.get('x-request-id')!);
    const body = await response.text();
    const plain = (text: string) =>
      [...ids, answer, fields['csrf']!, action.split('/')[2]!, login].reduce(
        (rest, secret, index) => rest.replaceAll(secret, `<${index}>`),
        // What a passkey would have to answer is new on every page.
        text.replaceAll(/challenge&quot;:&quot;[\w.-]+/g, 'challenge'),
      );
    const headers = [...first.headers, ...response.headers].filter(([name]) => name !== 'date');
    return {
      statuses: [first.status, response.status],
      status: response.status,
      headers: headers.map(([name, value]) => [name, plain(value)]),
      length: Buffer.byteLength(body),
      body: plain(body),
    };
  }

  test('is byte for byte the same for known, unknown, disabled, passwordless and old accounts (A49)', async () => {
    const wrong = await answerTo(emailOf('known'), 'a wrong password');
    expect(wrong.status).toBe(422);
    for (const arm of arms)
      expect([arm, await answerTo(emailOf(arm), 'a wrong password')]).toEqual([arm, wrong]);
    // The right password of a disabled account is as wrong as any.
    expect(await answerTo(emailOf('disab'), PASSWORD)).toEqual(wrong);
    expect(await answerTo(emailOf('known'), 'x'.repeat(2000))).toEqual(wrong);
  });

  test('and so is the answer to who has to wait', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const waits = [];
    for (const arm of arms) {
      let answer = await answerTo(emailOf(arm), 'a wrong password');
      for (let tries = 0; tries < 8 && answer.status !== 429; tries += 1)
        answer = await answerTo(emailOf(arm), 'a wrong password');
      waits.push(answer);
    }
    expect(waits[0]).toMatchObject({ status: 429 });
    expect(Object.fromEntries(waits[0]!.headers)['retry-after']).toMatch(/^[12]$/);
    const alike = waits.map(({ status, body }) => [status, body.replace(/wait \d+.second\w*/, 'wait')]);
    expect(new Set(alike.map(String)).size).toBe(1);
  });

  test('nothing of a typed password is shown, stored or logged (S5)', async () => {
    const secret = 'tajné heslo, které nikdo nesmí číst';
    const { email } = await world.createAccount({ password: secret });
    const browser = await atSignIn(world, client);
    await browser.submit({ login: email, password: `${secret}!` });
    expect(browser.html).not.toContain('tajné');
    await browser.submit({ login: email, password: secret });
    expect(browser.callback['code']).toBeDefined();
    const stored = await world.store.collection({ name: 'accounts' }).list(undefined, { limit: 100 });
    expect(JSON.stringify([stored, world.logs])).not.toContain('tajné');
  });
});

describe('the work behind a failure (C14)', () => {
  test('is one hash of the current profile for everyone, and the answer comes at the same moment', async () => {
    const clock = manualClock();
    const store = await memoryStore(clock);
    const hasher = spyHasher();
    await newAccount(store, clock, { email: emailOf('known') });
    const disabled = await newAccount(store, clock, { email: emailOf('disab') });
    const accounts = createAccounts(store, clock);
    await accounts.change(disabled.id, () => ({ status: 'disabled' }));
    await accounts.create({ email: emailOf('nopas'), emailVerified: true });
    const signIn = createPasswordSignIn({
      accounts,
      hasher,
      clock,
      browsers: createBrowsers(store, clock),
      throttles: createThrottles(store, clock),
      failedPasswords: quietFailedPasswords(store, clock),
      log: silentLog,
    });
    const samples = 60;
    for (const arm of arms) {
      Object.assign(hasher, { verified: 0, pretended: 0 });
      clock.slept.length = 0;
      for (let sample = 0; sample < samples; sample += 1) {
        // Half an hour between tries: the throttle has no part in this.
        clock.advance(30 * 60_000);
        const outcome = await signIn.prove({
          identifier: emailOf(arm),
          password: 'wrong',
          address: `2001:db8:${sample}::1`,
          browserId: 'a browser',
          userAgent: '',
        });
        expect(outcome).toEqual({ kind: 'wrong' });
      }
      expect([arm, hasher.verified + hasher.pretended]).toEqual([arm, samples]);
      expect(clock.slept).toEqual(Array(samples).fill(FAILURE_FLOOR_MILLISECONDS));
    }
  });

  test('ends at whole multiples of the floor, also when the queue of hashes was longer than it', async () => {
    const clock = manualClock({ sleepMoves: true });
    const store = await memoryStore(clock);
    for (const [took, waits] of [
      [0, 250],
      [31, 219],
      [249, 1],
      [250, 250],
      [612, 138],
    ] as const) {
      const hasher = { ...spyHasher(), pretend: () => Promise.resolve(clock.advance(took)) };
      const signIn = createPasswordSignIn({
        accounts: createAccounts(store, clock),
        hasher,
        clock,
        browsers: createBrowsers(store, clock),
        throttles: createThrottles(store, clock),
        failedPasswords: quietFailedPasswords(store, clock),
        log: silentLog,
      });
      const from = { address: '192.0.2.1', browserId: 'b', userAgent: '' };
      const attempt = { identifier: `n${took}`, password: 'wrong', ...from };
      await signIn.prove(attempt);
      expect([took, clock.slept.at(-1)]).toEqual([took, waits]);
    }
  });
});

describe('hashes are brought up to date at sign-in (S4)', () => {
  test.for<[HashProfile, HashProfile, RegExp]>([
    ['legacy', 'argon2id', /^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=/],
    ['pbkdf2-sha512', 'argon2id', /^\$argon2id\$/],
    ['argon2id', 'pbkdf2-sha512', /^\$pbkdf2-sha512\$i=210000/],
    ['argon2id', 'legacy', /^\$pbkdf2-sha1\$i=10000\$/],
  ])('from %s to %s', async ([before, profile, expected]) => {
    const world = await openWorld({ env: { VRATNY_HASH_PROFILE: profile } });
    const client = await world.createClient();
    const { id, email } = await world.createAccount({ passwordHash: await hashOf(before) });
    const hash = async () => (await world.core.accounts.get(id))!.doc.passwordHash!;
    const old = await hash();

    const browser = await atSignIn(world, client);
    await browser.submit({ login: email, password: 'a wrong password' });
    expect(await hash()).toBe(old);
    await browser.submit({ login: email, password: PASSWORD });
    const fresh = await hash();
    expect(fresh).toMatch(expected);
    expect((await signedIn(world, client, email)).callback['code']).toBeDefined();
    expect(await hash()).toBe(fresh);
    await world.close();
  });

  test('a hash that cannot be made now does not stand in the way of who knows the password', async () => {
    const clock = manualClock();
    const store = await memoryStore(clock);
    const eva = await newAccount(store, clock, { email: 'eva@example.cz' });
    const hasher = {
      ...spyHasher(),
      verify: () => Promise.resolve({ matches: true, outdated: true }),
      hash: () => Promise.reject(new Error('too many at once')),
    };
    const signIn = createPasswordSignIn({
      accounts: createAccounts(store, clock),
      hasher,
      clock,
      browsers: createBrowsers(store, clock),
      throttles: createThrottles(store, clock),
      failedPasswords: quietFailedPasswords(store, clock),
      log: silentLog,
    });
    const from = { address: '192.0.2.1', browserId: 'b', userAgent: '' };
    const attempt = { identifier: 'eva@example.cz', password: 'right', ...from };
    expect(await signIn.prove(attempt)).toEqual({ kind: 'proved', accountId: eva.id });
  });
});

test('C15: however many strangers try however many names, people sign in in browsers of their own', async () => {
  const world = await openWorld({
    env: {
      VRATNY_HASH_PROFILE: 'argon2id',
      VRATNY_HASH_WORKERS: '1',
      VRATNY_HASH_QUEUE: '1',
      VRATNY_TRUSTED_PROXIES: '127.0.0.1',
    },
  });
  const client = await world.createClient();
  const { email } = await world.createAccount();
  const own = await signedIn(world, client, email);
  const strangers = await Promise.all(Array.from({ length: 10 }, () => atSignIn(world, client)));
  const over = new AbortController();
  const flood = Promise.all(
    strangers.map(async (browser, index) => {
      browser.headers['x-forwarded-for'] = `2001:db8:${index}::1`;
      for (let time = 0; !over.signal.aborted; time += 1) {
        await browser.open(world.authorizeUrl(client));
        await browser.submit({ login: `nobody${index}.${time}@example.cz`, password: 'x' });
      }
    }),
  );
  const statuses: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    await own.open(world.authorizeUrl(client, { prompt: 'login' }));
    await own.submit({ login: email, password: PASSWORD });
    statuses.push(own.callback['code'] === undefined ? own.status : 0);
  }
  over.abort();
  await flood;
  expect(statuses).toEqual([0, 0, 0]);
  await world.close();
});

test('more sign-ins at once than can wait get a page that asks to come back, and nobody is signed in by it', async () => {
  const world = await openWorld({ env: { VRATNY_HASH_WORKERS: '1', VRATNY_HASH_QUEUE: '1' } });
  const client = await world.createClient();
  const { email } = await world.createAccount();
  const browsers = await Promise.all(Array.from({ length: 12 }, () => atSignIn(world, client)));
  await Promise.all(
    browsers.map((browser, index) => browser.submit({ login: `nobody${index}@example.cz`, password: 'x' })),
  );
  const refused = browsers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(0);
  expect(browsers.filter(({ status }) => status !== 503 && status !== 422)).toEqual([]);
  expect(refused[0]!.heading).toBe('We have our hands full');
  expect(refused[0]!.responseHeaders.get('retry-after')).toBe('5');
  expect((await signedIn(world, client, email)).callback['code']).toBeDefined();
  await world.close();
});

// Slowing down guessing: how much, for whom, and that nobody is shut out by strangers.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { createAccounts } from '../../../src/domain/accounts/accounts.ts';
import { createBrowsers } from '../../../src/domain/sign-ins/browsers.ts';
import { allShapes } from '../../../src/domain/collections.ts';
import { MOST_FAILED_PASSWORDS } from '../../../src/domain/passwords/failed-passwords.ts';
import {
  createPasswordSignIn,
  type PasswordAttempt,
} from '../../../src/domain/passwords/password-sign-in.ts';
import {
  createThrottles,
  delayAfter,
  passwordPolicies,
  type Throttle,
} from '../../../src/domain/limits/throttle.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { Store } from '../../../src/ports/store.ts';
import {
  manualClock,
  memoryStore,
  newAccount,
  quietFailedPasswords,
  spyHasher,
} from '../../support/rules.ts';

const { pair, name, network } = passwordPolicies;
const clock = manualClock();
let hasher = spyHasher();
let store: Store;

/** A node: its own parts over a storage that others may share. */
const createNode = (over: Store = store) =>
  createPasswordSignIn({
    accounts: createAccounts(over, clock),
    browsers: createBrowsers(over, clock),
    throttles: createThrottles(over, clock),
    failedPasswords: quietFailedPasswords(over, clock),
    hasher,
    clock,
    log: silentLog,
  });

const attempt = (more: Partial<PasswordAttempt> = {}): PasswordAttempt => ({
  identifier: 'eva@example.cz',
  password: 'wrong',
  address: '198.51.100.7',
  browserId: 'browser of a stranger',
  userAgent: '',
  ...more,
});
const reachedHash = () => hasher.verified + hasher.pretended;
const burst = (count: number, make: (index: number) => PasswordAttempt, nodes = [createNode()]) =>
  Promise.all(Array.from({ length: count }, (_, index) => nodes[index % nodes.length]!.prove(make(index))));

beforeEach(async () => {
  hasher = spyHasher();
  store = await memoryStore(clock);
});

describe('the delay', () => {
  test.for([
    [0, 0],
    [4, 0],
    [5, 1],
    [6, 2],
    [7, 4],
    [10, 32],
    [14, 512],
    [15, 900],
    [100, 900],
    [1_000_000, 900],
  ])('after %i attempts on one name from one network is %i s', ([attempts, seconds]) => {
    expect(delayAfter(attempts!, pair)).toBe(seconds! * 1000);
  });

  test('never shrinks with more attempts and never passes its bound', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.constantFrom(...Object.values(passwordPolicies)), (a, b, policy) => {
        expect(delayAfter(Math.min(a, b), policy)).toBeLessThanOrEqual(delayAfter(Math.max(a, b), policy));
        expect(delayAfter(a, policy)).toBeLessThanOrEqual(policy.longestDelaySeconds * 1000);
      }),
    );
  });
});

describe('a burst (A44)', () => {
  test('of 200 attempts at once on one name reaches the hash as often as is free', async () => {
    await newAccount(store, clock, { email: 'eva@example.cz' });
    const outcomes = await burst(200, () => attempt());
    expect(reachedHash()).toBe(pair.free);
    expect(outcomes.filter(({ kind }) => kind === 'throttled')).toHaveLength(200 - pair.free);
    // The refused ones are counted nowhere: from another network the name may be tried at once.
    const rows = await store
      .collection<Throttle, never>({ name: 'throttles' })
      .list(undefined, { limit: 10 });
    expect(rows.map(({ doc }) => doc.attempts)).toEqual([pair.free, pair.free, pair.free, pair.free]);
    expect(await createNode().prove(attempt({ address: '203.0.113.9' }))).toEqual({ kind: 'wrong' });
  });

  test('from 200 networks on one name reaches it as often as is free for a name', async () => {
    await burst(200, (index) => attempt({ address: `203.0.${index}.1` }));
    expect(reachedHash()).toBe(name.free);
  });

  test('on 200 names from one network reaches it as often as is free for a network, IPv6 by its /64', async () => {
    await burst(200, (index) =>
      attempt({ identifier: `n${index}`, address: `2001:db8::${index.toString(16)}` }),
    );
    expect(reachedHash()).toBe(network.free);
  });

  test('whose address nobody can tell shares one counter', async () => {
    await burst(200, (index) => attempt({ identifier: `n${index}`, address: undefined }));
    expect(reachedHash()).toBe(network.free);
  });

  test('over two nodes finds the same limit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vratny-throttle-'));
    const open = () => openStore(`sqlite:${join(folder, 't.sqlite')}`, { now: () => clock.now().getTime() });
    const [one, two] = [await open(), await open()];
    await one.prepare(allShapes);
    await two.prepare(allShapes);
    await burst(200, () => attempt(), [createNode(one), createNode(two)]);
    expect(reachedHash()).toBe(pair.free);
    await Promise.all([one.close(), two.close()]);

    const restarted = await open();
    expect(await createNode(restarted).prove(attempt())).toMatchObject({ kind: 'throttled' });
    await restarted.close();
    rmSync(folder, { recursive: true });
  });

  test('of 1000 guesses over hours, waiting as told, stays within the policy', async () => {
    const node = createNode();
    const start = clock.now().getTime();
    for (let guess = 0; guess < 200; guess += 1) {
      const outcome = await node.prove(attempt({ address: `203.0.113.${guess % 200}` }));
      if (outcome.kind === 'throttled') clock.advance(outcome.retryAfterSeconds * 1000);
    }
    const hours = (clock.now().getTime() - start) / 3_600_000;
    expect(reachedHash()).toBeLessThanOrEqual(name.free + 8 + (hours * 3600) / name.longestDelaySeconds);
  });
});

describe('what strangers cannot tell', () => {
  test('known and unknown names are slowed down alike, and a right password gets the same answer', async () => {
    await newAccount(store, clock, { email: 'eva@example.cz' });
    const node = createNode();
    const run = async (identifier: string, address: string) => {
      const outcomes = [];
      for (let index = 0; index < 12; index += 1) {
        outcomes.push(await node.prove(attempt({ identifier, address })));
        clock.advance(700);
      }
      return outcomes;
    };
    const known = await run('eva@example.cz', '198.51.100.1');
    expect(await run('nobody@example.cz', '203.0.113.1')).toEqual(known);
    const wrong = async (address: string) => {
      await burst(pair.free, () => attempt({ address }));
      return node.prove(attempt({ address }));
    };
    const blocked = await wrong('198.51.100.1');
    expect(blocked).toMatchObject({ kind: 'throttled' });
    expect(await node.prove(attempt({ password: 'right', address: '198.51.100.1' }))).toEqual(blocked);
  });

  test('that a login name and an e-mail belong to one account', async () => {
    await newAccount(store, clock, { email: 'eva@example.cz', login: 'eva' });
    await burst(pair.free, () => attempt({ identifier: 'eva' }));
    expect(await createNode().prove(attempt({ identifier: 'eva' }))).toMatchObject({ kind: 'throttled' });
    expect(await createNode().prove(attempt())).toEqual({ kind: 'wrong' });
  });

  test('S72: another way to write a name does not give more tries', async () => {
    await burst(pair.free, () => attempt());
    for (const identifier of [
      'EVA@example.cz',
      ' eva@example.cz\r\n',
      'e\u200bva@example.cz',
      'ｅva@example.cz',
    ])
      expect(await createNode().prove(attempt({ identifier }))).toMatchObject({ kind: 'throttled' });
  });
});

describe('nobody is locked out (C15)', () => {
  test('the owner signs in from their own browser while 500 addresses try 1000 times', async () => {
    await newAccount(store, clock, { email: 'eva@example.cz' });
    const owner = attempt({ password: 'right', browserId: 'browser of the owner', address: '192.0.2.1' });
    expect(await createNode().prove(owner)).toMatchObject({ kind: 'proved' });
    for (let round = 0; round < 10; round += 1) {
      await burst(100, (index) => attempt({ address: `203.${round}.${index % 50}.9` }));
      clock.advance(1000);
      expect(await createNode().prove(owner)).toMatchObject({ kind: 'proved' });
    }
    const elsewhere = { ...owner, browserId: 'a new browser', address: '192.0.2.2' };
    expect(await createNode().prove(elsewhere)).toMatchObject({ kind: 'throttled' });
  });

  test('from a new browser the owner gets in a minute after the strangers stop, short of the hundredth guess', async () => {
    await newAccount(store, clock, { email: 'eva@example.cz' });
    for (let round = 0; round < 70; round += 1) {
      await burst(5, (index) => attempt({ address: `203.${round}.${index}.9` }));
      clock.advance(60_000);
    }
    const owner = attempt({ password: 'right', address: '192.0.2.1' });
    clock.advance(name.longestDelaySeconds * 1000);
    expect(reachedHash()).toBeGreaterThan(name.free);
    expect(reachedHash()).toBeLessThan(MOST_FAILED_PASSWORDS);
    expect(await createNode().prove(owner)).toMatchObject({ kind: 'proved' });
  });

  test('hammering at a blocked counter neither lengthens the wait nor writes anything', async () => {
    await burst(30, () => attempt());
    const before = await store.collection({ name: 'throttles' }).list(undefined, { limit: 100 });
    await burst(500, () => attempt());
    expect(await store.collection({ name: 'throttles' }).list(undefined, { limit: 100 })).toEqual(before);
    clock.advance(1000);
    expect(await createNode().prove(attempt())).toEqual({ kind: 'wrong' });
  });

  test('a success forgets the failures of the name, and takes back only itself from the network', async () => {
    await newAccount(store, clock, { email: 'eva@example.cz' });
    await burst(4, () => attempt());
    expect(await createNode().prove(attempt({ password: 'right' }))).toMatchObject({ kind: 'proved' });
    await burst(4, () => attempt({ browserId: 'yet another' }));
    expect(reachedHash()).toBe(9);
    const ids = `password:network:198.51.100.7/32`;
    const counter = await store.collection<{ attempts: number }, never>({ name: 'throttles' }).get(ids);
    expect(counter?.doc.attempts).toBe(8);
  });

  test('an attempt that could not be judged does not count', async () => {
    const busy = () => Promise.reject(new Error('too many at once'));
    Object.assign(hasher, { verify: busy, pretend: busy });
    for (let index = 0; index < 20; index += 1)
      await expect(createNode().prove(attempt())).rejects.toThrow('too many at once');
    hasher = spyHasher();
    expect(await createNode().prove(attempt())).toEqual({ kind: 'wrong' });
  });

  test('a clock that was wrong for a while blocks nobody', async () => {
    clock.advance(30 * 86_400_000);
    await burst(30, () => attempt());
    clock.advance(-30 * 86_400_000);
    expect(await createNode().prove(attempt())).toEqual({ kind: 'wrong' });
  });
});

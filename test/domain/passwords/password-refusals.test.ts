// What the history learns of refused passwords, and that neither the answer nor its time tells whether it learnt any.

import { beforeEach, describe, expect, test } from 'vitest';
import { createAccounts } from '../../../src/domain/accounts/accounts.ts';
import { createBrowsers } from '../../../src/domain/sign-ins/browsers.ts';
import {
  createPasswordSignIn,
  FAILURE_FLOOR_MILLISECONDS,
  type PasswordSignIn,
} from '../../../src/domain/passwords/password-sign-in.ts';
import { createThrottles, passwordPolicies } from '../../../src/domain/limits/throttle.ts';
import { silentLog } from '../../../src/lib/log.ts';
import {
  manualClock,
  memoryStore,
  newAccount,
  quietFailedPasswords,
  spyHasher,
} from '../../support/rules.ts';

const clock = manualClock({ sleepMoves: true });
let passwordSignIn: PasswordSignIn;
let learnt: { accountId: string; reason: string; at: number }[];
let eva: string;

beforeEach(async () => {
  const store = await memoryStore(clock);
  const accounts = createAccounts(store, clock);
  passwordSignIn = createPasswordSignIn({
    accounts,
    browsers: createBrowsers(store, clock),
    throttles: createThrottles(store, clock),
    failedPasswords: quietFailedPasswords(store, clock),
    hasher: spyHasher(),
    clock,
    log: silentLog,
  });
  learnt = [];
  eva = (await newAccount(store, clock, { email: 'eva@example.cz' })).id;
  const ended = await newAccount(store, clock, { email: 'ended@example.cz' });
  await accounts.change(ended.id, () => ({ status: 'disabled' }));
});

/** One attempt whose record takes so many milliseconds; the outcome and how long it took. */
async function attempt(identifier: string, password: string, recordTakes = 0) {
  const began = clock.now().getTime();
  const outcome = await passwordSignIn.prove({
    identifier,
    password,
    address: '198.51.100.7',
    browserId: 'a browser',
    userAgent: '',
    onRefused: (accountId, reason) => {
      learnt.push({ accountId, reason, at: clock.now().getTime() - began });
      clock.advance(recordTakes);
      return Promise.resolve();
    },
  });
  return { outcome, took: clock.now().getTime() - began };
}

describe('the history learns', () => {
  test('of a wrong password, of one that came too soon, and of one for a disabled account', async () => {
    for (let time = 0; time < passwordPolicies.pair.free + 1; time += 1)
      await attempt('eva@example.cz', 'wrong');
    await attempt('ended@example.cz', 'right');
    expect(learnt.map(({ reason }) => reason)).toEqual([
      ...Array<string>(passwordPolicies.pair.free).fill('wrong_password'),
      'throttled',
      'account_disabled',
    ]);
    expect(learnt[0]!.accountId).toBe(eva);
  });

  test('nothing of names that are nobody’s, and nothing of the right password', async () => {
    for (let time = 0; time < passwordPolicies.pair.free + 2; time += 1)
      await attempt('nobody@example.cz', 'x');
    await attempt('eva@example.cz', 'right');
    expect(learnt).toEqual([]);
  });
});

describe('an attacker learns nothing by it', () => {
  test('the outcome names no account', async () => {
    const known = await attempt('eva@example.cz', 'wrong');
    const unknown = await attempt('nobody@example.cz', 'wrong');
    expect(known.outcome).toEqual(unknown.outcome);
    expect(JSON.stringify(known.outcome)).not.toContain(eva);
  });

  test.for([0, 1, 40, FAILURE_FLOOR_MILLISECONDS - 1])(
    'writing takes %i ms of the time that every failure takes',
    async (milliseconds) => {
      const known = await attempt('eva@example.cz', 'wrong', milliseconds);
      const unknown = await attempt('nobody@example.cz', 'wrong', milliseconds);
      expect([known.took, unknown.took]).toEqual([FAILURE_FLOOR_MILLISECONDS, FAILURE_FLOOR_MILLISECONDS]);
      expect(learnt).toMatchObject([{ at: 0 }]);
    },
  );
});

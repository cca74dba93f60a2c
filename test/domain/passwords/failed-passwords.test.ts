// N7 (NIST SP 800-63B-4 §3.2.2): a hundred wrong passwords in a row switch the password off until another one is set.

import { beforeEach, expect, test } from 'vitest';
import type { AuditEvent } from '../../../src/domain/audit/audit-entry.ts';
import { createAccounts, type Accounts } from '../../../src/domain/accounts/accounts.ts';
import { createBrowsers } from '../../../src/domain/sign-ins/browsers.ts';
import {
  createFailedPasswords,
  GUESSES_TOLD,
  MOST_FAILED_PASSWORDS,
} from '../../../src/domain/passwords/failed-passwords.ts';
import { createPasswordSignIn, type PasswordSignIn } from '../../../src/domain/passwords/password-sign-in.ts';
import { createThrottles } from '../../../src/domain/limits/throttle.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { manualClock, memoryStore, newAccount, spyHasher } from '../../support/rules.ts';

const clock = manualClock({ sleepMoves: true });
const hasher = spyHasher();
let accounts: Accounts;
let passwordSignIn: PasswordSignIn;
let failedPasswords: ReturnType<typeof createFailedPasswords>;
let letters: { name: string; url: unknown }[];
let noted: AuditEvent[];
let eva: string;

beforeEach(async () => {
  const store = await memoryStore(clock);
  accounts = createAccounts(store, clock);
  letters = [];
  noted = [];
  failedPasswords = createFailedPasswords({
    store,
    clock,
    log: silentLog,
    audit: { note: (event) => Promise.resolve(noted.push(event) > 0) },
    letters: {
      send: (_account, _kind, name, { url }) => Promise.resolve(void letters.push({ name, url })),
      url: (path) => `https://id.example${path}`,
    },
  });
  passwordSignIn = createPasswordSignIn({
    accounts,
    browsers: createBrowsers(store, clock),
    throttles: createThrottles(store, clock),
    failedPasswords,
    hasher,
    clock,
    log: silentLog,
  });
  eva = (await newAccount(store, clock, { email: 'eva@example.cz' })).id;
});

/** One attempt, when the wait after those before it is over. */
async function attempt(password: string, browserId = 'a stranger') {
  clock.advance(900_001);
  const outcome = await passwordSignIn.prove({
    identifier: 'eva@example.cz',
    password,
    address: '198.51.100.7',
    browserId,
    userAgent: '',
  });
  return outcome.kind;
}
const fail = async (times: number, browserId?: string): Promise<void> => {
  for (let time = 0; time < times; time += 1) expect(await attempt('wrong', browserId)).toBe('wrong');
};

test('N7: after a hundred the right one is as wrong as any, however long ago they were, and one letter tells the way', async () => {
  await fail(MOST_FAILED_PASSWORDS - 1);
  expect(letters).toEqual([]);
  await fail(1);
  expect(letters).toEqual([{ name: 'password-off', url: 'https://id.example/recover' }]);
  expect(await attempt('right')).toBe('wrong');
  clock.advance(400 * 86_400_000);
  expect(await attempt('right')).toBe('wrong');
  await fail(5);
  expect(letters).toHaveLength(1);
  expect(noted).toEqual([
    {
      action: 'credential.password_blocked',
      actor: { kind: 'system' },
      accountId: eva,
      after: { count: 100 },
    },
  ]);
});

test('N7: a right one in between begins the count anew', async () => {
  await fail(MOST_FAILED_PASSWORDS - 1);
  expect(await attempt('right')).toBe('proved');
  await fail(MOST_FAILED_PASSWORDS - 1);
  expect(await attempt('right')).toBe('proved');
  expect(letters).toEqual([]);
});

test('N7: those of a known browser count as well, and there the person is told plainly', async () => {
  expect(await attempt('right', 'her own')).toBe('proved');
  await fail(MOST_FAILED_PASSWORDS / 2, 'her own');
  await fail(MOST_FAILED_PASSWORDS / 2);
  expect(await attempt('right', 'her own')).toBe('password_off');
  expect(await attempt('wrong', 'her own')).toBe('password_off');
  expect(await attempt('right')).toBe('wrong');
});

test('N7: another password works at once, and begins at none', async () => {
  await fail(MOST_FAILED_PASSWORDS);
  await accounts.change(eva, () => ({ passwordHash: 'hash:another' }));
  await fail(MOST_FAILED_PASSWORDS - 1);
  expect(await attempt('another')).toBe('proved');
});

test('N7: what is switched off takes the same work and the same time as a wrong password', async () => {
  await fail(MOST_FAILED_PASSWORDS);
  const before = hasher.verified + hasher.pretended;
  clock.slept.length = 0;
  await attempt('right');
  await attempt('wrong');
  expect(hasher.verified + hasher.pretended - before).toBe(2);
  expect(clock.slept).toEqual([250, 250]);
});

test('N7: of a hundred at once one switches it off, and none is counted for nobody, without a password or disabled', async () => {
  const account = (await accounts.get(eva))!;
  await Promise.all(Array.from({ length: 150 }, () => failedPasswords.count(account)));
  expect(letters).toHaveLength(1);
  expect(await failedPasswords.isOff(account)).toBe(true);
  expect(await failedPasswords.forgive(account)).toMatchObject({ isOff: true });

  const without = await accounts.create({ email: 'passkey@example.cz', emailVerified: true });
  for (let time = 0; time < 200; time += 1) await failedPasswords.count(without);
  expect(await failedPasswords.isOff(without)).toBe(false);
  expect(letters).toHaveLength(1);
});

test('N7, S67: who has forbidden resets is told of support, not of a form that would send nothing', async () => {
  await accounts.change(eva, () => ({ resetForbidden: true }));
  await fail(MOST_FAILED_PASSWORDS);
  expect(letters).toEqual([{ name: 'password-off', url: '' }]);
});

test('A47: guesses are those of unknown browsers, each counted, kept over another password and taken once', async () => {
  const account = (await accounts.get(eva))!;
  expect(await attempt('right', 'her own')).toBe('proved');
  await fail(GUESSES_TOLD, 'her own');
  await failedPasswords.forgive(account);
  expect(await failedPasswords.isGuessed(eva)).toBe(false);

  const from = { address: undefined, userAgent: 'x'.repeat(5000) };
  for (let count = 1; count < GUESSES_TOLD; count += 1) await failedPasswords.count(account, from);
  expect(await failedPasswords.isGuessed(eva)).toBe(false);
  expect(await failedPasswords.takeGuesses(eva)).toBeUndefined();
  await failedPasswords.forgive(account);
  await Promise.all(Array.from({ length: 20 }, () => failedPasswords.count(account, from)));
  const changed = await accounts.change(eva, () => ({ passwordHash: 'hash:another' }));
  for (let time = 0; time < 2; time += 1)
    expect(await failedPasswords.forgive(changed)).toEqual({ isOff: false });
  expect(await failedPasswords.isGuessed(eva)).toBe(true);
  const taken = await Promise.all([1, 2, 3].map(() => failedPasswords.takeGuesses(eva)));
  const [guesses, ...more] = taken.filter((one) => one !== undefined);
  expect(more).toEqual([]);
  expect(guesses).toMatchObject({ count: 20, lastAgent: 'x'.repeat(512) });
  expect(await failedPasswords.isGuessed(eva)).toBe(false);
});

test('A47: of guesses that have switched the password off its own letter tells, and no other', async () => {
  await fail(MOST_FAILED_PASSWORDS);
  expect(letters).toHaveLength(1);
  expect(await failedPasswords.takeGuesses(eva)).toBeUndefined();
});

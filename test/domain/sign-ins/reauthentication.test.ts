// The fresh proof inside a session: by the counters of sign-in, the code only after the password, no oracle.

import { beforeEach, describe, expect, test } from 'vitest';
import { createAccounts, type StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import { createBrowsers } from '../../../src/domain/sign-ins/browsers.ts';
import { createPasswordSignIn } from '../../../src/domain/passwords/password-sign-in.ts';
import {
  createReauthentication,
  type ReauthenticationAttempt,
} from '../../../src/domain/sign-ins/reauthentication.ts';
import { createRecoveryCodes } from '../../../src/domain/factors/recovery-codes.ts';
import { createSecondFactors } from '../../../src/domain/factors/second-factors.ts';
import { createThrottles } from '../../../src/domain/limits/throttle.ts';
import { createTotp } from '../../../src/domain/factors/totp.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createSealer } from '../../../src/lib/seal.ts';
import {
  manualClock,
  memoryStore,
  newAccount,
  quietFailedPasswords,
  spyHasher,
} from '../../support/rules.ts';
import { appCode, turnOnTotp, wrongCode } from '../../support/second-factor.ts';

const clock = manualClock();
let hasher = spyHasher();
let parts: Awaited<ReturnType<typeof createParts>>;
let account: StoredAccount;

async function createParts() {
  const store = await memoryStore(clock);
  const throttles = createThrottles(store, clock);
  const accounts = createAccounts(store, clock);
  const secondFactors = createSecondFactors(store, throttles);
  const totp = createTotp({
    store,
    clock,
    sealer: createSealer(['a secret for these tests']),
    accounts,
    secondFactors,
  });
  const recoveryCodes = createRecoveryCodes(secondFactors, clock);
  const browsers = createBrowsers(store, clock);
  const failedPasswords = quietFailedPasswords(store, clock);
  const passwordSignIn = createPasswordSignIn({
    accounts,
    browsers,
    throttles,
    failedPasswords,
    hasher,
    clock,
    log: silentLog,
  });
  const told: string[] = [];
  const reauthentication = createReauthentication({
    passwordSignIn,
    failedPasswords,
    totp,
    recoveryCodes,
    history: {
      record: ({ result, ...entry }) => {
        told.push('reason' in entry ? entry.reason : result);
        return Promise.resolve(undefined);
      },
    },
    alarm: () => Promise.resolve(void told.push('alarm')),
    credentialNotices: { tell: (_account, change) => Promise.resolve(told.push(change) > 0) },
    clientName: 'Vrátný',
    clock,
  });
  return { told, store, clock, accounts, totp, passwordSignIn, reauthentication };
}

beforeEach(async () => {
  hasher = spyHasher();
  parts = await createParts();
  account = await newAccount(parts.store, clock, { email: 'eva@example.cz', login: 'eva' });
});

const seconds = () => clock.now().getTime() / 1000;
const prove = (more: Partial<ReauthenticationAttempt> = {}) =>
  parts.reauthentication.prove({
    account,
    session: { authTime: seconds(), amr: ['pwd'] },
    password: 'right',
    code: '',
    browserId: 'a browser',
    address: '192.0.2.1',
    userAgent: 'a test',
    ...more,
  });

describe('the password', () => {
  test('is asked always, and is enough where no code is needed or none is on', async () => {
    expect(await prove()).toEqual({ kind: 'proved' });
    expect(await prove({ needsCode: true })).toEqual({ kind: 'proved' });
    expect(await prove({ password: 'wrong' })).toEqual({ kind: 'wrong_password' });
    await turnOnTotp(parts, account.id);
    expect(await prove()).toEqual({ kind: 'proved' });
  });

  test('is guessed at by the same counters as at sign-in', async () => {
    for (let index = 0; index < 5; index += 1) await prove({ password: 'wrong', browserId: `${index}` });
    const refused = await prove({ browserId: 'another' });
    expect(refused).toMatchObject({ kind: 'throttled', retryAfterSeconds: 1 });
    const from = { address: '192.0.2.1', browserId: 'a third', userAgent: '' };
    const signIn = { identifier: 'eva', password: 'right', ...from };
    expect(await parts.passwordSignIn.prove(signIn)).toEqual(refused);
  });

  test('that cannot be one is not hashed', async () => {
    for (const password of ['', 'x'.repeat(1025)])
      expect(await prove({ password })).toEqual({ kind: 'wrong_password' });
    expect(hasher.verified + hasher.pretended).toBe(0);
  });

  test('of a disabled account proves nothing', async () => {
    await parts.accounts.change(account.id, () => ({ status: 'disabled' }));
    expect(await prove()).toEqual({ kind: 'wrong_password' });
  });
});

describe('the code', () => {
  test('is one of the app or of the recovery codes, each once', async () => {
    const { key, recoveryCodes } = await turnOnTotp(parts, account.id);
    const code = appCode(key, clock.now());
    expect(await prove({ needsCode: true })).toEqual({ kind: 'wrong_code' });
    expect(await prove({ needsCode: true, code })).toEqual({ kind: 'proved' });
    expect(await prove({ needsCode: true, code })).toEqual({ kind: 'wrong_code' });
    expect(await prove({ needsCode: true, code: recoveryCodes[2]! })).toEqual({ kind: 'proved' });
    expect(await prove({ needsCode: true, code: recoveryCodes[2]! })).toEqual({ kind: 'wrong_code' });
  });

  test('is neither judged, counted nor used up without the password', async () => {
    const { key, recoveryCodes } = await turnOnTotp(parts, account.id);
    const code = appCode(key, clock.now());
    for (const tried of [code, wrongCode(key, clock.now()), recoveryCodes[0]!])
      expect(await prove({ needsCode: true, password: 'wrong', code: tried })).toEqual({
        kind: 'wrong_password',
      });
    expect(await parts.totp.state(account.id)).toMatchObject({ codesLeft: 10 });
    clock.advance(2000);
    expect(await prove({ needsCode: true, code: appCode(key, clock.now()) })).toEqual({ kind: 'proved' });
  });
});

describe('what was refused', () => {
  test('is in the history, and a wrong code after a right password is told', async () => {
    await turnOnTotp(parts, account.id);
    await prove({ password: 'wrong' });
    expect(parts.told.splice(0)).toEqual(['wrong_password']);
    for (let tries = 0; tries < 6; tries += 1) await prove({ needsCode: true, code: '000000' });
    expect(parts.told.splice(0)).toEqual(
      [...'12345'].flatMap(() => ['wrong_code', 'alarm']).concat('throttled'),
    );
  });

  test('a recovery code that was used up is told as well', async () => {
    const { recoveryCodes } = await turnOnTotp(parts, account.id);
    await prove({ needsCode: true, code: recoveryCodes[0]! });
    expect(parts.told).toEqual(['recovery_code_used']);
  });
});

describe('an account without a password', () => {
  const session = (age: number, amr: string[]) => ({ authTime: seconds() - age, amr });
  beforeEach(async () => {
    account = await parts.accounts.change(account.id, () => ({ passwordHash: undefined }));
  });

  test.for([
    [0, ['hwk', 'user'], 'proved'],
    [300, ['swk', 'user'], 'proved'],
    [301, ['swk', 'user'], 'wrong_password'],
    [0, ['pwd'], 'wrong_password'],
    [0, [], 'wrong_password'],
    [-100_000, ['hwk'], 'wrong_password'],
  ] as const)(
    'is proved by a passkey sign-in at most five minutes ago: %i s, %j',
    async ([age, amr, kind]) => {
      expect(await prove({ session: session(age, [...amr]), password: 'right' })).toEqual({ kind });
      expect(hasher.verified).toBe(0);
    },
  );
});

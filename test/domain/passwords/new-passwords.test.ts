// Which new passwords will do, for whom, and that a list which cannot tell stands in nobody's way.

import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../../src/config/load.ts';
import { passwordPolicyOf } from '../../../src/config/password-policy.ts';
import { createNewPasswords } from '../../../src/domain/passwords/new-passwords.ts';
import { createPasswordLists } from '../../../src/outside.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { BreachedPasswords } from '../../../src/ports/breached-passwords.ts';

const standard = passwordPolicyOf(checkConfig({}));
// As it is shipped: nothing is configured.
const { firstTries } = createPasswordLists(checkConfig({}));
const nist = passwordPolicyOf(checkConfig({ VRATNY_PASSWORD_PROFILE: 'nist' }));
const eva = {
  accountId: 'eva',
  email: 'eva.dvorakova@zahradnictvi.cz',
  login: 'kopretina',
  givenName: 'Eva',
  familyName: 'Dvořáková',
};
const customer = { id: 'c', version: 1, doc: { number: '1', kind: 'company', name: 'Květiny Dvořák s.r.o.', createdAt: '' } } as const; // prettier-ignore

const make = (
  policy = standard,
  { totp = false, lists = [] as BreachedPasswords[], warnings = [] as unknown[] } = {},
) =>
  createNewPasswords({
    policy,
    house: ['Hvězdný hosting', 'id.hvezdny.example'],
    customers: { ofAccount: () => Promise.resolve([{ customer, role: 'owner' as const }]) },
    isTotpOn: () => Promise.resolve(totp),
    firstTries,
    hasher: { verify: () => Promise.reject(new Error('nothing to compare')) },
    breachedPasswords: lists,
    log: { ...silentLog, warn: (facts) => void warnings.push(facts) },
  });

describe('length', () => {
  test('A38: 12 to 128 code points as a standard, whatever the bytes', async () => {
    const { judge } = make();
    expect(await judge('ořech mrak', eva)).toBe('too_short');
    expect(await judge('ořech mrak 7', eva)).toBeUndefined();
    const flags = Array.from({ length: 64 }, (_, at) => String.fromCodePoint(0x1f300 + at)).join('');
    expect(await judge(flags, eva)).toBeUndefined();
    expect(await judge(flags + flags, eva)).toBeUndefined();
    expect(await judge(`${flags}${flags}x`, eva)).toBe('too_long');
  });

  test('A38: the profile nist asks for 15, and for 8 where the app is on', async () => {
    const [alone, second] = [make(nist), make(nist, { totp: true })];
    expect(await alone.judge('ořech mrak 77.', eva)).toBe('too_short');
    expect(await alone.judge('ořech mrak 77..', eva)).toBeUndefined();
    expect(await second.judge('ořech 7', eva)).toBe('too_short');
    expect(await second.judge('ořech 77', eva)).toBeUndefined();
    expect(await second.rulesFor()).toMatchObject({ minLength: 15 });
    expect(
      passwordPolicyOf(checkConfig({ VRATNY_PASSWORD_PROFILE: 'nist', VRATNY_PASSWORD_MIN: '20' })).minLength,
    ).toBe(20);
  });

  test('composed and decomposed characters count the same', async () => {
    const word = 'žluťoučký kůň';
    expect(await make().judge(word.normalize('NFD'), eva)).toBeUndefined();
    expect(await make().judge('ř'.normalize('NFD').repeat(6), eva)).toBe('too_short');
  });
});

describe('A40: words that stand near the account, and common passwords, are refused as a whole, with the reason', () => {
  test.each([
    ['eva.dvorakova@zahradnictvi.cz', 'same_as_login'],
    ['Eva.Dvorakova2026', 'same_as_login'],
    ['kopretina123', 'same_as_login'],
    ['KOPRETINA!!!!', 'same_as_login'],
    ['k0pr3t1n@2026', 'same_as_login'],
    ['kopretinakopretina', 'same_as_login'],
    ['2026Dvořáková', 'same_as_name'],
    ['evadvorakova1', 'same_as_login'],
    ['zahradnictvi.cz', 'same_as_name'],
    ['zahradnictvi12', 'same_as_name'],
    ['květiny dvořák s.r.o.', 'same_as_name'],
    ['hvězdný hosting', 'same_as_brand'],
    ['hvezdny12345', 'same_as_brand'],
    ['password1234', 'too_common'],
    ['P@ssw0rd2026!', 'too_common'],
    ['heslo1234567', 'too_common'],
    ['heslohesloheslo', 'too_common'],
    ['qwertzuiop123', 'too_common'],
    ['123456789012', 'too_common'],
    ['abcdefghijkl', 'too_common'],
    ['1q2w3e4r5t6z', 'too_common'],
    ['qwerasdfyxcv', 'too_common'],
    ['k7xk7xk7xk7x', 'too_common'],
    ['MichaelJordan', 'too_common'],
    ['iloveyou_forever1', 'too_common'],
    ['manchester-united', 'too_common'],
    ['aaaaaaaaaaab', 'too_common'],
    ['leavemealone', 'too_common'],
    ['LeaveMeAlone', 'too_common'],
    ['Mailcreated5240', 'too_common'],
    ['йцукенгшщзхъ', 'too_common'],
  ])('%s: %s', async (password, problem) => {
    expect(await make().judge(password, eva)).toBe(problem);
  });

  test.each([
    'kopretina a mrak',
    'aaaaaaaaaaaaaaab1c',
    'hosting je hvězda',
    'correct horse battery',
    'plain words only',
    '194827365019',
    'leave me alone!',
  ])(
    'A41: %s will do: nothing is asked of its characters, and parts of it may be anything',
    async (password) => {
      expect(await make().judge(password, eva)).toBeUndefined();
    },
  );
});

describe('breached passwords', () => {
  const list = (has: BreachedPasswords['has']): BreachedPasswords => ({ name: 'a list', has });

  test('are refused when any list has them, and only asked for when nothing else is wrong', async () => {
    const asked: string[] = [];
    const lists = [
      list((password) => Promise.resolve(asked.push(password) < 0)),
      list((password) => Promise.resolve(password.startsWith('leaked'))),
    ];
    const { judge } = make(standard, { lists });
    expect(await judge('short', eva)).toBe('too_short');
    expect(await judge('leaked long ago', eva)).toBe('breached');
    expect(await judge('never seen before', eva)).toBeUndefined();
    expect(asked).toEqual(['leaked long ago', 'never seen before']);
  });

  test('a list that cannot tell refuses nothing, and the log says so without the password', async () => {
    const warnings: unknown[] = [];
    const away = list(() => Promise.reject(new Error('no answer')));
    const { judge } = make(standard, { lists: [away], warnings });
    expect(await judge('never seen before', eva)).toBeUndefined();
    expect(warnings).toMatchObject([{ list: 'a list' }]);
    expect(JSON.stringify(warnings)).not.toContain('never seen');
  });
});

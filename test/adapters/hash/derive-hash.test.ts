// The slow function itself, against published vectors and other implementations.

import { describe, expect, test } from 'vitest';
import {
  type Argon2,
  type HashJob,
  deriveHash,
  loadNativeArgon2,
  nodeArgon2,
} from '../../../adapters/hash/derive-hash.ts';
import type { PhcCost } from '../../../src/lib/phc.ts';

const hex = (job: HashJob, argon2: Argon2 = nodeArgon2): string =>
  Buffer.from(deriveHash(job, argon2)).toString('hex');
const job = (password: string, salt: string, cost: PhcCost, bytes: number): HashJob => ({
  password: Buffer.from(password),
  salt: Buffer.from(salt),
  cost,
  bytes,
});

describe('PBKDF2', () => {
  test.each([
    ['password', 'salt', 1, 20, '0c60c80f961f0e71f3a9b524af6012062fe037a6'],
    ['password', 'salt', 2, 20, 'ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957'],
    ['password', 'salt', 4096, 20, '4b007901b765489abead49d926f721d065a429c1'],
    [
      'passwordPASSWORDpassword',
      'saltSALTsaltSALTsaltSALTsaltSALTsalt',
      4096,
      25,
      '3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038',
    ],
    ['pass\0word', 'sa\0lt', 4096, 16, '56fa6aa75548099dcc37d7f03425e0c3'],
  ])(
    'S4: SHA-1 gives the bytes of RFC 6070 for %j, %j, %i',
    (password, salt, iterations, bytes, expected) => {
      expect(hex(job(password, salt, { scheme: 'pbkdf2-sha1', iterations }, bytes))).toBe(expected);
    },
  );

  test('SHA-256 gives the bytes of RFC 7914 §11', () => {
    expect(hex(job('passwd', 'salt', { scheme: 'pbkdf2-sha256', iterations: 1 }, 64))).toBe(
      '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc' +
        '49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
    );
  });

  test('SHA-512 gives the well-known bytes', () => {
    expect(hex(job('password', 'salt', { scheme: 'pbkdf2-sha512', iterations: 1 }, 64))).toBe(
      '867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252' +
        'c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce',
    );
  });
});

describe('argon2id', () => {
  const cost = { scheme: 'argon2id', memoryKib: 65_536, passes: 2, lanes: 1 } as const;
  const expected = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7';

  test('both engines give the bytes of the reference implementation', async () => {
    const native = (await loadNativeArgon2())!;
    expect(hex(job('password', 'somesalt', cost, 32), native)).toBe(expected);
    expect(hex(job('password', 'somesalt', cost, 32), nodeArgon2)).toBe(expected);
  });

  test.each([
    ['', { memoryKib: 19_456, passes: 2, lanes: 1 }, undefined],
    ['heslo ěšč 🔑', { memoryKib: 19_456, passes: 2, lanes: 1 }, 'pepper'],
    ['correct horse', { memoryKib: 64, passes: 1, lanes: 4 }, undefined],
    ['x'.repeat(5000), { memoryKib: 1024, passes: 3, lanes: 2 }, 'another pepper'],
  ])('both engines agree (%#)', async (password, parameters, pepper) => {
    const native = (await loadNativeArgon2())!;
    const given = {
      ...job(password, 'sixteen bytes ok', { scheme: 'argon2id', ...parameters }, 32),
      ...(pepper !== undefined && { pepper: Buffer.from(pepper) }),
    };
    expect(hex(given, native)).toBe(hex(given, nodeArgon2));
  });
});

test.each<PhcCost>([
  { scheme: 'argon2id', memoryKib: 64, passes: 1, lanes: 1 },
  { scheme: 'pbkdf2-sha512', iterations: 1 },
])('a pepper changes the hash ($scheme)', (cost) => {
  const plain = job('password', 'sixteen bytes ok', cost, 32);
  expect(hex({ ...plain, pepper: Buffer.from('pepper') })).not.toBe(hex(plain));
});

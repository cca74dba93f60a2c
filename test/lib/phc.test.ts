// PHC strings: what is read, what is refused, what is written.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Phc, formatPhc, isKeyId, parsePhc } from '../../src/lib/phc.ts';

const salt = 'c29tZXNhbHRzb21lc2FsdA';
const hash = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

const bytes = (least: number, most: number) => fc.uint8Array({ minLength: least, maxLength: most });
const argon2id = fc.record({
  scheme: fc.constant('argon2id' as const),
  memoryKib: fc.integer({ min: 128, max: 65_536 }),
  passes: fc.integer({ min: 1, max: 16 }),
  lanes: fc.integer({ min: 1, max: 16 }),
});
const pbkdf2 = fc.record({
  scheme: fc.constantFrom('pbkdf2-sha512' as const, 'pbkdf2-sha256' as const),
  iterations: fc.integer({ min: 1, max: 2_000_000 }),
});

describe('PHC strings', () => {
  test('parts survive being written and read', () => {
    const parts = fc.record(
      {
        cost: fc.oneof(argon2id, pbkdf2),
        keyId: fc.stringMatching(/^[A-Za-z0-9/+.-]{1,43}$/),
        salt: bytes(4, 64),
        hash: bytes(16, 64),
      },
      { requiredKeys: ['cost', 'salt', 'hash'] },
    );
    fc.assert(
      fc.property(parts, (phc) => {
        const read = parsePhc(formatPhc(phc))!;
        expect({ ...read, salt: [...read.salt], hash: [...read.hash] }).toEqual({
          ...phc,
          salt: [...phc.salt],
          hash: [...phc.hash],
        });
      }),
    );
  });

  test.each([
    [`$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`],
    [`$argon2id$v=19$m=19456,t=2,p=1,keyid=0a1b2c$${salt}$${hash}`],
    [`$pbkdf2-sha512$i=210000$${salt}$${hash}`],
    [`$pbkdf2-sha512$i=210000,keyid=0a1b2c$${salt}$${hash}`],
    [`$pbkdf2-sha256$i=600000$${salt}$${hash}`],
    [`$pbkdf2-sha1$i=10000$${salt}$${hash}`],
    [`$argon2i$v=19$m=65536,t=4,p=1$${salt}$${hash}`],
    [`$scrypt$ln=17,r=8,p=1$${salt}$${hash}`],
  ])('%s is read and written the same', (text) => {
    expect(formatPhc(parsePhc(text) as Phc)).toBe(text);
  });

  test.each([
    ['nothing', ''],
    ['another scheme', `$argon2d$v=19$m=19456,t=2,p=1$${salt}$${hash}`],
    ['gigabytes of scrypt', `$scrypt$ln=20,r=8,p=1$${salt}$${hash}`],
    ['hours of scrypt', `$scrypt$ln=17,r=8,p=99$${salt}$${hash}`],
    ['more memory than numbers', `$scrypt$ln=999999999,r=8,p=1$${salt}$${hash}`],
    ['wide blocks of scrypt', `$scrypt$ln=1,r=999999999,p=1$${salt}$${hash}`],
    ['a pepper on scrypt', `$scrypt$ln=14,r=8,p=1,keyid=a$${salt}$${hash}`],
    ['a pepper on argon2i', `$argon2i$v=19$m=19456,t=2,p=1,keyid=a$${salt}$${hash}`],
    ['an older version', `$argon2id$v=16$m=19456,t=2,p=1$${salt}$${hash}`],
    ['no version', `$argon2id$m=19456,t=2,p=1$${salt}$${hash}`],
    ['parameters out of order', `$argon2id$v=19$t=2,m=19456,p=1$${salt}$${hash}`],
    ['a leading zero', `$argon2id$v=19$m=019456,t=2,p=1$${salt}$${hash}`],
    ['a zero', `$argon2id$v=19$m=19456,t=0,p=1$${salt}$${hash}`],
    ['a sign', `$pbkdf2-sha512$i=-1$${salt}$${hash}`],
    ['an exponent', `$pbkdf2-sha512$i=1e3$${salt}$${hash}`],
    ['gigabytes', `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${hash}`],
    ['hours of passes', `$argon2id$v=19$m=19456,t=99999999,p=1$${salt}$${hash}`],
    ['much memory often', `$argon2id$v=19$m=262144,t=5,p=1$${salt}$${hash}`],
    ['many lanes', `$argon2id$v=19$m=19456,t=2,p=255$${salt}$${hash}`],
    ['less memory than its lanes need', `$argon2id$v=19$m=16,t=2,p=4$${salt}$${hash}`],
    ['hours of iterations', `$pbkdf2-sha512$i=999999999$${salt}$${hash}`],
    ['more digits than a number', `$pbkdf2-sha512$i=${'9'.repeat(400)}$${salt}$${hash}`],
    ['a pepper on the legacy scheme', `$pbkdf2-sha1$i=10000,keyid=a$${salt}$${hash}`],
    ['an empty key id', `$pbkdf2-sha512$i=210000,keyid=$${salt}$${hash}`],
    ['padding', `$pbkdf2-sha512$i=210000$${salt}==$${hash}=`],
    ['stray bits', `$pbkdf2-sha512$i=210000$${salt}$${hash.slice(0, -1)}B`],
    ['base64url', `$pbkdf2-sha512$i=210000$${salt.replace('c', '_')}$${hash}`],
    ['a short salt', `$pbkdf2-sha512$i=210000$AAAA$${hash}`],
    ['a short hash', `$pbkdf2-sha512$i=210000$${salt}$AAAA`],
    ['no hash', `$pbkdf2-sha512$i=210000$${salt}`],
    ['an end of line', `$pbkdf2-sha512$i=210000$${salt}$${hash}\n`],
    ['something before', ` $pbkdf2-sha512$i=210000$${salt}$${hash}`],
    ['a very long text', `$pbkdf2-sha512$i=210000$${'A'.repeat(10_000)}$${hash}`],
  ])('%s is refused', (_what, text) => {
    expect(parsePhc(text)).toBeUndefined();
  });

  test('any text is read or refused, never an error', () => {
    fc.assert(fc.property(fc.string(), (text) => void parsePhc(text)));
  });

  test('a pepper is named by letters, digits and a few signs', () => {
    expect(['2026-01', 'a', '0a1b/+.'].every(isKeyId)).toBe(true);
    expect(['', 'a,b', 'a$b', 'a b', 'é', 'a'.repeat(44)].some(isKeyId)).toBe(false);
  });
});

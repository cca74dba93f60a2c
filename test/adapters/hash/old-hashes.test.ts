// Hashes of old systems, made by other implementations (glibc, OpenSSL, Python, the Argon2 reference): verified, called
// outdated, and never allowed to burn hours.

import { afterAll, describe, expect, test } from 'vitest';
import { createHasher } from '../../../adapters/hash/pool.ts';
import { parseStoredHash } from '../../../src/lib/stored-hash.ts';

const hasher = createHasher({ workers: 1 });
afterAll(() => hasher.close());

const PASSWORD = 'heslo č';
// prettier-ignore
const hashes: readonly (readonly [scheme: string, text: string, password: string])[] = [
  ['scrypt', '$scrypt$ln=14,r=8,p=1$c2l4dGVlbiBieXRlcyBvaw$gZGFK5gao6CUSMpXUVoCBgy/qWRd69qClSMYGLhMUIo', PASSWORD],
  ['scrypt', '$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA', 'password'],
  ['pbkdf2-sha256', '$pbkdf2-sha256$i=29000$c2l4dGVlbiBieXRlcyBvaw$saZFvcY7xgwHv/HQXfm6eCqkSrs6Hfb18D1Rj6pOLkA', PASSWORD],
  ['pbkdf2-sha512', '$pbkdf2-sha512$i=25000$c2l4dGVlbiBieXRlcyBvaw$KvvltrZsVrGLKLpuc1H8+6aVM3VMOb2MGh7JQZhUkjQjUrYEIJsqiLJ01k2s53+yYfiKYwKHXLFJyDkgZIDKOw', PASSWORD],
  ['pbkdf2-sha1', '$pbkdf2-sha1$i=10000$c2l4dGVlbiBieXRlcyBvaw$EAu+tCAPu6keGd/vxfBsysKNkL4', PASSWORD],
  ['bcrypt', '$2b$05$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC', PASSWORD],
  ['bcrypt', '$2a$05$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC', PASSWORD],
  ['bcrypt', '$2y$05$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC', PASSWORD],
  ['md5-crypt', '$1$saltsalt$y3it3nmYP5BCjmUsvLK/a0', PASSWORD],
  ['apr1', '$apr1$ab$SCI6jGLRy0YsarL02Dg/J1', PASSWORD],
  ['sha256-crypt', '$5$saltsaltsalt$DkaPYiiyxeoUP5qsklhbdc9WWHlWWGMfQoHdhIYUIPC', PASSWORD],
  ['sha256-crypt', '$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA', 'Hello world!'],
  ['sha512-crypt', '$6$saltsaltsalt$LQzzxtlyKHvMrTrSuj.CShFFlv6h7daODxSwlUikVWYYMGDMH2UY3Jgg9zgsGhUY4Tp8/qz8A484F7RJxNNTw0', PASSWORD],
  ['sha512-crypt', '$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1', 'a very much longer text to encrypt.  This one even stretches over morethan one line.'],
  ['argon2i', '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', 'password'],
  ['argon2id', '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc', 'password'],
];

describe('S4: hashes of old systems', () => {
  test.each(hashes)('%s: %s is verified and called outdated', async (scheme, text, password) => {
    expect(parseStoredHash(text)?.cost.scheme).toBe(scheme);
    expect(hasher.canVerify(text)).toBe(true);
    expect(hasher.isCurrent(text)).toBe(false);
    expect(await hasher.verify(text, password)).toEqual({ matches: true, outdated: true });
    for (const wrong of [`${password} `, password.slice(1), ''])
      expect(await hasher.verify(text, wrong)).toEqual({ matches: false, outdated: false });
  });

  test('are verified by node:crypto alone, too', async () => {
    const node = createHasher({ workers: 1, engine: 'node' });
    const text = '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA';
    expect(await node.verify(text, 'password')).toEqual({ matches: true, outdated: true });
    await node.close();
  });

  test('take the very bytes of a decomposed password, as they were stored', async () => {
    // MD5-crypt of 'c' + U+030C by OpenSSL.
    const text = '$1$saltsalt$xXwdvy7Nx5GQjKm57lcKK1';
    expect(await hasher.verify(text, 'c\u030c')).toEqual({ matches: true, outdated: true });
  });

  test('a password as long as a form takes is tried within the bounds of the scheme', async () => {
    for (const [, text] of hashes) expect((await hasher.verify(text, '🔑'.repeat(512))).matches).toBe(false);
  });
});

describe('absurd hashes are not tried at all', () => {
  const salted = 'saltsaltsalt';
  const sha512 = 'x'.repeat(86);
  test.each([
    ['hours of bcrypt', '$2y$31$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC'],
    ['a minute of bcrypt', '$2b$15$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC'],
    ['bcrypt of a broken version', '$2x$05$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC'],
    ['bcrypt without rounds', '$2b$00$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC'],
    ['hours of SHA-crypt', `$6$rounds=999999999$${salted}$${sha512}`],
    ['too few rounds', `$6$rounds=999$${salted}$${sha512}`],
    ['a leading zero', `$6$rounds=05000$${salted}$${sha512}`],
    ['a hash of the other length', `$5$${salted}$${sha512}`],
    ['a long salt', `$6$${'s'.repeat(17)}$${sha512}`],
    ['no salt', `$6$$${sha512}`],
    ['a short hash', '$1$saltsalt$y3it3nmYP5BCjmUsvLK/a'],
    ['a line end', '$1$saltsalt$y3it3nmYP5BCjmUsvLK/a0\n'],
    ['DES', 'ab1234567890.'],
    ['MD5 in hexadecimal', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['a password', 'heslo'],
    [
      'a hash with the pepper of another installation',
      '$argon2id$v=19$m=19456,t=2,p=1,keyid=other$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
  ])('%s', async (_what, text) => {
    expect(hasher.canVerify(text)).toBe(false);
    expect(await hasher.verify(text, PASSWORD)).toEqual({ matches: false, outdated: false });
  });
});

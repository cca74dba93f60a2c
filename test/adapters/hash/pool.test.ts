// Password hashing: profiles, peppers, old hashes, and the time that tells nothing.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type HasherOptions, createHasher } from '../../../adapters/hash/pool.ts';
import { parsePhc } from '../../../src/lib/phc.ts';
import { type HashProfile, type Hasher, HasherBusy } from '../../../src/ports/hasher.ts';

const opened: Hasher[] = [];
afterEach(() => Promise.all(opened.splice(0).map((hasher) => hasher.close())));

function setUp(options: HasherOptions = {}): Hasher {
  const hasher = createHasher(options);
  opened.push(hasher);
  return hasher;
}

const profiles: HashProfile[] = ['argon2id', 'pbkdf2-sha512', 'legacy'];
const pepper = (id: string) => ({ id, key: Buffer.alloc(32, id) });

describe('hashing passwords (N6)', () => {
  test.each(profiles)('%s: the right password matches, a wrong one does not', async (profile) => {
    const hasher = setUp({ profile });
    const phc = await hasher.hash('correct horse');
    expect(await hasher.verify(phc, 'correct horse')).toEqual({ matches: true, outdated: false });
    for (const wrong of ['correct hors', 'correct horse ', 'Correct horse', '']) {
      expect(await hasher.verify(phc, wrong)).toEqual({ matches: false, outdated: false });
    }
  });

  test.each([
    ['argon2id', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/],
    ['pbkdf2-sha512', /^\$pbkdf2-sha512\$i=210000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/],
    ['legacy', /^\$pbkdf2-sha1\$i=10000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{27}$/],
  ] as const)(
    'S4: %s is written with its own parameters, and with no pepper in the legacy scheme',
    async (profile, form) => {
      expect(await setUp({ profile }).hash('password')).toMatch(form);
      const peppered = await setUp({ profile, peppers: [pepper('p1')] }).hash('password');
      expect(parsePhc(peppered)?.keyId).toBe(profile === 'legacy' ? undefined : 'p1');
    },
  );

  test('two equal passwords give different strings', async () => {
    const hasher = setUp();
    expect(await hasher.hash('password')).not.toBe(await hasher.hash('password'));
  });

  test('S4: a hash of the old system, made elsewhere, is verified and called outdated', async () => {
    const phc = '$pbkdf2-sha1$i=10000$c2l4dGVlbiBieXRlcyBvaw$G2Cti0rr6zg3wpIq+WMpjjAjinI';
    expect(await setUp().verify(phc, 'Stará hesla 1')).toEqual({ matches: true, outdated: true });
    expect(await setUp().verify(phc, 'Stara hesla 1')).toEqual({ matches: false, outdated: false });
    expect(await setUp({ profile: 'legacy' }).verify(phc, 'Stará hesla 1')).toEqual({
      matches: true,
      outdated: false,
    });
  });

  test('a hash of the reference implementation is verified', async () => {
    const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await setUp().verify(phc, 'password')).toEqual({ matches: true, outdated: true });
  });

  test('both engines verify what the other wrote', async () => {
    const [native, node] = [setUp({ engine: 'native' }), setUp({ engine: 'node' })];
    expect(await node.verify(await native.hash('password'), 'password')).toMatchObject({ matches: true });
    expect(await native.verify(await node.hash('password'), 'password')).toMatchObject({ matches: true });
  });

  test.each(
    profiles.flatMap((from) => profiles.filter((to) => to !== from).map((to) => [from, to] as const)),
  )('a hash of profile %s is outdated under profile %s', async (from, to) => {
    const phc = await setUp({ profile: from }).hash('password');
    expect(await setUp({ profile: to }).verify(phc, 'password')).toEqual({ matches: true, outdated: true });
  });

  test('a password is the same however its accents were typed (N2)', async () => {
    const hasher = setUp();
    const phc = await hasher.hash('hesl\u0065\u030c');
    expect(await hasher.verify(phc, 'hesl\u011b')).toEqual({ matches: true, outdated: false });
  });

  test('a legacy hash of a decomposed password, taken over as it was, still matches and is renewed', async () => {
    // PBKDF2-HMAC-SHA1 of 'hesle' + U+030C, as the old system would have stored it without normalising.
    const phc = '$pbkdf2-sha1$i=10000$c2l4dGVlbiBieXRlcyBvaw$6m65Dm4d7o+SmWWceoxZJErnnZc';
    const hasher = setUp({ profile: 'legacy' });
    expect(await hasher.verify(phc, 'hesl\u0065\u030c')).toEqual({ matches: true, outdated: true });
    expect(await hasher.verify(phc, 'hesl\u0065')).toEqual({ matches: false, outdated: false });
  });

  test('a long password is not cut', async () => {
    const hasher = setUp({ profile: 'legacy' });
    const long = 'x'.repeat(300);
    const phc = await hasher.hash(`${long}a`);
    expect(await hasher.verify(phc, `${long}b`)).toMatchObject({ matches: false });
  });
});

describe('peppers', () => {
  test.each(['argon2id', 'pbkdf2-sha512'] as const)(
    '%s: rotation keeps old hashes and renews them',
    async (profile) => {
      const phc = await setUp({ profile, peppers: [pepper('old')] }).hash('password');
      const both = setUp({ profile, peppers: [pepper('new'), pepper('old')] });
      expect(await both.verify(phc, 'password')).toEqual({ matches: true, outdated: true });
      const renewed = await both.hash('password');
      expect(await both.verify(renewed, 'password')).toEqual({ matches: true, outdated: false });
      const later = setUp({ profile, peppers: [pepper('new')] });
      expect(await later.verify(renewed, 'password')).toEqual({ matches: true, outdated: false });
      expect(await later.verify(phc, 'password')).toEqual({ matches: false, outdated: false });
    },
  );

  test('a hash from before the pepper matches and is outdated', async () => {
    const phc = await setUp().hash('password');
    expect(await setUp({ peppers: [pepper('p1')] }).verify(phc, 'password')).toEqual({
      matches: true,
      outdated: true,
    });
  });

  test('another key under the same id does not match', async () => {
    const phc = await setUp({ peppers: [pepper('p1')] }).hash('password');
    const other = setUp({ peppers: [{ id: 'p1', key: Buffer.alloc(32, 'x') }] });
    expect(await other.verify(phc, 'password')).toEqual({ matches: false, outdated: false });
  });

  test.each(['', 'a,b', 'a$b'])('a pepper called %j is refused', (id) => {
    expect(() => createHasher({ peppers: [{ id, key: Buffer.alloc(32) }] })).toThrow(TypeError);
  });
});

describe('whatever comes in', () => {
  test('garbage never matches and never throws', async () => {
    const hasher = setUp({ profile: 'legacy', queueLimit: 1000 });
    const good = await hasher.hash('password');
    const texts = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 2 }))
        .map(([at, put]) => good.slice(0, at) + put + good.slice(at + 1)),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        if (text !== good)
          expect(await hasher.verify(text, 'password')).toEqual({ matches: false, outdated: false });
      }),
      { numRuns: 50 },
    );
  });

  test('absurd costs are refused without being paid', async () => {
    const hasher = setUp({ profile: 'legacy' });
    const started = performance.now();
    for (const cost of ['argon2id$v=19$m=99999999,t=99,p=1', 'pbkdf2-sha512$i=999999999']) {
      const phc = `$${cost}$c29tZXNhbHRzb21lc2FsdA$${'A'.repeat(43)}`;
      expect(await hasher.verify(phc, 'password')).toEqual({ matches: false, outdated: false });
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('time and load', () => {
  test('the event loop turns while hashes run', async () => {
    const hasher = setUp();
    await hasher.hash('threads are up');
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all([hasher.hash('a'), hasher.hash('b'), hasher.hash('c')]);
    running = false;
    expect(turns).toBeGreaterThan(100);
  });

  test('a full queue answers busy at once', async () => {
    const hasher = setUp({ workers: 1, queueLimit: 2 });
    const accepted = ['a', 'b', 'c'].map((password) => hasher.hash(password));
    await expect(hasher.hash('d')).rejects.toBeInstanceOf(HasherBusy);
    await expect(hasher.verify(`$pbkdf2-sha1$i=1$AAAAAAAA$${'A'.repeat(27)}`, 'd')).rejects.toBeInstanceOf(
      HasherBusy,
    );
    await expect(hasher.pretend('d')).rejects.toBeInstanceOf(HasherBusy);
    expect(await Promise.all(accepted)).toHaveLength(3);
  });

  // How long each takes is measured by bench/timing.ts; here it is that each takes its turn at all.
  test('C14: unknown names, unreadable and old cheap hashes take the place of a real verification', async () => {
    const current = await setUp().hash('password');
    const legacy = await setUp({ profile: 'legacy' }).hash('password');
    for (const hash of [current, legacy, 'garbage', undefined]) {
      const hasher = setUp({ workers: 1, queueLimit: 2 });
      const before = ['a', 'b', 'c'].map((password) => hasher.hash(password));
      const attempt = hash === undefined ? hasher.pretend('wrong') : hasher.verify(hash, 'wrong');
      await expect(attempt, hash).rejects.toBeInstanceOf(HasherBusy);
      await Promise.all(before);
    }
  });

  test('an idle hasher lets the process end', async () => {
    const pool = new URL('../../../adapters/hash/pool.ts', import.meta.url).href;
    const program = `import { createHasher } from ${JSON.stringify(pool)};
      const hasher = createHasher({ workers: 2 });
      await Promise.all([hasher.hash('a'), hasher.hash('b')]);
      process.stdout.write('hashed');`;
    const options = { timeout: 20_000 };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program],
      options,
    );
    expect(stdout).toBe('hashed');
  });

  test('a closed hasher refuses', async () => {
    const hasher = createHasher({ workers: 1 });
    await hasher.hash('a');
    await hasher.close();
    await expect(hasher.hash('b')).rejects.toThrow(/closed/);
  });
});

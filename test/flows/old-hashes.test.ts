// People whose accounts came along with the hash of an old system: they sign in as ever, and the hash is renewed by it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { atSignIn } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const PASSWORD = 'heslo č';
// prettier-ignore
const hashes = [
  '$pbkdf2-sha1$i=10000$c2l4dGVlbiBieXRlcyBvaw$EAu+tCAPu6keGd/vxfBsysKNkL4',
  '$2y$05$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC',
  '$1$saltsalt$y3it3nmYP5BCjmUsvLK/a0',
  '$6$saltsaltsalt$LQzzxtlyKHvMrTrSuj.CShFFlv6h7daODxSwlUikVWYYMGDMH2UY3Jgg9zgsGhUY4Tp8/qz8A484F7RJxNNTw0',
  '$scrypt$ln=14,r=8,p=1$c2l4dGVlbiBieXRlcyBvaw$gZGFK5gao6CUSMpXUVoCBgy/qWRd69qClSMYGLhMUIo',
];

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_HASH_PROFILE: 'argon2id' } });
  });
  afterAll(() => closeWorld(world, storage));

  test.for(hashes)('S4: %s is good for a sign-in, and is of the current profile after it', async (hash) => {
    const client = await world.createClient();
    const { email, id } = await world.createAccount({ passwordHash: hash });
    const signIn = async (password: string) => {
      const browser = await atSignIn(world, client);
      await browser.submit({ login: email, password });
      return browser.callback['code'] !== undefined;
    };
    const kept = async () => (await world.core.accounts.get(id))!.doc.passwordHash;
    expect(await signIn(`${PASSWORD}x`)).toBe(false);
    expect(await kept()).toBe(hash);
    expect(await signIn(PASSWORD)).toBe(true);
    expect(await kept()).toMatch(/^\$argon2id\$/);
    expect(await signIn(PASSWORD)).toBe(true);
  });
});

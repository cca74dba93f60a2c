// Passkeys as they should be, and whose they are: the rules that stand behind the pages, on both storages.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { userHandleOf } from '../../../src/domain/factors/passkey-ceremonies.ts';
import type { PasskeyOutcome } from '../../../src/domain/factors/passkey-sign-in.ts';
import { counterAdvances, MOST_PASSKEYS, passkeyName } from '../../../src/domain/factors/passkeys.ts';
import { asking, newKey, passkeyRules, refused, type Asked } from '../../support/passkey-rules.ts';
import { onEveryStorage } from '../../support/world.ts';

onEveryStorage((newStorage) => {
  const kit = passkeyRules(newStorage);
  const { creationOptions, register, registered, signIn } = kit;

  describe('a passkey that is as it should be', () => {
    test('signs in, and its use is noted', async () => {
      const authenticator = await registered(kit.eva);
      kit.clock.advance(3600 * 1000);
      expect(await signIn(authenticator)).toEqual({
        kind: 'proved',
        accountId: kit.eva.id,
        userVerified: true,
        deviceBound: true,
      });
      const [{ doc }] = (await kit.rules.passkeys.list(kit.eva.id)) as unknown as [{ doc: object }];
      expect(doc).toMatchObject({ counter: 2, name: 'Key', lastUsedAt: kit.clock.now().toISOString() });
    });

    test('is told to be synced, or not to have checked who holds it', async () => {
      const synced = await registered(kit.eva, { be: true, bs: true, uv: false, counts: false });
      expect(await signIn(synced)).toMatchObject({ kind: 'proved', userVerified: false, deviceBound: false });
      expect(await signIn(synced, { flags: { uv: true } })).toMatchObject({ userVerified: true });
    });

    test('may sign for itself when it is made, since nobody asked for more', async () => {
      expect(await register(kit.eva, newKey(), { fmt: 'packed' })).toBe('added');
    });

    test('may also be the second factor, with or without telling whose it is', async () => {
      const authenticator = await registered(kit.eva);
      const asked = { accountId: kit.eva.id };
      expect(await signIn(authenticator, {}, asked)).toMatchObject({ kind: 'proved', accountId: kit.eva.id });
      expect(await signIn(authenticator, { userHandle: undefined }, asked)).toMatchObject({ kind: 'proved' });
    });
  });

  test('W12: a sign-in page asks the same of everybody, and a second factor names the account’s own only', async () => {
    const authenticator = await registered(kit.eva);
    await registered(kit.jan);
    const parse = async (asked: Asked) => {
      const { challenge, ...rest } = JSON.parse(await kit.rules.signIn.options(asking(asked))) as {
        challenge: string;
        [more: string]: unknown;
      };
      expect(Buffer.from(challenge, 'base64url').length).toBeGreaterThanOrEqual(32);
      return rest;
    };
    const anybody = {
      rpId: 'id.example.cz',
      timeout: 300_000,
      userVerification: 'required',
      allowCredentials: [],
    };
    expect(await parse({})).toEqual(anybody);
    expect(await parse({ uid: 'another' })).toEqual(anybody);
    expect(await parse({ accountId: kit.eva.id })).toMatchObject({
      userVerification: 'discouraged',
      allowCredentials: [{ type: 'public-key', id: authenticator.id, transports: ['internal', 'hybrid'] }],
    });
    expect(await parse({ accountId: kit.eva.id, mustVerify: true })).toMatchObject({
      userVerification: 'required',
    });
  });

  test('a new passkey is asked for without attestation, for the account’s id, and never twice on one device', async () => {
    const authenticator = await registered(kit.eva);
    expect(JSON.parse(await creationOptions(kit.eva))).toMatchObject({
      rp: { id: 'id.example.cz', name: 'Hvězdný hosting' },
      user: { id: userHandleOf(kit.eva.id), name: kit.eva.doc.email, displayName: 'Eva Dvořáková' },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
      attestation: 'none',
      excludeCredentials: [{ id: authenticator.id }],
    });
  });

  describe('W8: a credential', () => {
    test('of 1023 bytes is one', async () => {
      const credentialId = randomBytes(1023);
      const authenticator = newKey();
      expect(await register(kit.eva, authenticator, { credentialId })).toBe('added');
      const outerId = credentialId.toString('base64url');
      expect(await signIn(authenticator, { outerId })).toMatchObject({ kind: 'proved' });
    });

    test('belongs to one account, whoever registers it again', async () => {
      const authenticator = await registered(kit.eva);
      expect(await register(kit.jan, authenticator)).toBe('taken');
      expect(await register(kit.eva, authenticator)).toBe('taken');
      expect(await kit.rules.passkeys.list(kit.jan.id)).toEqual([]);
    });

    test('registered by two at the same time belongs to one of them', async () => {
      const authenticator = newKey();
      const answers = await Promise.all([register(kit.eva, authenticator), register(kit.jan, authenticator)]);
      expect(answers.sort()).toEqual(['added', 'taken']);
    });
  });

  test('an account has at most 20, also when 25 are added at the same time', async () => {
    const added = await Promise.all(Array.from({ length: 25 }, () => register(kit.eva, newKey())));
    expect(added.filter((answer) => answer === 'added')).toHaveLength(MOST_PASSKEYS);
    expect(added.filter((answer) => answer === 'full')).toHaveLength(5);
    const [first] = await kit.rules.passkeys.list(kit.eva.id);
    expect(await kit.rules.passkeys.remove(kit.eva, first!.id)).toBe('removed');
    expect(await register(kit.eva, newKey())).toBe('added');
    expect(await register(kit.eva, newKey())).toBe('full');
  });

  describe('W9: the counter', () => {
    test.each([
      [0, 0, true],
      [0, 1, true],
      [5, 6, true],
      [5, 500, true],
      [5, 5, false],
      [5, 4, false],
      [5, 0, false],
    ])('stored %i, presented %i: %s', (stored, presented, good) => {
      expect(counterAdvances(stored, presented)).toBe(good);
    });

    test('lets a passkey and its copy in once between them, on two nodes at the same time', async () => {
      const authenticator = await registered(kit.eva);
      const other = kit.otherNode();
      const answers = await Promise.all(
        [1, 2, 3, 4].map(async () =>
          authenticator.get(await kit.rules.signIn.options(asking()), { counter: 9 }),
        ),
      );
      const outcomes = await Promise.all(
        answers.map((credential, index) =>
          (index % 2 ? other : kit.rules).signIn.prove({ ...asking(), credential, address: '192.0.2.1' }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'proved')).toHaveLength(1);
      const about = kit.noted.filter(({ accountId }) => accountId === kit.eva.id);
      expect(about.map(({ action }) => action)).toEqual(Array(3).fill('credential.passkey_doubted'));
    });
  });

  describe('W10: whose passkey it is', () => {
    test('decides: one of Jan’s is no second factor of Eva’s, whatever name it bears', async () => {
      const authenticator = await registered(kit.jan);
      await registered(kit.eva);
      const asked = { accountId: kit.eva.id };
      for (const userHandle of [undefined, userHandleOf(kit.jan.id), userHandleOf(kit.eva.id)]) {
        expect(await signIn(authenticator, { userHandle }, asked)).toEqual(refused('not_accepted'));
      }
      expect(await signIn(authenticator)).toMatchObject({ kind: 'proved', accountId: kit.jan.id });
    });

    test('and their account must be there and active', async () => {
      const authenticator = await registered(kit.eva);
      await kit.rules.accounts.change(kit.eva.id, () => ({ status: 'disabled' }));
      expect(await signIn(authenticator)).toEqual(refused('not_accepted'));
      await kit.rules.accounts.change(kit.eva.id, () => ({ status: 'active' }));
      expect(await signIn(authenticator)).toMatchObject({ kind: 'proved' });
    });
  });

  test('W5: where both factors are wanted of it, a passkey that has not checked who holds it is not enough', async () => {
    const authenticator = await registered(kit.eva, { uv: false });
    const asked = { accountId: kit.eva.id, mustVerify: true };
    expect(await signIn(authenticator, {}, asked)).toMatchObject({
      kind: 'refused',
      problem: 'not_verified',
    });
    expect(await signIn(authenticator, { flags: { uv: true } }, asked)).toMatchObject({ kind: 'proved' });
  });

  test('A58: a removed passkey is refused at once', async () => {
    const authenticator = await registered(kit.eva);
    const [{ id }] = (await kit.rules.passkeys.list(kit.eva.id)) as unknown as [{ id: string }];
    const credential = authenticator.get(await kit.rules.signIn.options(asking()));
    expect(await kit.rules.passkeys.remove(kit.eva, id)).toBe('removed');
    expect(await kit.rules.signIn.prove({ ...asking(), credential, address: undefined })).toEqual(
      refused('not_accepted'),
    );
  });

  describe('W11: the last way in', () => {
    test('stays: with no password, the last passkey is not removed', async () => {
      const ota = await kit.rules.accounts.create({ email: 'ota@example.cz', emailVerified: true });
      await registered(ota);
      await registered(ota);
      const [one, other] = (await kit.rules.passkeys.list(ota.id)) as unknown as [
        { id: string },
        { id: string },
      ];
      expect(await kit.rules.passkeys.remove(ota, one.id)).toBe('removed');
      expect(await kit.rules.passkeys.remove(ota, other.id)).toBe('last_way_in');
      expect(await kit.rules.passkeys.list(ota.id)).toHaveLength(1);
    });

    test('stays also when the last two are removed at the same time', async () => {
      const ota = await kit.rules.accounts.create({ email: 'ota2@example.cz', emailVerified: true });
      await registered(ota);
      await registered(ota);
      const ids = (await kit.rules.passkeys.list(ota.id)).map(({ id }) => id);
      const other = kit.otherNode();
      await Promise.all([kit.rules.passkeys.remove(ota, ids[0]!), other.passkeys.remove(ota, ids[1]!)]);
      expect((await kit.rules.passkeys.list(ota.id)).length).toBeGreaterThanOrEqual(1);
    });
  });

  test('what was added since a moment is removed, also the last one, and nobody else’s', async () => {
    const older = await registered(kit.eva);
    kit.clock.advance(1000);
    const since = kit.clock.now();
    const newer = await registered(kit.eva);
    const other = await registered(kit.jan);
    await kit.rules.passkeys.removeAddedSince(kit.eva.id, since);
    expect(await signIn(newer)).toEqual(refused('not_accepted'));
    expect(await signIn(older)).toMatchObject({ kind: 'proved' });
    expect(await signIn(other)).toMatchObject({ kind: 'proved' });
  });

  test('somebody else’s passkey can be neither named nor removed', async () => {
    await registered(kit.eva);
    const [{ id }] = (await kit.rules.passkeys.list(kit.eva.id)) as unknown as [{ id: string }];
    expect(await kit.rules.passkeys.own(kit.jan.id, id)).toBeUndefined();
    expect(await kit.rules.passkeys.rename(kit.jan.id, id, 'mine')).toBe(false);
    expect(await kit.rules.passkeys.remove(kit.jan, id)).toBe('gone');
    expect(await kit.rules.passkeys.own(kit.eva.id, id)).toMatchObject({ doc: { name: 'Key' } });
    expect(await kit.rules.passkeys.rename(kit.eva.id, id, 'Laptop')).toBe(true);
    expect(await kit.rules.passkeys.own(kit.eva.id, id)).toMatchObject({ doc: { name: 'Laptop' } });
  });

  test('failures slow down their network, never the owner elsewhere; what came too late is no failure', async () => {
    const authenticator = await registered(kit.eva, { counts: false });
    const prove = (credential: string, address: string) =>
      kit.rules.signIn.prove({ ...asking(), credential, address });
    const stale = authenticator.get(await kit.rules.signIn.options(asking()));
    await prove(stale, '198.51.100.7');
    for (let time = 0; time < 30; time += 1)
      expect(await prove(stale, '198.51.100.7')).toEqual(refused('too_late'));
    const outcomes: PasskeyOutcome[] = [];
    for (let time = 0; time < 40; time += 1) outcomes.push(await prove('wrong', '198.51.100.7'));
    expect(outcomes.filter(({ kind }) => kind === 'throttled')).toHaveLength(20);
    const good = async () => authenticator.get(await kit.rules.signIn.options(asking()));
    expect(await prove(await good(), '198.51.100.7')).toMatchObject({ kind: 'throttled' });
    expect(await prove(await good(), '203.0.113.9')).toMatchObject({ kind: 'proved' });
    kit.clock.advance(60 * 1000);
    expect(await prove(await good(), '198.51.100.7')).toMatchObject({ kind: 'proved' });
  });
});

describe('the name of a passkey', () => {
  test.each([
    ['Work laptop', 'Work laptop'],
    ['  Work\r\nlaptop\u0000 ', 'Work laptop'],
    ['\u202etpotpal', 'tpotpal'],
    ['', undefined],
    [' \n\t ', undefined],
    ['x'.repeat(100), 'x'.repeat(60)],
    ['🔑'.repeat(100), '🔑'.repeat(60)],
    ['\ud800', '\ufffd'],
  ])('%j is kept as %j', (typed, kept) => {
    expect(passkeyName(typed)).toBe(kept);
  });
});

// The rules of WebAuthn, one bent answer each: what an attacker may send, on both storages.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { userHandleOf } from '../../../src/domain/factors/passkey-ceremonies.ts';
import { asking, ISSUER, newKey, passkeyRules, refused, SESSION } from '../../support/passkey-rules.ts';
import { cbor, SoftwareAuthenticator, type Bent } from '../../support/software-authenticator.ts';
import { onEveryStorage } from '../../support/world.ts';

onEveryStorage((newStorage) => {
  const kit = passkeyRules(newStorage);
  const { creationOptions, register, registered, signIn } = kit;

  describe('a bent assertion is refused', () => {
    const flip = (signature: Buffer) => {
      const changed = Buffer.from(signature);
      changed[changed.length - 1]! ^= 1;
      return changed;
    };
    // prettier-ignore
    const bents: readonly [string, Bent][] = [
      ['W1: of the other type',                { clientData: { type: 'webauthn.create' } }],
      ['W1: of a type nobody knows',           { clientData: { type: 'payment.get' } }],
      ['W2: without a challenge',              { clientData: { challenge: '' } }],
      ['W2: with a challenge of its own',      { clientData: { challenge: randomBytes(70).toString('base64url') } }],
      ['W3: from a sub-domain',                { clientData: { origin: 'https://www.id.example.cz' } }],
      ['W3: from the domain above',            { clientData: { origin: 'https://example.cz' } }],
      ['W3: from another port',                { clientData: { origin: 'https://id.example.cz:8443' } }],
      ['W3: over http',                        { clientData: { origin: 'http://id.example.cz' } }],
      ['W3: from an origin with a slash',      { clientData: { origin: 'https://id.example.cz/' } }],
      ['W3: from no origin',                   { clientData: { origin: 'null' } }],
      ['W3: from inside another page',         { clientData: { crossOrigin: true } }],
      ['W3: from inside another page, named',  { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } }],
      ['W3: with a page around it',            { clientData: { topOrigin: ISSUER } }],
      ['W4: for another address',              { rpId: 'evil.example' }],
      ['W4: for the domain above',             { rpId: 'example.cz' }],
      ['W5: with nobody there',                { flags: { up: false } }],
      ['W6: backed up and bound to its device', { flags: { bs: true } }],
      ['W6: suddenly synced',                  { flags: { be: true } }],
      ['W6: suddenly synced and backed up',    { flags: { be: true, bs: true } }],
      ['W9: with one bit of the signature flipped', { forge: flip }],
      ['W9: with no signature',                { forge: () => Buffer.alloc(0) }],
      ['W9: signed by another key',            { forge: () => new SoftwareAuthenticator(ISSUER).sign(Buffer.from('x')) }],
      ['W9: with the counter standing still',  { counter: 1 }],
      ['W9: with the counter gone back',       { counter: 0 }],
      ['W10: naming nobody',                   { userHandle: undefined }],
      ['W10: naming nobody, by an empty name', { userHandle: '' }],
      ['W10: naming another account',          { userHandle: userHandleOf('0197-another') }],
      ['with an id that nobody registered',    { outerId: randomBytes(32).toString('base64url') }],
      ['with an id that is no base64url',      { outerId: '../../etc' }],
    ];

    test.each(bents)('%s', async (_name, bent) => {
      const authenticator = await registered(kit.eva);
      expect(await signIn(authenticator, bent)).toEqual(refused('not_accepted'));
      // And it was the bend that did it.
      expect(await signIn(authenticator)).toMatchObject({ kind: 'proved' });
    });

    test('W6: a synced passkey that is suddenly bound to its device', async () => {
      const authenticator = await registered(kit.eva, { be: true });
      expect(await signIn(authenticator, { flags: { be: false } })).toEqual(refused('not_accepted'));
      expect(await signIn(authenticator, { flags: { bs: true } })).toMatchObject({ kind: 'proved' });
    });

    test('whatever it is, if it is no assertion at all', async () => {
      for (const credential of ['', 'x', '{}', 'null', '[]', '{"id":1}', `{"id":"${'A'.repeat(2000)}"}`]) {
        expect(await kit.rules.signIn.prove({ ...asking(), credential, address: undefined })).toEqual(
          refused('not_accepted'),
        );
      }
      const authenticator = await registered(kit.eva);
      const given = JSON.parse(authenticator.get(await kit.rules.signIn.options(asking()))) as {
        response: Record<string, string>;
      };
      const garbage = [
        '',
        'AA',
        Buffer.from('null').toString('base64url'),
        Buffer.from('{"type":').toString('base64url'),
      ];
      for (const name of ['clientDataJSON', 'authenticatorData', 'signature']) {
        for (const text of garbage) {
          const response = { ...given.response, [name]: text };
          const credential = JSON.stringify({ ...given, response });
          const outcome = await kit.rules.signIn.prove({ ...asking(), credential, address: undefined });
          expect([name, text, outcome.kind]).toEqual([name, text, 'refused']);
        }
      }
    });
  });

  describe('a bent new passkey is refused', () => {
    // prettier-ignore
    const bents: readonly [string, Bent][] = [
      ['W1: of the other type',                { clientData: { type: 'webauthn.get' } }],
      ['W2: with a challenge of its own',      { clientData: { challenge: randomBytes(70).toString('base64url') } }],
      ['W3: from a sub-domain',                { clientData: { origin: 'https://www.id.example.cz' } }],
      ['W3: from another port',                { clientData: { origin: 'https://id.example.cz:8443' } }],
      ['W3: over http',                        { clientData: { origin: 'http://id.example.cz' } }],
      ['W3: from inside another page',         { clientData: { crossOrigin: true } }],
      ['W3: with a page around it',            { clientData: { topOrigin: 'https://evil.example' } }],
      ['W4: for another address',              { rpId: 'evil.example' }],
      ['W5: with nobody there',                { flags: { up: false } }],
      ['W6: backed up and bound to its device', { flags: { bs: true } }],
      ['W7: with an algorithm that was not offered', { alg: -65535 }],
      ['W7: with a key of another kind than it says', { alg: -257 }],
      ['W7: with an attestation of a kind nobody knows', { fmt: 'homemade' }],
      ['W7: with an attestation of a kind that was not asked for', { fmt: 'fido-u2f' }],
      ['W7: with a statement where there is none', { attStmt: new Map([['sig', Buffer.alloc(8)]]) }],
      ['W7: signed for itself, badly',         { fmt: 'packed', forge: () => Buffer.alloc(70) }],
      ['W7: with certificates',                { fmt: 'packed', attStmt: new Map<string, never>([['alg', -7 as never], ['sig', Buffer.alloc(70) as never], ['x5c', [Buffer.alloc(20)] as never]]) }],
      ['W8: with an id of 1024 bytes',         { credentialId: randomBytes(1024) }],
      ['W8: with an id of no bytes',           { credentialId: Buffer.alloc(0) }],
      ['W8: with two ids',                     { outerId: randomBytes(32).toString('base64url') }],
      ['without what it attests',              { flags: { at: false } }],
    ];

    test.each(bents)('%s', async (_name, bent) => {
      const signature = expect.objectContaining({ name: 'PasskeyRefused' }) as Error;
      await expect(register(kit.eva, newKey(), bent)).rejects.toEqual(signature);
      expect(await kit.rules.passkeys.list(kit.eva.id)).toEqual([]);
    });

    test('W2: made for another session, or for a sign-in', async () => {
      const authenticator = newKey();
      for (const options of [
        await creationOptions(kit.eva, 'another session'),
        await kit.rules.signIn.options(asking()),
      ]) {
        const answer = authenticator.create(
          JSON.stringify({ user: { id: 'x' }, ...(JSON.parse(options) as object) }),
        );
        await expect(kit.rules.ceremonies.verifyCreation(answer, SESSION)).rejects.toThrow(
          'the challenge is foreign',
        );
      }
    });

    test('whatever it is, if it is no passkey at all', async () => {
      const answer = JSON.parse(newKey().create(await creationOptions(kit.eva))) as { response: object };
      const objects = [
        '',
        'AA',
        cbor(new Map()).toString('base64url'),
        cbor('none').toString('base64url'),
        cbor(
          new Map<string, never>([
            ['fmt', 'none' as never],
            ['attStmt', 'x' as never],
            ['authData', 1 as never],
          ]),
        ).toString('base64url'),
      ];
      for (const attestationObject of objects) {
        const challenge = kit.rules.challenges.issue('register', SESSION);
        const clientData = { type: 'webauthn.create', challenge, origin: ISSUER };
        const clientDataJSON = Buffer.from(JSON.stringify(clientData)).toString('base64url');
        const bent = JSON.stringify({ ...answer, response: { clientDataJSON, attestationObject } });
        await expect(kit.rules.ceremonies.verifyCreation(bent, SESSION)).rejects.toMatchObject({
          name: 'PasskeyRefused',
        });
      }
    });
  });
});

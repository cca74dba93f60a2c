// The challenges of passkeys: for one thing, for five minutes, once; on both storages.

import { describe, expect, test } from 'vitest';
import { asking, KEY, passkeyRules, refused, UID } from '../../support/passkey-rules.ts';
import { onEveryStorage } from '../../support/world.ts';

onEveryStorage((newStorage) => {
  const kit = passkeyRules(newStorage);
  const { creationOptions, registered, signIn } = kit;

  describe('W2: a challenge', () => {
    test('is good once, also for twenty at the same time', async () => {
      const authenticator = await registered(kit.eva, { counts: false });
      const credential = authenticator.get(await kit.rules.signIn.options(asking()));
      const other = kit.otherNode();
      const attempts = Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? other : kit.rules).signIn.prove({ ...asking(), credential, address: '192.0.2.1' }),
      );
      const outcomes = await Promise.all(attempts);
      expect(outcomes.filter(({ kind }) => kind === 'proved')).toHaveLength(1);
      expect(await kit.rules.signIn.prove({ ...asking(), credential, address: '192.0.2.1' })).toEqual(
        refused('too_late'),
      );
    });

    test('is good for five minutes, and not from the future', async () => {
      const authenticator = await registered(kit.eva);
      const options = await kit.rules.signIn.options(asking());
      const later = await kit.rules.signIn.options(asking());
      kit.clock.advance(299 * 1000);
      const prove = (given: string) =>
        kit.rules.signIn.prove({ ...asking(), credential: authenticator.get(given), address: '192.0.2.1' });
      expect(await prove(options)).toMatchObject({ kind: 'proved' });
      kit.clock.advance(1 * 1000);
      expect(await prove(later)).toEqual(refused('too_late'));
      kit.clock.advance(120 * 1000);
      const future = await kit.rules.signIn.options(asking());
      kit.clock.advance(-60 * 1000);
      expect(await prove(future)).toEqual(refused('too_late'));
    });

    test('stays used up for longer than it would be good', async () => {
      const subject = 'x';
      const challenge = kit.rules.challenges.issue('sign-in', subject);
      expect(await kit.rules.challenges.use('sign-in', subject, challenge)).toBe('good');
      for (const seconds of [1, 200, 98]) {
        kit.clock.advance(seconds * 1000);
        await kit.store.sweep();
        expect(await kit.rules.challenges.use('sign-in', subject, challenge)).toBe('used');
      }
      kit.clock.advance(100 * 1000);
      expect(await kit.rules.challenges.use('sign-in', subject, challenge)).toBe('expired');
    });

    test('fits its purpose and its subject only', async () => {
      const authenticator = await registered(kit.eva);
      const second = { accountId: kit.eva.id };
      expect(await signIn(authenticator, {}, { uid: 'another' }, {})).toEqual(refused('not_accepted'));
      expect(await signIn(authenticator, {}, {}, second)).toEqual(refused('not_accepted'));
      expect(await signIn(authenticator, {}, second, {})).toEqual(refused('not_accepted'));
      expect(await signIn(authenticator, {}, { uid: 'another', ...second }, second)).toEqual(
        refused('not_accepted'),
      );
      const forRegistration = await creationOptions(kit.eva, UID);
      const credential = authenticator.get(forRegistration);
      expect(await kit.rules.signIn.prove({ ...asking(), credential, address: undefined })).toEqual(
        refused('not_accepted'),
      );
      expect(await signIn(authenticator)).toMatchObject({ kind: 'proved' });
    });

    test('is one text: spelled otherwise, or with a bit changed, it is none of ours', async () => {
      const challenge = kit.rules.challenges.issue('sign-in', 'x');
      const bytes = Buffer.from(challenge, 'base64url');
      const flipped = (index: number) => {
        const changed = Buffer.from(bytes);
        changed[index]! ^= 1;
        return changed.toString('base64url');
      };
      const variants = [
        `${challenge}=`,
        ` ${challenge}`,
        bytes.toString('base64'),
        bytes.subarray(1).toString('base64url'),
        '',
        ...[0, 31, 32, 37, 38, 69].map(flipped),
      ].filter((variant) => variant !== challenge);
      for (const variant of variants) {
        expect(await kit.rules.challenges.use('sign-in', 'x', variant)).toBe('foreign');
      }
      expect(await kit.rules.challenges.use('sign-in', 'x', challenge)).toBe('good');
    });

    test('made with the secret before a rotation is still good, one of another installation is not', async () => {
      const newer = Buffer.alloc(32, 8);
      const rotated = kit.otherNode(newer, KEY);
      const before = kit.rules.challenges.issue('sign-in', 'x');
      expect(await rotated.challenges.use('sign-in', 'x', before)).toBe('good');
      const elsewhere = kit.otherNode(newer);
      expect(await kit.rules.challenges.use('sign-in', 'x', elsewhere.challenges.issue('sign-in', 'x'))).toBe(
        'foreign',
      );
    });
  });
});

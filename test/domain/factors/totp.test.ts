// Switching the second factor on: by a code of the key that was shown last, once, and never without what it needs.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import { openFactorStorage, times, type FactorNode } from '../../support/factor-node.ts';
import { appCode, wrongCode } from '../../support/second-factor.ts';
import { manualClock, newAccount } from '../../support/rules.ts';
import { onEveryStorage } from '../../support/world.ts';

const clock = manualClock();

onEveryStorage((newStorage) => {
  let storage: Awaited<ReturnType<typeof openFactorStorage>>;
  let node: FactorNode;
  let account: StoredAccount;
  beforeEach(async () => {
    storage = await openFactorStorage(newStorage, clock);
    ({ node } = storage);
    // From the beginning of a step.
    clock.advance(30_000 - (clock.now().getTime() % 30_000));
    account = await newAccount(node.store, clock, {
      email: 'eva@example.cz',
      phone: '+420601234567',
      phoneVerified: true,
    });
  });
  afterEach(() => storage.close());

  const setUp = async (session = 'session') => {
    const key = (await node.totp.begin(account, session))!;
    const outcome = await node.totp.activate(account, session, appCode(key, clock.now(), -1));
    expect(outcome.kind).toBe('active');
    return { key, recoveryCodes: outcome.kind === 'active' ? outcome.recoveryCodes : [] };
  };
  const now = (key: string, steps = 0) => appCode(key, clock.now(), steps);

  describe('switching on', () => {
    test('S49: a code of the shown key makes it the second factor, once', async () => {
      expect(await node.totp.isOn(account.id)).toBe(false);
      const { recoveryCodes } = await setUp();
      expect(await node.totp.isOn(account.id)).toBe(true);
      const { activatedAt, usedAt, codesLeft } = (await node.totp.state(account.id))!;
      expect([activatedAt, codesLeft]).toEqual([clock.now(), 10]);
      // The time step of the code: it may be the one before or after ours.
      expect(Math.abs(usedAt.getTime() - clock.now().getTime())).toBeLessThanOrEqual(30_000);
      expect(new Set(recoveryCodes).size).toBe(10);
      expect(await node.totp.activate(account, 'session', '123456')).toEqual({ kind: 'over' });
      // It is on: another key needs the permission that comes with a proof of the present one.
      expect(await node.totp.begin(account, 'session')).toBeUndefined();
      expect((await node.accounts.get(account.id))!.doc.credentialVersion).toBe(
        account.doc.credentialVersion + 1,
      );
    });

    test('the code that switched it on is used up', async () => {
      const key = (await node.totp.begin(account, 'session'))!;
      await node.totp.activate(account, 'session', now(key));
      expect(await node.totp.verify(account.id, now(key))).toEqual({ kind: 'wrong' });
      expect(await node.totp.verify(account.id, now(key, -1))).toEqual({ kind: 'wrong' });
      expect(await node.totp.verify(account.id, now(key, 1))).toEqual({ kind: 'proved' });
    });

    test('S50, T7: a wrong code voids the key, and asking again shows another one', async () => {
      const first = (await node.totp.begin(account, 'session'))!;
      expect(await node.totp.activate(account, 'session', wrongCode(first, clock.now()))).toEqual({
        kind: 'wrong',
      });
      expect(await node.totp.activate(account, 'session', now(first))).toEqual({ kind: 'wrong' });
      const second = (await node.totp.begin(account, 'session'))!;
      const third = (await node.totp.begin(account, 'session'))!;
      expect(new Set([first, second, third]).size).toBe(3);
      expect(await node.totp.activate(account, 'session', now(second))).toEqual({ kind: 'wrong' });
      expect(await node.totp.isOn(account.id)).toBe(false);
    });

    test('T7: the key belongs to the session and the account that it was shown to', async () => {
      const key = (await node.totp.begin(account, 'session'))!;
      expect(await node.totp.activate(account, 'another session', now(key))).toEqual({ kind: 'over' });
      const other = await newAccount(node.store, clock, {
        email: 'jan@example.cz',
        phone: '+420602',
        phoneVerified: true,
      });
      expect(await node.totp.activate(other, 'session', now(key))).toEqual({ kind: 'over' });
      expect(await node.totp.activate(account, 'session', now(key))).toMatchObject({ kind: 'active' });
    });

    test('a shown key waits a quarter of an hour', async () => {
      const key = (await node.totp.begin(account, 'session'))!;
      clock.advance(900_000);
      expect(await node.totp.activate(account, 'session', now(key))).toEqual({ kind: 'over' });
    });

    test('S48: not without a verified phone and e-mail, not even with a key shown before', async () => {
      const key = (await node.totp.begin(account, 'session'))!;
      for (const fields of [{ phoneVerified: false }, { emailVerified: false }]) {
        const lacking = { ...account, doc: { ...account.doc, ...fields } };
        expect(await node.totp.begin(lacking, 'session')).toBeUndefined();
        expect(await node.totp.activate(lacking, 'session', now(key))).toEqual({ kind: 'over' });
      }
      expect(await node.totp.isOn(account.id)).toBe(false);
    });

    test('of two sessions that activate at once one does', async () => {
      const keys = await times(2, (index) => node.totp.begin(account, `session ${index}`));
      const outcomes = await times(2, (index) =>
        node.totp.activate(account, `session ${index}`, now(keys[index]!)),
      );
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['active', 'over']);
      const winner = outcomes.findIndex(({ kind }) => kind === 'active');
      expect(await node.totp.verify(account.id, now(keys[winner]!, 1))).toEqual({ kind: 'proved' });
    });

    test('S55: a new key needs permission, and the old one is good until the new one is', async () => {
      const { key: old, recoveryCodes } = await setUp();
      await node.totp.allowRenewal(account.id, 'session');
      expect(await node.totp.begin(account, 'another session')).toBeUndefined();
      const fresh = (await node.totp.begin(account, 'session'))!;
      expect(fresh).not.toBe(old);
      expect(await node.totp.verify(account.id, now(old))).toEqual({ kind: 'proved' });
      expect(await node.totp.activate(account, 'session', wrongCode(fresh, clock.now()))).toEqual({
        kind: 'wrong',
      });
      expect(await node.totp.verify(account.id, now(old, 1))).toEqual({ kind: 'proved' });
      const last = (await node.totp.begin(account, 'session'))!;
      expect(await node.totp.activate(account, 'session', now(last))).toMatchObject({ kind: 'active' });
      clock.advance(60_000);
      expect(await node.totp.verify(account.id, now(old))).toEqual({ kind: 'wrong' });
      expect(await node.totp.verify(account.id, now(last))).toEqual({ kind: 'proved' });
      expect(await node.recoveryCodes.use(account.id, recoveryCodes[0]!)).toEqual({ kind: 'wrong' });
    });

    test('a permission ends with the factor it was for', async () => {
      await setUp();
      await node.totp.allowRenewal(account.id, 'session');
      const key = (await node.totp.begin(account, 'session'))!;
      await node.totp.turnOff(account.id);
      clock.advance(1);
      expect(await node.totp.activate(account, 'session', now(key))).toEqual({ kind: 'over' });
      expect(await node.totp.isOn(account.id)).toBe(false);
    });
  });
});

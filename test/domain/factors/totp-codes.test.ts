// A code of the app: each time step once, over all nodes and whatever the clock does, and slowed down for the account.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import { collections } from '../../../src/domain/collections.ts';
import { newRecoveryCodes } from '../../../src/domain/factors/recovery-codes.ts';
import {
  countOf,
  createFactorNode,
  openFactorStorage,
  SECRET,
  times,
  type FactorNode,
} from '../../support/factor-node.ts';
import { appCode, turnOnTotp, wrongCode } from '../../support/second-factor.ts';
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

  describe('a code', () => {
    test('T1: is accepted once, and what came before it no more', async () => {
      const { key } = await setUp();
      expect(await node.totp.verify(account.id, now(key, 1))).toEqual({ kind: 'proved' });
      for (const steps of [1, 0, -1])
        expect(await node.totp.verify(account.id, now(key, steps))).toEqual({ kind: 'wrong' });
      clock.advance(30_000);
      expect(await node.totp.verify(account.id, now(key, 1))).toEqual({ kind: 'proved' });
    });

    test('T1, T4, A55: 50 at once over two nodes, one is right; a node started later knows', async () => {
      const { key } = await setUp();
      const second = await storage.newNode();
      const outcomes = await times(50, (index) =>
        [node, second][index % 2]!.totp.verify(account.id, now(key)),
      );
      expect(countOf(outcomes, 'proved')).toBe(1);
      const restarted = await storage.newNode();
      expect((await restarted.totp.verify(account.id, now(key))).kind).not.toBe('proved');
      clock.advance(900_000);
      expect(await restarted.totp.verify(account.id, now(key))).toEqual({ kind: 'proved' });
    });

    test('T11: a clock that jumps back does not open a used step again', async () => {
      const { key } = await setUp();
      expect(await node.totp.verify(account.id, now(key))).toEqual({ kind: 'proved' });
      const used = now(key);
      clock.advance(-7_200_000);
      for (const code of [used, now(key), now(key, -1), now(key, 1)])
        expect(await node.totp.verify(account.id, code)).toEqual({ kind: 'wrong' });
      clock.advance(7_200_000);
      expect(await node.totp.verify(account.id, used)).toMatchObject({ kind: 'wrong' });
    });

    test('T5: the sixth wrong one in a quarter of an hour is not judged, nor a right one then', async () => {
      const { key, recoveryCodes } = await setUp();
      const wrong = wrongCode(key, clock.now());
      for (let index = 0; index < 5; index += 1) {
        expect(await node.totp.verify(account.id, wrong)).toEqual({ kind: 'wrong' });
        clock.advance(1000);
      }
      const refused = await node.totp.verify(account.id, wrong);
      expect(refused).toEqual({ kind: 'throttled', retryAfterSeconds: 899 });
      expect(await node.totp.verify(account.id, now(key))).toEqual(refused);
      expect(await node.recoveryCodes.use(account.id, recoveryCodes[0]!)).toEqual(refused);
      clock.advance(898_000);
      expect(await node.totp.verify(account.id, now(key))).toEqual({
        kind: 'throttled',
        retryAfterSeconds: 1,
      });
      clock.advance(1000);
      expect(await node.totp.verify(account.id, now(key))).toEqual({ kind: 'proved' });
      expect(await node.recoveryCodes.use(account.id, recoveryCodes[0]!)).toEqual({ kind: 'proved' });
    });

    test('T5: of guesses at both kinds of code over a day, 480 are judged at most', async () => {
      const { key } = await setUp();
      let judged = 0;
      for (let minute = 0; minute < 24 * 60; minute += 1) {
        const outcomes = await times(2, () => node.totp.verify(account.id, wrongCode(key, clock.now())));
        outcomes.push(await node.recoveryCodes.use(account.id, newRecoveryCodes()[0]!));
        judged += outcomes.filter(({ kind }) => kind === 'wrong').length;
        clock.advance(60_000);
      }
      expect(judged).toBeLessThanOrEqual(480);
    });

    test('T5: 1000 guesses at once reach the key five times; nobody else is slowed down', async () => {
      const { key } = await setUp();
      const outcomes = await times(1000, () => node.totp.verify(account.id, wrongCode(key, clock.now())));
      expect([countOf(outcomes, 'wrong'), countOf(outcomes, 'throttled')]).toEqual([5, 995]);
      const jan = await newAccount(node.store, clock, { email: 'jan@example.cz' });
      const other = await turnOnTotp(node, jan.id);
      expect(await node.totp.verify(jan.id, now(other.key))).toEqual({ kind: 'proved' });
    });

    test('that is none is not counted', async () => {
      const { key } = await setUp();
      for (const typed of ['', '12345', '1234567', 'abcdef', '１２３４５６'])
        for (let index = 0; index < 3; index += 1)
          expect(await node.totp.verify(account.id, typed)).toEqual({ kind: 'malformed' });
      expect(await node.totp.verify(account.id, ` ${now(key).replace(/^.../, '$& ')}\u00a0`)).toEqual({
        kind: 'proved',
      });
    });

    test('A58: of a factor that was switched off is refused at once', async () => {
      const { key, recoveryCodes } = await setUp();
      const offs = await times(5, () => node.totp.turnOff(account.id));
      expect(offs.filter(Boolean)).toHaveLength(1);
      expect(await node.totp.verify(account.id, now(key))).toEqual({ kind: 'wrong' });
      expect(await node.recoveryCodes.use(account.id, recoveryCodes[0]!)).toEqual({ kind: 'wrong' });
      expect(await node.recoveryCodes.renew(account.id)).toBeUndefined();
      expect(await node.totp.state(account.id)).toBeUndefined();
    });

    test('of the owner forgets the wrong ones before it', async () => {
      const { key } = await setUp();
      for (let round = 0; round < 3; round += 1) {
        await times(4, () => node.totp.verify(account.id, wrongCode(key, clock.now())));
        expect(await node.totp.verify(account.id, now(key))).toEqual({ kind: 'proved' });
        clock.advance(30_000);
      }
    });

    test('is judged under a new secret, and moves the key there', async () => {
      const { key } = await setUp();
      const rotated = createFactorNode(node.store, clock, ['the new secret of the installation', SECRET]);
      expect(await rotated.totp.verify(account.id, now(key))).toEqual({ kind: 'proved' });
      clock.advance(30_000);
      const later = createFactorNode(node.store, clock, ['the new secret of the installation']);
      expect(await later.totp.verify(account.id, now(key))).toEqual({ kind: 'proved' });
    });

    test('T10: the key is sealed for its account', async () => {
      const { key } = await setUp();
      const jan = await newAccount(node.store, clock, { email: 'jan@example.cz' });
      const factors = node.store.collection(collections.secondFactors);
      const { doc } = (await factors.get(account.id))!;
      expect(JSON.stringify(doc)).not.toContain(key);
      await factors.put(jan.id, doc);
      await expect(node.totp.verify(jan.id, now(key))).rejects.toThrow('belongs elsewhere');
    });
  });
});

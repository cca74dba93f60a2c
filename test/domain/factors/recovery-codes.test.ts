// Recovery codes: each good once, however it is typed, and only for its account.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import { collections } from '../../../src/domain/collections.ts';
import { newRecoveryCodes } from '../../../src/domain/factors/recovery-codes.ts';
import { countOf, openFactorStorage, times, type FactorNode } from '../../support/factor-node.ts';
import { appCode, turnOnTotp } from '../../support/second-factor.ts';
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

  describe('a recovery code', () => {
    test('N13: has 80 bits in groups that read well', () => {
      for (const code of newRecoveryCodes())
        expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    });

    test('A55, A56: is good once, 50 at once over two nodes, and stored as a hash', async () => {
      const { recoveryCodes } = await setUp();
      const stored = JSON.stringify(
        (await node.store.collection(collections.secondFactors).get(account.id))!.doc,
      );
      for (const code of recoveryCodes) {
        expect(stored).not.toContain(code);
        expect(stored).not.toContain(code.replaceAll('-', ''));
      }
      const second = await storage.newNode();
      const outcomes = await times(50, (index) =>
        [node, second][index % 2]!.recoveryCodes.use(account.id, recoveryCodes[3]!),
      );
      expect(countOf(outcomes, 'proved')).toBe(1);
      expect(await second.recoveryCodes.left(account.id)).toBe(9);
    });

    test('each of the ten is good, however it is typed', async () => {
      const { recoveryCodes } = await setUp();
      const spellings: ((code: string) => string)[] = [
        (code) => code.toLowerCase(),
        (code) => code.replaceAll('-', ''),
        (code) => code.replaceAll('-', ' '),
        (code) => ` ${code.replaceAll('-', ' – ')}\r\n`,
        (code) => code.replaceAll('0', 'o').replaceAll('1', 'l'),
        (code) => code.replaceAll('0', 'O').replaceAll('1', 'I'),
      ];
      for (const [index, code] of recoveryCodes.entries())
        expect(await node.recoveryCodes.use(account.id, spellings[index % 6]!(code))).toEqual({
          kind: 'proved',
        });
      expect(await node.recoveryCodes.left(account.id)).toBe(0);
      expect(await node.recoveryCodes.use(account.id, recoveryCodes[0]!)).toEqual({ kind: 'wrong' });
    });

    test('of another account is wrong, and renewal voids the old ones', async () => {
      const { recoveryCodes } = await setUp();
      const jan = await newAccount(node.store, clock, { email: 'jan@example.cz' });
      await turnOnTotp(node, jan.id);
      expect(await node.recoveryCodes.use(jan.id, recoveryCodes[0]!)).toEqual({ kind: 'wrong' });
      const renewed = (await node.recoveryCodes.renew(account.id))!;
      expect(await node.recoveryCodes.use(account.id, recoveryCodes[0]!)).toEqual({ kind: 'wrong' });
      expect(await node.recoveryCodes.use(account.id, renewed[0]!)).toEqual({ kind: 'proved' });
    });

    test.for([
      '',
      'x',
      'UUUU-UUUU-UUUU-UUUU',
      '1234-5678',
      `${'A'.repeat(16)}\u0000`,
      'Á'.repeat(16),
      'A'.repeat(200),
    ])('that is none (%j) is not counted', async (typed) => {
      const { recoveryCodes } = await setUp();
      for (let index = 0; index < 10; index += 1)
        expect(await node.recoveryCodes.use(account.id, typed)).toEqual({ kind: 'malformed' });
      expect(await node.recoveryCodes.use(account.id, recoveryCodes[0]!)).toEqual({ kind: 'proved' });
    });
  });
});

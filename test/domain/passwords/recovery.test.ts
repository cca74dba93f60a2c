// What the answer's time tells of who was asked for: nothing. And how domain names are read.

import { describe, expect, test } from 'vitest';
import { createAccounts } from '../../../src/domain/accounts/accounts.ts';
import { ANSWER_FLOOR_MILLISECONDS } from '../../../src/domain/limits/answer-floor.ts';
import { domainName } from '../../../src/domain/customers/domains.ts';
import { createOneTimeLinks } from '../../../src/domain/one-time-links.ts';
import { createRevisions } from '../../../src/domain/revisions.ts';
import { createIdentities } from '../../../src/domain/federation/identities.ts';
import { createQuotas } from '../../../src/domain/limits/quotas.ts';
import { createRecovery } from '../../../src/domain/passwords/recovery.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

describe('the answer', () => {
  test('A49: comes at the same moment for known and unknown, 200 times, whatever the letter took', async () => {
    const clock = manualClock({ sleepMoves: true });
    const store = await memoryStore(clock);
    const accounts = createAccounts(store, clock);
    await newAccount(store, clock, { email: 'known@example.cz' });
    const disabled = await newAccount(store, clock, { email: 'ended@example.cz' });
    await accounts.change(disabled.id, () => ({ status: 'disabled' }));
    const forbidding = await newAccount(store, clock, { email: 'forbi@example.cz' });
    await accounts.change(forbidding.id, () => ({ resetForbidden: true }));
    let letters = 0;
    const recovery = createRecovery({
      accounts,
      domains: { ownerOf: () => Promise.resolve(undefined) },
      browsers: { isKnown: () => Promise.resolve(false) },
      links: createOneTimeLinks(store, clock, accounts),
      setPassword: {
        use: () => Promise.reject(new Error('not here')),
        rulesFor: () => Promise.resolve({ minLength: 12, maxLength: 128 }),
      },
      letters: {
        url: (path: string) => path,
        send: () => {
          letters += 1;
          // From nothing at all to almost the whole floor.
          clock.advance((letters * 37) % ANSWER_FLOOR_MILLISECONDS);
          return Promise.resolve();
        },
      } as never,
      quotas: createQuotas(store, clock),
      proofOfWork: { redeem: () => Promise.resolve('accepted') } as never,
      describeAgent: () => '',
      clock,
      log: silentLog,
      sameBrowser: true,
      identities: createIdentities({
        store,
        clock,
        configured: [],
        revisions: createRevisions(store),
        log: silentLog,
      }),
      passkeys: { list: () => Promise.resolve([]) },
    });
    for (const arm of ['known', 'nobod', 'ended', 'forbi']) {
      const took = new Set<number>();
      for (let time = 0; time < 200; time += 1) {
        clock.advance(1_200_001);
        const began = clock.now().getTime();
        const outcome = await recovery.ask({
          known: `${arm}@example.cz`,
          signIn: '',
          proof: 'given',
          subject: 'a page',
          address: `2001:db8:${time}::1`,
          userAgent: '',
          browserId: 'a browser',
          mark: 'a mark',
        });
        expect(outcome).toEqual({ kind: 'asked' });
        took.add(clock.now().getTime() - began);
      }
      expect([arm, [...took]]).toEqual([arm, [ANSWER_FLOOR_MILLISECONDS]]);
    }
    expect(letters).toBeGreaterThan(190);
  });
});

describe('a domain name', () => {
  test.for([
    ['example.cz', 'example.cz'],
    [' EXAMPLE.cz. ', 'example.cz'],
    ['kuřákov.cz', 'xn--kukov-yqa35f.cz'],
    ['XN--KUKOV-YQA35F.CZ', 'xn--kukov-yqa35f.cz'],
    ['a.b.co.uk', 'a.b.co.uk'],
  ])('%s is %s', ([typed, name]) => {
    expect(domainName(typed!)).toBe(name);
  });

  test.for([
    '',
    '.',
    'localhost',
    'eva@example.cz',
    '192.0.2.1',
    '0x7f.1',
    '[::1]',
    'a b.cz',
    'a_b.cz',
    '-a.cz',
    'a..cz',
    'https://example.cz/',
    `${'x'.repeat(64)}.cz`,
    `${'abc.'.repeat(70)}cz`,
    'x.'.repeat(2000),
  ])('%s is none', (typed) => {
    expect(domainName(typed)).toBeUndefined();
  });
});

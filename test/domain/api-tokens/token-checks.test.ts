// Judging API tokens under load: few reads of the shared revision, and never an answer from before a revocation.

import { expect, test } from 'vitest';
import { createAccounts } from '../../../src/domain/accounts/accounts.ts';
import { createApiTokens } from '../../../src/domain/api-tokens/api-tokens.ts';
import { createTokenChecks } from '../../../src/domain/api-tokens/token-checks.ts';
import { createCustomers } from '../../../src/domain/customers/customers.ts';
import { createRevisions } from '../../../src/domain/revisions.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { manualClock, memoryStore } from '../../support/rules.ts';

test('a thousand questions in ten milliseconds read the revision at most every second of them, and what is revoked is refused at once', async () => {
  const store = await memoryStore(manualClock());
  let now = Date.now();
  let waiting: { due: number; resolve: () => void }[] = [];
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => void waiting.push({ due: now + milliseconds, resolve }));
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    for (const { resolve } of waiting.filter(({ due }) => due <= now)) resolve();
    waiting = waiting.filter(({ due }) => due > now);
  };
  const clock = { now: () => new Date(now), sleep };
  const revisions = createRevisions(store);
  let reads = 0;
  const reading = new Set<Promise<unknown>>();
  const counted = {
    current(name: 'api-tokens') {
      reads += 1;
      const read = revisions.current(name);
      reading.add(read);
      return read.finally(() => reading.delete(read));
    },
  };
  const accounts = createAccounts(store, clock);
  const customers = createCustomers(store, clock, revisions);
  const tokens = createApiTokens({ store, clock, accounts, customers, revisions, most: 5 });
  const scopes = { read: 'read', write: 'write', admin: 'admin' };
  const parts = { store, clock, accounts, customers, scopes, log: silentLog };
  const checks = createTokenChecks({ ...parts, revisions: counted });
  const account = await accounts.create({ email: 'eva@example.cz', emailVerified: true });
  const { id: customerId } = await customers.createOwnedBy(account.id, { kind: 'person', name: 'Eva' });
  const fields = { customerId, name: 'CI', level: 'read', addresses: [], endsAt: undefined } as const;
  const made = await tokens.create(account, fields);
  if (made.kind !== 'created') throw new Error('no token');
  const ask = () => checks.check(made.value, undefined);
  const settled = async () => {
    do {
      await Promise.all(reading);
      await new Promise((resolve) => setImmediate(resolve));
    } while (reading.size > 0);
  };
  await ask();
  reads = 0;

  const answers: Promise<unknown>[] = [];
  for (let millisecond = 0; millisecond < 10; millisecond += 1) {
    pass(1);
    for (let question = 0; question < 100; question += 1) answers.push(ask());
    await settled();
  }
  pass(2);
  expect((await Promise.all(answers)).every(Boolean)).toBe(true);
  expect(reads).toBeGreaterThan(2);
  expect(reads).toBeLessThan(8);

  // Asked after the revocation, but within the two milliseconds of the last read.
  await tokens.revoke(account.id, made.token.id);
  const late = ask();
  await settled();
  pass(2);
  expect(await late).toBeUndefined();
});

// `node bench/api-tokens.ts`: how many API tokens a second one node judges, and what that costs the storage. On SQLite in a
// file, and on MongoDB where TEST_MONGODB_URI names a server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../adapters/registry.ts';
import { createAccounts } from '../src/domain/accounts/accounts.ts';
import { createApiTokens } from '../src/domain/api-tokens/api-tokens.ts';
import { createTokenChecks } from '../src/domain/api-tokens/token-checks.ts';
import { allShapes } from '../src/domain/collections.ts';
import { createCustomers } from '../src/domain/customers/customers.ts';
import { createRevisions } from '../src/domain/revisions.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Store } from '../src/ports/store.ts';
import { dropDatabase, ownDatabase } from '../test/support/mongo-database.ts';

const TOKENS = 1000;
const AT_ONCE = 64;
const MILLISECONDS = 4000;
const clock: Clock = { now: () => new Date(), sleep: () => Promise.resolve() };
const log = { debug() {}, info() {}, warn() {}, error() {}, writes: () => false, flush() {} };

/** Counts what is asked of a store. */
function counting(store: Store) {
  const counts: Record<string, number> = {};
  const wrapped: Store = {
    ...store,
    collection: ((shape: Parameters<Store['collection']>[0]) =>
      new Proxy(store.collection(shape), {
        get(target, verb: string) {
          const found = (target as unknown as Record<string, unknown>)[verb];
          if (typeof found !== 'function') return found;
          return (...values: unknown[]) => {
            const name = `${shape.name}.${verb}`;
            counts[name] = (counts[name] ?? 0) + 1;
            return (found as (...given: unknown[]) => unknown).apply(target, values);
          };
        },
      })) as Store['collection'],
  };
  return { store: wrapped, counts };
}

async function measure(name: string, storage: string): Promise<void> {
  const opened = await openStore(storage, { now: () => Date.now() });
  await opened.prepare(allShapes);
  const { store, counts } = counting(opened);
  const revisions = createRevisions(store);
  const accounts = createAccounts(store, clock);
  const customers = createCustomers(store, clock, revisions);
  const tokens = createApiTokens({ store, clock, accounts, customers, revisions, most: TOKENS });
  const scopes = { read: 'read', write: 'read write', admin: 'read write admin' };
  const checks = createTokenChecks({ store, clock, accounts, customers, revisions, scopes, log });

  const values: string[] = [];
  for (let person = 0; person < TOKENS / 10; person += 1) {
    const account = await accounts.create({ email: `p${person}@example.com`, emailVerified: true });
    const { id: customerId } = await customers.createOwnedBy(account.id, { kind: 'person', name: 'P' });
    for (let number = 0; number < 10; number += 1) {
      const fields = {
        customerId,
        name: `t${number}`,
        level: 'read',
        addresses: [],
        endsAt: undefined,
      } as const;
      const made = await tokens.create(account, fields);
      if (made.kind === 'created') values.push(made.value);
    }
  }
  for (const verb of Object.keys(counts)) delete counts[verb];

  let judged = 0;
  const end = performance.now() + MILLISECONDS;
  const worker = async (index: number) => {
    for (let next = index; performance.now() < end; next += AT_ONCE) {
      if (!(await checks.check(values[next % values.length]!, '203.0.113.7'))) throw new Error('refused');
      judged += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => worker(index)));
  await checks.idle();
  const perSecond = (count: number) => Math.round((count / MILLISECONDS) * 1000);
  process.stdout.write(`${name}: ${perSecond(judged)} judged a second; asked of the storage a second:\n`);
  for (const [verb, count] of Object.entries(counts).toSorted(([, a], [, b]) => b - a))
    process.stdout.write(`  ${verb} ${perSecond(count)}\n`);
  await opened.close();
}

const folder = mkdtempSync(join(tmpdir(), 'vratny-bench-'));
await measure('sqlite', `sqlite:${join(folder, 'bench.sqlite')}`);
rmSync(folder, { recursive: true });
const uri = process.env['TEST_MONGODB_URI'];
if (uri !== undefined) {
  const storage = ownDatabase(uri);
  await measure('mongodb', storage);
  await dropDatabase(storage);
}

// `node bench/api-tokens.ts [rules|http]`: how many API tokens a second one node judges, by the rules alone and over HTTP,
// and what that costs the storage. On SQLite in a file, and on MongoDB where TEST_MONGODB_URI names a server.

import { fork } from 'node:child_process';
import { once } from 'node:events';
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
import type { Ready, Report } from './api-tokens-node.ts';
import { countingStore, type Counts } from './counting-store.ts';
import { measure, openConnection } from './load.ts';
import { dropDatabase, ownDatabase } from '../test/support/mongo-database.ts';

const TOKENS = 1000;
const AT_ONCE = 64;
const MILLISECONDS = 4000;
const HTTP_MILLISECONDS = 8000;
const CONNECTIONS = 32;
const clock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
const log = { debug() {}, info() {}, warn() {}, error() {}, writes: () => false, flush() {} };

/** The rules alone, without HTTP. */
async function measureRules(name: string, storage: string): Promise<void> {
  const opened = await openStore(storage, { now: () => Date.now() });
  await opened.prepare(allShapes);
  const { store, counts } = countingStore(opened);
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
  tell(`${name}, the rules alone: ${perSecond(judged, MILLISECONDS)} judged a second`, counts, MILLISECONDS);
  await opened.close();
}

/** Over HTTP, as a resource server asks: a node in a process of its own. */
async function measureHttp(name: string, storage: string): Promise<void> {
  const child = fork(join(import.meta.dirname, 'api-tokens-node.ts'), [storage], { silent: true });
  const [{ port, tokens, client }] = (await once(child, 'message')) as [Ready];
  const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
  const requests = tokens.map((token) => ({
    path: '/token/introspection',
    headers: { authorization },
    form: { token, ip: '203.0.113.7' },
  }));
  const operations = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, first) => {
      const connection = await openConnection(port);
      let next = first;
      return async () => {
        const { status, body } = await connection.send(requests[(next += CONNECTIONS) % requests.length]!);
        if (status !== 200 || !body.includes('"active":true')) throw new Error(`${status} ${body}`);
      };
    }),
  );
  await measure(operations, MILLISECONDS);
  child.send('reset');
  const { count, perSecond: rate, p50, p99 } = await measure(operations, HTTP_MILLISECONDS);
  child.send('report');
  const [{ counts, processorMilliseconds }] = (await once(child, 'message')) as [Report];
  child.send('stop');
  await once(child, 'exit');
  const each = (processorMilliseconds * 1000) / count;
  tell(
    `${name}, over HTTP: ${Math.round(rate)} a second (p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms), ` +
      `${each.toFixed(0)} µs of processor time each, so that one core does ${Math.round(1e6 / each)}`,
    counts,
    HTTP_MILLISECONDS,
  );
}

const perSecond = (count: number, milliseconds: number): number => Math.round((count / milliseconds) * 1000);

function tell(headline: string, counts: Counts, milliseconds: number): void {
  process.stdout.write(`${headline}; asked of the storage a second:\n`);
  for (const [verb, count] of Object.entries(counts).toSorted(([, a], [, b]) => b - a))
    process.stdout.write(`  ${verb} ${perSecond(count, milliseconds)}\n`);
}

for (const [name, run] of [
  ['rules', measureRules],
  ['http', measureHttp],
] as const) {
  if (process.argv[2] !== undefined && process.argv[2] !== name) continue;
  const folder = mkdtempSync(join(tmpdir(), 'vratny-bench-'));
  await run('sqlite', `sqlite:${join(folder, 'bench.sqlite')}`);
  rmSync(folder, { recursive: true });
  const uri = process.env['TEST_MONGODB_URI'];
  if (uri === undefined) continue;
  const storage = ownDatabase(uri);
  await run('mongodb', storage);
  await dropDatabase(storage);
}

// `node bench/lists.ts [--storage sqlite:FILE|mongodb://…] [--accounts N] [--history N] [--audit N] [--others N] [--keep]`:
// fills a database and asks for every list of the console, of the operators' API and of a person's own pages, over HTTP.
// What is slower than the limit is marked. Without `--keep` the data are deleted at the end.

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../adapters/registry.ts';
import { NameTaken } from '../src/domain/accounts/accounts.ts';
import { allShapes, collections } from '../src/domain/collections.ts';
import { atConsole, createOperator } from '../test/support/console.ts';
import { dropDatabase } from '../test/support/mongo-database.ts';
import { API, apiToken, createApiClient } from '../test/support/operators-api.ts';
import { openWorld, PASSWORD, type World } from '../test/support/world.ts';
import { fill } from './lists-data.ts';
import { accountId, BUSY, customerNumber } from './lists-people.ts';
import { openBulk } from './lists-storage.ts';
import { WEBHOOK } from './lists-things.ts';

const { values } = parseArgs({
  options: {
    storage: { type: 'string' },
    accounts: { type: 'string', default: '1000000' },
    history: { type: 'string', default: '10000000' },
    audit: { type: 'string', default: '1000000' },
    others: { type: 'string', default: '100000' },
    /** So often each page is asked for. */
    rounds: { type: 'string', default: '100' },
    keep: { type: 'boolean', default: false },
    /** Measures what is there. */
    filled: { type: 'boolean', default: false },
  },
});
const LIMIT_MILLISECONDS = 100;
const SECRET = 'a secret for measuring and for nothing else';
const folder = mkdtempSync(join(tmpdir(), 'vratny-lists-'));
const storage = values.storage ?? `sqlite:${join(folder, 'lists.sqlite')}`;
const rounds = Number(values.rounds);
const say = (text: string) => void process.stdout.write(`${text}\n`);

type Asked = { readonly name: string; readonly path: string; readonly headers: Record<string, string> };

async function makeData(): Promise<void> {
  const store = await openStore(storage, { now: Date.now });
  await store.prepare(allShapes);
  await store.close();
  const world = await openWorld({ env: { VRATNY_SECRET: SECRET } });
  const passwordHash = await world.core.hasher.hash(PASSWORD);
  await world.close();
  const bulk = await openBulk(storage);
  const sizes = {
    accounts: Number(values.accounts),
    history: Number(values.history),
    audit: Number(values.audit),
    others: Number(values.others),
  };
  await fill(bulk, sizes, { secret: SECRET, passwordHash }, say);
  await bulk.close();
  const startedAt = performance.now();
  const again = await openStore(storage, { now: Date.now });
  await again.prepare(allShapes);
  await again.close();
  say(`indexes: ${Math.round((performance.now() - startedAt) / 100) / 10} s`);
}

/** Cookies are kept under their name and path, a line each. */
const cookieOf = (browser: { cookies: Map<string, { value: string }> }): string =>
  [...browser.cookies]
    .filter(([key]) => !key.includes('interaction'))
    .map(([key, { value }]) => `${key.split(/\s/)[0]}=${value}`)
    .join('; ');

/** Of an earlier run there are some already; the next one has another address. */
async function newOperator(world: World): Promise<Awaited<ReturnType<typeof createOperator>>> {
  try {
    return await createOperator(world, 'owner');
  } catch (error) {
    if (error instanceof NameTaken) return newOperator(world);
    throw error;
  }
}

/**
 * The pages and their second pages, as links of the first ones have them, and what gives the API's requests a new token:
 * on a slow storage, measuring takes longer than one lives.
 */
async function pagesOf(world: World): Promise<{ pages: Asked[]; renewToken: () => Promise<void> }> {
  const operator = await newOperator(world);
  const staff = await atConsole(world, operator);
  const person = world.browser();
  await person.open('/account');
  await person.submit({ login: `client${BUSY}@example.cz`, password: PASSWORD });
  const program = await createApiClient(world);
  const api = { authorization: '' };
  const renewToken = async () => {
    api.authorization = `Bearer ${await apiToken(world, program)}`;
  };
  await renewToken();
  const busy = accountId(BUSY);
  const number = customerNumber(BUSY);
  const console_ = { cookie: cookieOf(staff), accept: 'text/html' };
  const own = { cookie: cookieOf(person), accept: 'text/html' };
  const first: [string, string, Record<string, string>][] = [
    ...[
      '/admin/accounts',
      `/admin/accounts/${busy}`,
      `/admin/accounts/${busy}/history`,
      `/admin/accounts/${busy}/sessions`,
      `/admin/accounts/${busy}/changes`,
      `/admin/accounts/${busy}/customers`,
      '/admin/search?q=client4711',
      '/admin/search?q=novak',
      '/admin/search?q=jan+nov%C3%A1k',
      '/admin/search?q=malá+n',
      '/admin/search?q=zak+471100',
      '/admin/search?q=601234',
      '/admin/search?q=10004711',
      '/admin/search?q=kavarna+dvorak',
      '/admin/search?q=domain47.example',
      '/admin/search?q=nobody+at+all',
      '/admin/customers',
      `/admin/customers/${number}`,
      '/admin/clients',
      '/admin/queues',
      '/admin/queues?show=closed',
      '/admin/queues/messages',
      '/admin/queues/messages?show=delivered',
      '/admin/audit',
      `/admin/audit?account=${busy}`,
      `/admin/audit?operator=${accountId(3)}`,
      '/admin/audit?customer=10000007',
      '/admin/audit?client=client-7',
      '/admin/audit?action=credential.totp_on',
      '/admin/audit?action=keys.rotated',
      '/admin/dashboard',
      '/admin/dashboard?show=month',
      '/admin/bans',
      '/admin/webhooks',
      `/admin/webhooks/${WEBHOOK}`,
      '/admin/operators',
    ].map((path): [string, string, Record<string, string>] => ['console', path, console_]),
    ...[
      '/accounts',
      '/accounts?search=novak',
      `/accounts/${busy}/sessions`,
      '/customers',
      '/customers?search=kavarna',
      `/customers/${number}/members`,
      `/customers/${number}/domains`,
      '/clients',
      '/support-requests?state=open',
      '/support-requests?state=closed',
      '/audit',
      `/audit?account_id=${busy}`,
      '/audit?action=keys.rotated',
      `/webhooks/${WEBHOOK}/deliveries`,
      '/bans',
      '/messages?state=failed',
      '/messages?state=failed&channel=webhook',
      '/messages?state=delivered&channel=webhook',
      '/statistics/sign_ins',
      '/statistics/throttled/networks',
    ].map((path): [string, string, Record<string, string>] => ['API', `${API}${path}`, api]),
    ...[
      '/account',
      '/account/history',
      '/account/history?show=refused',
      '/account/sessions',
      '/account/changes',
      '/account/customers',
      '/account/members',
      '/account/customer/changes',
      '/account/applications',
      '/account/support',
      '/account/keys',
      '/account/api-tokens',
    ].map((path): [string, string, Record<string, string>] => ['own', path, own]),
  ];
  const all: Asked[] = [];
  for (const [kind, path, headers] of first) {
    const shown = path
      .replaceAll(busy, ':busy')
      .replace(API, '')
      .replaceAll(WEBHOOK, ':id')
      .replaceAll(accountId(3), ':staff');
    all.push({ name: `${kind} ${shown}`, path, headers });
    const answer = await fetch(`${world.issuer}${path}`, { headers, redirect: 'manual' });
    const body = await answer.text();
    if (answer.status !== 200) {
      say(`${path}: ${answer.status} ${body.slice(0, 300)}`);
      all.pop();
      continue;
    }
    const next =
      kind === 'API'
        ? (JSON.parse(body) as { next?: string }).next
        : /href="([^"]*)"[^>]*rel="next"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
    if (next === undefined) continue;
    const second = kind === 'API' ? `${path}${path.includes('?') ? '&' : '?'}after=${next}` : next;
    all.push({
      name: `${kind} ${shown} (next)`,
      path: new URL(second, world.issuer).href.slice(world.issuer.length),
      headers,
    });
  }
  return { pages: all, renewToken };
}

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;

async function measure(
  world: World,
  { name, path, headers }: Asked,
  renewToken: () => Promise<void>,
): Promise<string> {
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    const answer = await fetch(`${world.issuer}${path}`, { headers, redirect: 'manual' });
    await answer.arrayBuffer();
    times.push(performance.now() - startedAt);
    if (answer.status === 429) {
      times.pop();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    } else if (answer.status === 401) {
      times.pop();
      await renewToken();
    } else if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`);
  }
  const [cold] = times;
  const sorted = times.toSorted((one, other) => one - other);
  const [p50, p99] = [at(sorted, 0.5), at(sorted, 0.99)];
  const mark = p99 > LIMIT_MILLISECONDS ? ' SLOW' : '';
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpu = (user + system) / 1000 / times.length;
  const columns = [cold!, sorted[0]!, p50, p99, cpu].map((time) => time.toFixed(1).padStart(8)).join(' ');
  return `${name.padEnd(64)} ${columns}${mark}`;
}

try {
  if (!values.filled) await makeData();
  const world = await openWorld({
    storage,
    env: { VRATNY_SECRET: SECRET, VRATNY_HISTORY_LIFE: '400d' },
    clock: { now: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  });
  await world.store.collection(collections.webhooks).put(WEBHOOK, {
    url: 'https://hooks.example/x',
    events: ['nothing.*'],
    enabled: false,
    sealed: '',
    createdAt: new Date().toISOString(),
  });
  const { pages, renewToken } = await pagesOf(world);
  say(
    `\n${'page'.padEnd(64)} ${['first', 'least', 'p50', 'p99', 'cpu'].map((text) => text.padStart(8)).join(' ')}`,
  );
  for (const page of pages) say(await measure(world, page, renewToken));
  const startedAt = performance.now();
  const before = process.memoryUsage.rss();
  let most = before;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 200);
  const verdict = await world.core.audit.verify();
  clearInterval(watching);
  say(
    `\naudit verify: ${verdict.entries} entries, ${verdict.problems.length} problems, ` +
      `${((performance.now() - startedAt) / 1000).toFixed(1)} s, ${Math.round((most - before) / 1_048_576)} MiB more at most`,
  );
  say(`node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`);
  await world.close();
} finally {
  if (!values.keep && !values.filled) {
    rmSync(folder, { recursive: true, force: true });
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
    else if (values.storage)
      for (const end of ['', '-wal', '-shm']) rmSync(`${storage.slice(7)}${end}`, { force: true });
  }
}

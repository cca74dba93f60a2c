// The node that `api-tokens.ts` asks over HTTP, in a process of its own: the whole app over a store that counts. It makes
// people with tokens, tells its parent of them, and answers `reset` and `report`.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openStore } from '../adapters/registry.ts';
import { createApp } from '../src/app.ts';
import { loadConfig } from '../src/config/load.ts';
import { createCore } from '../src/core.ts';
import { silentLog } from '../src/lib/log.ts';
import { countingStore, type Counts } from './counting-store.ts';

/** What the parent is told. */
export type Ready = {
  readonly port: number;
  readonly tokens: readonly string[];
  readonly client: { readonly id: string; readonly secret: string };
};
export type Report = { readonly counts: Counts; readonly processorMilliseconds: number };

const PEOPLE = 100;
const TOKENS_EACH = 10;

const storage = process.argv[2] ?? 'sqlite::memory:';
let handle: RequestListener = () => {};
const server = createServer((req, res) => handle(req, res));
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const { port } = server.address() as AddressInfo;
const config = loadConfig({
  VRATNY_ISSUER: `http://localhost:${port}`,
  VRATNY_PORT: String(port),
  VRATNY_SECRET: 'a secret for the benchmark and for nobody else',
  VRATNY_STORAGE: storage,
});
const { store, counts } = countingStore(await openStore(storage, { now: () => Date.now() }));
const core = await createCore(config, silentLog, { store });
const app = await createApp(config, silentLog, core);
await app.complete();
app.start();
handle = app.handle;

const tokens: string[] = [];
for (let person = 0; person < PEOPLE; person += 1) {
  const account = await core.accounts.create({ email: `p${person}@example.com`, emailVerified: true });
  const { id: customerId } = await core.customers.createOwnedBy(account.id, { kind: 'person', name: 'P' });
  for (let number = 0; number < TOKENS_EACH; number += 1) {
    const fields = { customerId, level: 'read', addresses: [], endsAt: undefined } as const;
    const made = await core.apiTokens.create(account, { ...fields, name: `t${number}` });
    if (made.kind === 'created') tokens.push(made.value);
  }
}
const { metadata, secret = '' } = await core.clients.create({
  client_name: 'Public API',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  resource_server: true,
});

let since = process.cpuUsage();
process.on('message', (message) => {
  if (message === 'reset') {
    for (const name of Object.keys(counts)) delete counts[name];
    since = process.cpuUsage();
  }
  if (message === 'report') {
    const { user, system } = process.cpuUsage(since);
    process.send!({ counts, processorMilliseconds: (user + system) / 1000 } satisfies Report);
  }
  if (message === 'stop') process.exit(0);
});
process.send!({ port, tokens, client: { id: metadata.client_id, secret } } satisfies Ready);

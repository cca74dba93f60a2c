// A whole provider for tests: the real app on a real port over a given storage, with letters caught and waiting
// skipped. Nothing of the app is replaced but the outside. What a node does by the clock, tests do by hand: a sweep in
// real time would come in between now and then.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { createApp, type App } from '../../src/app.ts';
import { createCore, type Core } from '../../src/core.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { NewAccount } from '../../src/domain/accounts/accounts.ts';
import type { ClientRegistration } from '../../src/domain/clients/client-metadata.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Facts, Log } from '../../src/lib/log.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import type { Sms } from '../../src/ports/sms.ts';
import type { Store } from '../../src/ports/store.ts';
import type { ConfiguredUpstream } from '../../src/ports/upstream.ts';
import { Browser } from './browser.ts';
import { jitter, jittered } from './jitter.ts';
import { dropDatabase, ownDatabase } from './mongo-database.ts';

export const PASSWORD = 'correct horse battery';
export const CALLBACK = 'https://panel.example/callback';

export type LogLine = { readonly level: string; readonly message: string } & Facts;

export type World = {
  readonly issuer: string;
  readonly port: number;
  readonly core: Core;
  readonly app: App;
  readonly store: Store;
  /** What was delivered so far; a `browser()` waits for it after each request, others for `core.outbox.idle()`. */
  readonly mails: Mail[];
  readonly texts: Sms[];
  readonly logs: LogLine[];
  readonly server: Server;
  /** A person's browser, with no cookies yet. */
  browser(): Browser;
  createAccount(
    fields?: Partial<NewAccount> & { password?: string | undefined },
  ): Promise<{ id: string; email: string }>;
  createClient(fields?: Partial<ClientRegistration>): Promise<IssuedClient>;
  /** The address of an authorization request of a client, with PKCE by `verifier`. */
  authorizeUrl(client: IssuedClient, more?: Record<string, string | undefined>): string;
  close(): Promise<void>;
};

/** RFC 7636 appendix B. */
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

export const testClock: Clock = { now: () => new Date(), sleep: () => Promise.resolve() };

function createMemoryLog(lines: LogLine[]): Log {
  const keep = (level: string) => (facts: Facts, message: string) => {
    lines.push({ ...facts, level, message });
  };
  return {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    writes: () => true,
    flush: () => {},
  };
}

const listenAnywhere = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

let accounts = 0;

export type WorldOptions = {
  /** `sqlite::memory:` unless given. */
  readonly storage?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Wraps the store, as to slow it down. */
  readonly wrap?: (store: Store) => Store;
  readonly clock?: Clock;
  /** In the place of the configured ones. */
  readonly upstreams?: readonly ConfiguredUpstream[];
};

/** Starts a provider. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  let handle: RequestListener = () => {};
  const server = createServer((req, res) => handle(req, res));
  const port = await listenAnywhere(server);
  const issuer = options.env?.['VRATNY_ISSUER'] ?? `http://localhost:${port}`;
  const config = loadConfig({
    VRATNY_ISSUER: issuer,
    VRATNY_PORT: String(port),
    VRATNY_SECRET: 'a secret for tests and for nobody else',
    VRATNY_STORAGE: options.storage ?? 'sqlite::memory:',
    VRATNY_HASH_WORKERS: '1',
    // The cheapest there is: people are made and sign in by the thousand. What is about hashes names its own.
    VRATNY_HASH_PROFILE: 'legacy',
    // A second node answers here too, under the issuer of the first.
    VRATNY_HOST_ALIASES: `localhost:${port}`,
    ...options.env,
  });
  const clock = options.clock ?? testClock;
  const opened = await openStore(config.storage, { now: () => clock.now().getTime() });
  const store = jittered(options.wrap?.(opened) ?? opened);
  const mails: Mail[] = [];
  const texts: Sms[] = [];
  const logs: LogLine[] = [];
  const log = createMemoryLog(logs);
  const mailer = { send: (mail: Mail) => jitter().then(() => void mails.push(mail)) };
  const sms = { send: (message: Sms) => jitter().then(() => void texts.push(message)) };
  const core = await createCore(config, log, {
    clock,
    store,
    mailer: () => mailer,
    sms: () => sms,
    ...(options.upstreams && { upstreams: options.upstreams }),
  });
  const app = await createApp(config, log, core);
  await app.complete();
  handle = app.handle;
  server.on('clientError', app.answerUnread);

  return {
    issuer,
    port,
    core,
    app,
    store,
    mails,
    texts,
    logs,
    server,
    browser: () => new Browser(issuer, () => core.outbox.idle()),

    async createAccount({ password = PASSWORD, ...fields } = {}) {
      accounts += 1;
      const email = fields.email ?? `person${accounts}@example.cz`;
      const { id } = await core.accounts.create({
        name: 'Žofie Křížová',
        emailVerified: true,
        passwordHash: await core.hasher.hash(password),
        ...fields,
        email,
      });
      await core.customers.createOwnedBy(id, { kind: 'person', name: 'Žofie Křížová' });
      return { id, email };
    },

    createClient: (fields = {}) =>
      core.clients.create({
        client_name: 'Hosting panel',
        redirect_uris: [CALLBACK],
        post_logout_redirect_uris: ['https://panel.example/'],
        first_party: true,
        ...fields,
      }),

    authorizeUrl({ metadata }, more = {}) {
      const params = {
        client_id: metadata.client_id,
        redirect_uri: metadata.redirect_uris[0],
        response_type: 'code',
        scope: 'openid',
        state: 'st',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...more,
      };
      const given = Object.entries(params).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return `${issuer}/authorize?${new URLSearchParams(given).toString()}`;
    },

    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await app.close();
      await store.close();
    },
  };
}

/** Asks the token endpoint as a client with a secret. */
export async function token(
  world: World,
  client: IssuedClient,
  params: Record<string, string>,
): Promise<{
  status: number;
  body: Record<string, unknown> & { access_token?: string; refresh_token?: string; id_token?: string };
}> {
  const { client_id: id } = client.metadata;
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(client.secret ?? '')}`).toString(
    'base64',
  );
  const response = await fetch(`${world.issuer}/token`, {
    method: 'POST',
    headers: client.secret ? { authorization: `Basic ${basic}` } : {},
    body: new URLSearchParams(client.secret ? params : { client_id: id, ...params }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Runs the same tests on every storage: SQLite always, MongoDB where TEST_MONGODB_URI is set. */
export function onEveryStorage(tests: (newStorage: () => string, name: string) => void): void {
  describe('on SQLite', () => tests(() => 'sqlite::memory:', 'sqlite'));
  const uri = process.env['TEST_MONGODB_URI'];
  describe.skipIf(!uri)('on MongoDB', () => tests(() => (uri ? ownDatabase(uri) : ''), 'mongodb'));
}

/** Closes a world and removes its database. */
export async function closeWorld(world: World, storage: string): Promise<void> {
  await world.close();
  if (storage.startsWith('mongodb')) await dropDatabase(storage);
}

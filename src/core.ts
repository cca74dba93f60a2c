// The rules joined with the outside: configuration → adapters → domain. Commands need no more than this.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../adapters/registry.ts';
import { createFetcher } from '../adapters/fetch/guarded.ts';
import { createHasher } from '../adapters/hash/pool.ts';
import { createConsoleMailer } from '../adapters/mail/console.ts';
import { ConfigProblems } from './config/load.ts';
import type { Config } from './config/options.ts';
import { createAccounts } from './domain/accounts.ts';
import { readClientsFile } from './domain/clients-file.ts';
import { createClients } from './domain/clients.ts';
import { allShapes } from './domain/collections.ts';
import { createBrowsers } from './domain/browsers.ts';
import { createCustomers } from './domain/customers.ts';
import { createEndings } from './domain/endings.ts';
import { createLetters } from './domain/letters.ts';
import { migrate } from './domain/migrate.ts';
import { createOneTimeLinks } from './domain/one-time-links.ts';
import { createRevisions } from './domain/revisions.ts';
import { createSetPassword } from './domain/set-password.ts';
import { createSigningKeys } from './domain/signing-keys.ts';
import { createAssets } from './http/assets.ts';
import { createBrand } from './http/brand.ts';
import { createTranslator } from './http/locale.ts';
import { createRenderer, type Renderer } from './http/render.ts';
import { createRangeSet } from './lib/address.ts';
import { deriveKey, keyId } from './lib/derive.ts';
import type { Log } from './lib/log.ts';
import { createSealer } from './lib/seal.ts';
import type { Clock } from './ports/clock.ts';
import type { Fetcher } from './ports/fetcher.ts';
import type { Hasher } from './ports/hasher.ts';
import type { Mailer } from './ports/mailer.ts';
import type { Store } from './ports/store.ts';

const DAY_SECONDS = 86_400;
const viewsDir = join(import.meta.dirname, '../views');

/** What tests and the demo put in the place of the outside. */
export type Outside = {
  readonly clock?: Clock;
  readonly mailer?: (store: Store) => Mailer;
  readonly store?: Store;
};

/** The system's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * The rules over an open, prepared store: everything that the command line needs. Nothing listens yet.
 * `close` ends what was opened here.
 */
export async function createCore(config: Config, log: Log, outside: Outside = {}) {
  const clock = outside.clock ?? systemClock;
  const { brand, fileClients } = readConfiguredFiles(config);
  const store = outside.store ?? (await openConfiguredStore(config, clock));
  try {
    const migrated = await migrate(store, clock, allShapes);
    if (migrated.length > 0) log.info({ migrations: migrated }, 'stored data brought up to date');
  } catch (error) {
    if (!outside.store) await store.close();
    throw error;
  }

  const sealer = createSealer(config.secrets);
  const hasher = createConfiguredHasher(config);
  const assets = createAssets(join(viewsDir, 'assets'));
  // Templates are compiled when first asked for: a command that sends no letter starts without them.
  let made: Renderer | undefined;
  const renderer = () =>
    (made ??= createRenderer({
      viewsDir,
      translator: createTranslator(join(viewsDir, 'locales')),
      assetUrl: assets.url,
    }));

  const revisions = createRevisions(store);
  const accounts = createAccounts(store, clock);
  const customers = createCustomers(store, clock, revisions);
  const clients = createClients(store, clock, revisions, fileClients);
  const signingKeys = createSigningKeys(
    store,
    clock,
    revisions,
    sealer,
    Math.max(config.sessionMax, config.accessTokenLife) + DAY_SECONDS,
  );
  const endings = createEndings(store);
  const letters = createLetters({
    mailer: outside.mailer?.(store) ?? createConsoleMailer(log),
    compose: (name, locale, page) => renderer().renderMail(name, { locale, brand: brand.mail, page }),
    issuer: config.issuer,
    fallback: config.locale,
    log,
  });
  const browsers = createBrowsers(store, clock);
  const setPassword = createSetPassword({
    accounts,
    links: createOneTimeLinks(store, clock, accounts),
    browsers,
    hasher,
    endings,
    letters,
    rules: { minLength: config.passwordMin, maxLength: config.passwordMax },
    clock,
  });

  return {
    clock,
    store,
    hasher,
    assets,
    brand,
    get renderer(): Renderer {
      return renderer();
    },
    revisions,
    accounts,
    customers,
    clients,
    signingKeys,
    endings,
    browsers,
    setPassword,
    /** Whether letters reach anybody, or only the log. */
    sendsMail: outside.mailer !== undefined,
    async close(): Promise<void> {
      await hasher.close();
      if (!outside.store) await store.close();
    },
  };
}

export type Core = Awaited<ReturnType<typeof createCore>>;

/** The storage of the configuration, as it is: nothing is prepared or migrated. */
export const openConfiguredStore = (config: Config, clock: Clock = systemClock): Promise<Store> =>
  openStore(config.storage, { now: () => clock.now().getTime() });

/** The hasher of the configuration. */
export const createConfiguredHasher = (config: Config): Hasher =>
  createHasher({
    profile: config.hashProfile,
    peppers: config.secrets.map((secret) => ({
      id: keyId(secret),
      key: deriveKey(secret, 'password pepper', 32),
    })),
    workers: config.hashWorkers,
    queueLimit: config.hashQueue,
  });

/** Asks our own public address. The operator chose it, so it may well be a private one. */
export function createOwnFetcher({ issuer }: Config): Fetcher {
  const { protocol, port } = new URL(issuer);
  return createFetcher({
    allowRanges: createRangeSet(['0.0.0.0/0', '::/0']),
    ports: [Number(port || (protocol === 'https:' ? 443 : 80))],
  });
}

/** What the configuration names files for; throws `ConfigProblems` when one will not do. */
export function readConfiguredFiles(config: Omit<Config, 'secrets'>) {
  const problems: string[] = [];
  const read = <T>(variable: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      problems.push(`${variable} will not do: ${sentenceOf(error)}`);
      return undefined;
    }
  };
  const { clientsFile } = config;
  const fileClients = read('VRATNY_CLIENTS_FILE', () =>
    clientsFile ? readClientsFile(readFileSync(clientsFile, 'utf8')) : new Map(),
  );
  const brand = read('VRATNY_BRAND_LOGO', () =>
    createBrand({
      name: config.brandName,
      accent: config.brandAccent,
      logoFile: config.brandLogo,
      homeUrl: config.homeUrl,
      supportUrl: config.supportUrl,
    }),
  );
  if (!fileClients || !brand) throw new ConfigProblems(problems);
  return { fileClients, brand };
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

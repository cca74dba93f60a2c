// The outside as the configuration names it: hash workers, mail server, SMS gateway, files.

import { readFileSync } from 'node:fs';
import { createFirstTries } from '../adapters/breach/first-tries.ts';
import { openHashFile } from '../adapters/breach/hash-file.ts';
import { createRangeApi } from '../adapters/breach/range-api.ts';
import { createFetcher } from '../adapters/fetch/guarded.ts';
import { openNetworks } from '../adapters/geoip/mmdb.ts';
import { createHasher } from '../adapters/hash/pool.ts';
import { createConsoleMailer } from '../adapters/mail/console.ts';
import { createHttpOldSystem } from '../adapters/old-system/http.ts';
import { openMailer } from '../adapters/registry.ts';
import { createConsoleSms } from '../adapters/sms/console.ts';
import { createHttpSms } from '../adapters/sms/http.ts';
import { mailDomain, mailSenders } from './config/mail-senders.ts';
import type { Config } from './config/options.ts';
import { passwordPolicyOf } from './config/password-policy.ts';
import { readConfiguredUpstreams } from './configured-upstreams.ts';
import { readClientsFile } from './domain/clients/clients-file.ts';
import { isPermission } from './domain/operators/permissions.ts';
import { createBrand, createLogos } from './http/brand.ts';
import { deriveKey, keyId } from './lib/derive.ts';
import type { BreachedPasswords } from './ports/breached-passwords.ts';
import type { Fetcher } from './ports/fetcher.ts';
import type { Hasher } from './ports/hasher.ts';
import type { OldSystem } from './ports/old-system.ts';
import { ConfigProblems } from './config/load.ts';
import { createRangeSet } from './lib/address.ts';
import type { Log } from './lib/log.ts';
import type { Mailer } from './ports/mailer.ts';
import type { SmsSender } from './ports/sms.ts';

const SMS_MILLISECONDS = 10_000;
/** A receiver works before it answers. */
const WEBHOOK_MILLISECONDS = 10_000;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const OLD_SYSTEM_MILLISECONDS = 2000;
const OLD_SYSTEM_AT_ONCE = 20;
/** Nobody waits longer than this for a list of breached passwords. */
const BREACH_MILLISECONDS = 1000;
/** A padded range is about 80 kB; there is room for growth. */
const BREACH_BYTES = 1_048_576;
/** Where a gateway may be asked by plain http: this machine, and networks that are nobody else's. */
const PRIVATE_RANGES = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
] as const;

/** Mail by the configured server; without one the log says that a mail was due. */
export function createConfiguredMailer(config: Config, log: Log): Mailer {
  const { smtpServer: server } = config;
  if (server === undefined) return createConsoleMailer(log);
  return openMailer({ server, from: mailSenders(config), domain: mailDomain(config) });
}

/** Text messages by the configured gateway. The operator chose it, so it may well be at a private address. */
export function createConfiguredSms(config: Config, log: Log): SmsSender {
  const { smsUrl: url, smsToken: token, smsFormat: format, smsFields: fields } = config;
  if (url === undefined) return createConsoleSms(log);
  const fetcher = createFetcher({
    allowRanges: createRangeSet(['0.0.0.0/0', '::/0']),
    allowHttpTo: createRangeSet(PRIVATE_RANGES),
    timeoutMs: SMS_MILLISECONDS,
  });
  return createHttpSms({ url, token, format, fields, fetcher });
}

/** The old system that is asked for unknown names, if one is configured. The operator chose it, as the gateway. */
export function createConfiguredOldSystem({ migrationUrl, migrationToken }: Config): OldSystem | undefined {
  if (migrationUrl === undefined) return undefined;
  const fetcher = createFetcher({
    allowRanges: createRangeSet(['0.0.0.0/0', '::/0']),
    allowHttpTo: createRangeSet(PRIVATE_RANGES),
    timeoutMs: OLD_SYSTEM_MILLISECONDS,
    perTarget: OLD_SYSTEM_AT_ONCE,
  });
  return createHttpOldSystem({ url: migrationUrl, token: migrationToken, fetcher });
}

/** The lists that new passwords are held against: of common ones, all that are long enough for anybody, and of breached ones. */
export function createPasswordLists(config: Omit<Config, 'secrets'>) {
  const { minLength, minLengthWithSecondFactor } = passwordPolicyOf(config);
  return {
    firstTries: createFirstTries({ minLength: Math.min(minLength, minLengthWithSecondFactor) }),
    breachedPasswords: createConfiguredBreachLists(config),
  };
}

/** The lists of breached passwords that are configured: none, a range API, a file, or both. */
export function createConfiguredBreachLists(config: Omit<Config, 'secrets'>): BreachedPasswords[] {
  const { breachUrl: url, breachFile } = config;
  const lists = breachFile === undefined ? [] : [openHashFile(breachFile)];
  if (url === undefined) return lists;
  const fetcher = createFetcher({
    allowRanges: createRangeSet(['0.0.0.0/0', '::/0']),
    allowHttpTo: createRangeSet(PRIVATE_RANGES),
    timeoutMs: BREACH_MILLISECONDS,
    maxBytes: BREACH_BYTES,
  });
  return [...lists, createRangeApi({ url, fetcher })];
}

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

/** Sends events to the hoster's own systems; in the demo they are on this machine. */
export const createWebhookFetcher = ({ demo, fetchAllow }: Config): Fetcher =>
  createFetcher({
    allowRanges: createRangeSet(demo ? [...fetchAllow, ...LOOPBACK] : fetchAllow),
    timeoutMs: WEBHOOK_MILLISECONDS,
  });

/** Asks our own public address. The operator chose it, so it may well be a private one. */
export function createOwnFetcher({ issuer }: Config): Fetcher {
  const { protocol, port } = new URL(issuer);
  return createFetcher({
    allowRanges: createRangeSet(['0.0.0.0/0', '::/0']),
    ports: [Number(port || (protocol === 'https:' ? 443 : 80))],
  });
}

/** Whoever is registered for a scope of the operators' API may use it: no other API may go by the same names. */
function refuseOperatorScopes({ resources }: Pick<Config, 'resources'>): void {
  const own = Object.values(resources)
    .flatMap((scopes) => scopes.split(' '))
    .filter(isPermission);
  if (own.length > 0) throw new Error(`the scope ${own.join(', ')} is one of the operators’ API`);
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
  read('VRATNY_RESOURCES', () => refuseOperatorScopes(config));
  const brand = read('VRATNY_BRAND_LOGO', () =>
    createBrand({
      name: config.brandName,
      accent: config.brandAccent,
      logoFile: config.brandLogo,
      homeUrl: config.homeUrl,
      supportUrl: config.supportUrl,
    }),
  );
  const networks = read('VRATNY_GEOIP_FILES', () => openNetworks(config.geoipFiles));
  read('VRATNY_BREACH_FILE', () => createConfiguredBreachLists(config));
  const upstreams = read('VRATNY_UPSTREAMS_FILE', () => readConfiguredUpstreams(config)) ?? [];
  const logos = read('The logo of an upstream', () =>
    createLogos(
      new Map(upstreams.flatMap(({ name, logo_file: file }) => (file === undefined ? [] : [[name, file]]))),
    ),
  );
  if (!fileClients || !brand || !networks || !logos || problems.length > 0)
    throw new ConfigProblems(problems);
  return { fileClients, brand, networks, logos };
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

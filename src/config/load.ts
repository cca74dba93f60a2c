// Reading the configuration: every problem is found before anything starts, and all are told at once.

import { accessSync, constants, readFileSync } from 'node:fs';
import { parseRange } from '../lib/address.ts';
import { nearest } from '../lib/nearest.ts';
import { describeConfig } from './describe.ts';
import { keptSecret } from './kept-secret.ts';
import { options, type Config } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with the configuration, a sentence each. */
export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(['the configuration has problems:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const DEMO_KEEPS = new Set([
  'VRATNY_PORT',
  'VRATNY_DEMO_PORT',
  'VRATNY_DEMO_MOJEID_PORT',
  'VRATNY_LOG_LEVEL',
  'VRATNY_DEMO',
]);
const MIN_SECRET_LENGTH = 32;

/** The configuration while the secret may still have to be made. */
export type CheckedConfig = Omit<Config, 'secrets'> & { readonly secrets: Config['secrets'] | undefined };

/**
 * The configuration in force. Throws `ConfigProblems` naming every unknown, unreadable or unsafe setting. Outside
 * production a missing secret is made and kept in a file beside the data.
 */
export function loadConfig(env: Environment): Config {
  const config = checkConfig(env);
  return { ...config, secrets: config.secrets ?? [secretFor(config.storage)] };
}

/** The same without making anything. */
export function checkConfig(env: Environment): CheckedConfig {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const set = (variable: string) => env[variable] !== undefined && env[variable] !== '';

  for (const [key, option] of Object.entries(options)) {
    const given = readGiven(env, option.variable, option.secret === true, problems) ?? option.standard;
    if (given === undefined) continue;
    const parsed = option.schema.safeParse(given);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => `${option.variable} ${issue.message}`));
  }
  problems.push(...unknownVariables(env));

  const production = env['NODE_ENV'] === 'production';
  const untouched = Object.keys(env).every(
    (name) => !name.startsWith('VRATNY_') || !set(name) || DEMO_KEEPS.has(name),
  );
  values['demo'] ??= untouched && !production;
  values['issuer'] ??= `http://localhost:${String(values['port'])}`;
  values['production'] = production;
  const config = values as unknown as Omit<CheckedConfig, 'described'>;

  const checks: readonly [boolean, string][] = [
    [production && !set('VRATNY_ISSUER'), 'VRATNY_ISSUER is required in production'],
    [
      production && !set('VRATNY_STORAGE') && !set('VRATNY_STORAGE_FILE'),
      'VRATNY_STORAGE is required in production',
    ],
    [
      production && !set('VRATNY_SECRET') && !set('VRATNY_SECRET_FILE'),
      'VRATNY_SECRET (or VRATNY_SECRET_FILE) is required in production',
    ],
    [production && config.demo, 'VRATNY_DEMO must not be true in production: its passwords are public'],
    [
      !config.totpRemovalApproval && config.totpRemovalWait < 3600,
      'VRATNY_TOTP_REMOVAL_WAIT must be an hour or more when VRATNY_TOTP_REMOVAL_APPROVAL is false',
    ],
    [
      production && !isSafeIssuer(config.issuer),
      'VRATNY_ISSUER must be https in production, unless it is on loopback',
    ],
    [
      production && hasWideProxy(config.trustedProxies),
      'VRATNY_TRUSTED_PROXIES must not trust a range wider than /8 (IPv4) or /32 (IPv6)',
    ],
    [
      production && config.storage === 'sqlite::memory:',
      'VRATNY_STORAGE must not be in memory in production',
    ],
    [
      (config.secrets ?? []).some((secret) => secret.length < MIN_SECRET_LENGTH),
      `VRATNY_SECRET must be at least ${MIN_SECRET_LENGTH} characters: make one with \`openssl rand -base64 32\``,
    ],
  ];
  problems.push(...checks.filter(([failed]) => failed).map(([, message]) => message));
  for (const [variable, file] of [
    ['VRATNY_CLIENTS_FILE', config.clientsFile],
    ['VRATNY_UPSTREAMS_FILE', config.upstreamsFile],
    ['VRATNY_BRAND_LOGO', config.brandLogo],
    ['VRATNY_BREACH_FILE', config.breachFile],
    ...(config.geoipFiles ?? []).map((file) => ['VRATNY_GEOIP_FILES', file] as const),
  ] as const) {
    if (file !== undefined) problems.push(...unreadable(variable, file));
  }
  if (problems.length > 0) throw new ConfigProblems(problems);
  return { ...config, described: describeConfig(config, env) };
}

function unreadable(variable: string, file: string): string[] {
  try {
    accessSync(file, constants.R_OK);
    return [];
  } catch (error) {
    return [`${variable} cannot be read: ${(error as Error).message}`];
  }
}

function secretFor(storage: string): string {
  try {
    return keptSecret(storage);
  } catch (error) {
    const why = (error as Error).message;
    throw new ConfigProblems([`VRATNY_SECRET is not set, and none can be kept beside the data: ${why}`]);
  }
}

function readGiven(
  env: Environment,
  variable: string,
  secret: boolean,
  problems: string[],
): string | undefined {
  const value = env[variable];
  const file = secret ? env[`${variable}_FILE`] : undefined;
  if (value && file) problems.push(`${variable} and ${variable}_FILE are both set: keep one`);
  if (value) return value;
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push(`${variable}_FILE cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

function unknownVariables(env: Environment): string[] {
  const known = Object.values(options).flatMap(({ variable, ...option }): string[] =>
    'secret' in option ? [variable, `${variable}_FILE`] : [variable],
  );
  return Object.keys(env)
    .filter((name) => name.startsWith('VRATNY_') && !known.includes(name))
    .map((name) => `${name} is not an option: did you mean ${nearest(name, known)}?`);
}

function isSafeIssuer(issuer: string): boolean {
  const url = URL.parse(issuer);
  return url?.protocol === 'https:' || LOOPBACK_HOSTS.has(url?.hostname ?? '');
}

const hasWideProxy = (proxies: readonly string[] | undefined): boolean =>
  (proxies ?? []).some((proxy) => {
    const range = proxy === 'unix' ? undefined : parseRange(proxy);
    return range !== undefined && range.prefix < (range.family === 4 ? 8 : 32);
  });

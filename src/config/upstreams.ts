// The upstreams of the configuration: those of a JSON file, and MojeID by its own short options.

import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import type { Config } from './options.ts';

const text = z.string().trim().min(1, { error: 'must not be empty' });
const list = z.array(text, { error: 'must be a list of texts' });
const absoluteUrl = text.refine(
  (value) => {
    const url = URL.parse(value);
    return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '';
  },
  { error: 'must be an http or https URL' },
);

/** A level that clients ask for: one word of `acr_values`, and none of those that we prove ourselves. */
const LEVEL = /^(?!urn:vratny:)[\x21-\x7e]{1,200}$/;

/** RFC 7518 §3.1 without `none` and without HMAC, whose key is a secret of ours and of theirs. */
const signingAlgs = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

const authMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
] as const;

const entry = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,32}$/, { error: 'must be 1 to 32 of a-z, 0-9 and -' }),
    kind: z.enum(['oidc', 'mojeid'], { error: 'must be oidc or mojeid' }),
    // Compared character by character, so nothing is trimmed or added: a final slash belongs to it.
    issuer: absoluteUrl.refine((value) => !/[?#]/.test(value), { error: 'must have no query or fragment' }),
    client_id: text,
    client_secret: text.optional(),
    client_secret_file: text.optional(),
    client_key_file: text.optional(),
    client_key_id: text.optional(),
    label: text.max(40, { error: 'must be at most 40 characters' }).optional(),
    enabled: z.boolean({ error: 'must be true or false' }).optional(),
    token_endpoint_auth_method: z
      .enum(authMethods, { error: `must be one of ${authMethods.join(', ')}` })
      .optional(),
    id_token_signed_response_alg: z
      .enum(signingAlgs, { error: `must be one of ${signingAlgs.join(', ')}` })
      .optional(),
    subject_type: z.enum(['public', 'pairwise'], { error: 'must be public or pairwise' }).optional(),
    scopes: list
      .refine((names) => names.includes('openid') && !names.includes('offline_access'), {
        error: 'must have openid, and not offline_access: tokens are dropped after the sign-in',
      })
      .optional(),
    required_claims: list.optional(),
    optional_claims: list.optional(),
    claims_parameter: z.boolean({ error: 'must be true or false' }).optional(),
    trusts_email: z.boolean({ error: 'must be true or false' }).optional(),
    levels_enough: list.optional(),
    levels: z
      .record(z.string(), list, { error: 'must name for each level those of the upstream that fulfil it' })
      .refine((value) => Object.keys(value).every((name) => LEVEL.test(name)), {
        error: 'must be called without spaces, and by none of our own names: for those is levels_enough',
      })
      .optional(),
    compare_at_sign_in: z.boolean({ error: 'must be true or false' }).optional(),
    hosts: list.optional(),
    logout_url: absoluteUrl.optional(),
    logo_file: text.optional(),
  })
  .refine(
    ({ client_secret: secret, client_secret_file: file, client_key_file: key }) =>
      [secret, file, key].filter((value) => value !== undefined).length === 1,
    { error: 'needs one of client_secret, client_secret_file and client_key_file' },
  )
  .refine(
    ({ token_endpoint_auth_method: method, client_key_file: key }) =>
      (method === 'private_key_jwt') === (key !== undefined),
    { error: 'has a client_key_file for private_key_jwt, and only for that' },
  );

/**
 * One upstream as it is configured; what is absent is the choice of its kind. The secret is a private key in PEM where
 * the method is `private_key_jwt`.
 */
export type UpstreamSettings = Omit<
  z.output<typeof entry>,
  'client_secret' | 'client_secret_file' | 'client_key_file'
> & {
  readonly client_secret: string;
};

export type UpstreamsContext = {
  /** Reads the file that `client_secret_file` names; throws when it cannot be. */
  readonly readFile: (name: string) => string;
  /** In production every issuer is https. */
  readonly production: boolean;
};

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The upstreams of a file's text. Throws `bad_request` with every problem of every upstream, each with the upstream's
 * name (or its place in the array), and without any value of it.
 */
export function readUpstreamsFile(file: string, context: UpstreamsContext): UpstreamSettings[] {
  const problems: string[] = [];
  const found: UpstreamSettings[] = [];
  for (const [index, given] of entriesOf(file).entries()) {
    const name = (given as { name?: unknown } | null)?.name;
    const called = typeof name === 'string' ? `upstream ${name}` : `upstream number ${index + 1}`;
    const tell = (problem: string) => void problems.push(`${called}: ${problem}`);
    const parsed = entry.safeParse(given);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) tell(`${issue.path.join('.') || 'it'} ${sentenceOf(issue)}`);
      continue;
    }
    const settings = withSecret(parsed.data, context, tell);
    if (!isSafe(parsed.data.issuer, context.production)) tell('issuer must be https');
    if (found.some((other) => other.name === parsed.data.name)) tell('is there twice');
    if (found.some((other) => other.issuer === parsed.data.issuer)) tell('has the issuer of another one');
    if (settings) found.push(settings);
  }
  if (problems.length > 0) throw fileProblem(problems);
  return found;
}

/** MojeID of the short options, if they are set. Throws `bad_request` when one of the two that belong together lacks. */
export function mojeidOf(
  config: Pick<
    Config,
    | 'mojeidClientId'
    | 'mojeidClientSecret'
    | 'mojeidIssuer'
    | 'mojeidAuthMethod'
    | 'mojeidLevels'
    | 'mojeidCompare'
    | 'mojeidLogo'
    | 'production'
  >,
): UpstreamSettings | undefined {
  const { mojeidClientId: id, mojeidClientSecret: secret, mojeidIssuer: issuer } = config;
  if (id === undefined && secret === undefined) return undefined;
  if (id === undefined || secret === undefined)
    throw fileProblem(['VRATNY_MOJEID_CLIENT_ID and VRATNY_MOJEID_CLIENT_SECRET belong together']);
  if (!isSafe(issuer, config.production)) throw fileProblem(['VRATNY_MOJEID_ISSUER must be https']);
  return {
    name: 'mojeid',
    kind: 'mojeid',
    issuer,
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: config.mojeidAuthMethod,
    levels_enough: [...config.mojeidLevels],
    compare_at_sign_in: config.mojeidCompare,
    ...(config.mojeidLogo === undefined ? {} : { logo_file: config.mojeidLogo }),
  };
}

function entriesOf(file: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(file);
  } catch {
    // The parser's own sentence would repeat a piece of the file, and a secret may be there.
    throw fileProblem(['is not JSON']);
  }
  if (!Array.isArray(parsed)) throw fileProblem(['must hold an array of upstreams']);
  return parsed;
}

function withSecret(
  { client_secret: given, client_secret_file, client_key_file, ...rest }: z.output<typeof entry>,
  { readFile }: UpstreamsContext,
  tell: (problem: string) => void,
): UpstreamSettings | undefined {
  if (given !== undefined) return { ...rest, client_secret: given };
  const field = client_key_file === undefined ? 'client_secret_file' : 'client_key_file';
  try {
    const secret = readFile(client_key_file ?? client_secret_file!).trim();
    const wrong = secret === '' ? 'is empty' : field === 'client_key_file' ? keyProblem(secret) : undefined;
    if (wrong === undefined) return { ...rest, client_secret: secret };
    tell(`${field} ${wrong}`);
  } catch (error) {
    tell(`${field} cannot be read: ${(error as Error).message}`);
  }
  return undefined;
}

/** What is wrong with a private key that is to sign assertions (RFC 7523). */
function keyProblem(pem: string): string | undefined {
  try {
    const { asymmetricKeyType: kind, asymmetricKeyDetails: details = {} } = createPrivateKey(pem);
    const isGood =
      (kind === 'rsa' && (details.modulusLength ?? 0) >= 2048) ||
      (kind === 'ec' && details.namedCurve === 'prime256v1') ||
      kind === 'ed25519';
    return isGood ? undefined : 'is none of RSA from 2048 bits, P-256 and Ed25519';
  } catch {
    return 'is no private key in PEM';
  }
}

/** https, or this machine outside production: for a simulator. */
function isSafe(issuer: string, production: boolean): boolean {
  const url = URL.parse(issuer);
  return url?.protocol === 'https:' || (!production && LOOPBACK_HOSTS.has(url?.hostname ?? ''));
}

const sentenceOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys' ? `has unknown fields: ${issue.keys.join(', ')}` : issue.message;

const fileProblem = (problems: readonly string[]): AppError =>
  new AppError('bad_request', { detail: problems.join('; ') });

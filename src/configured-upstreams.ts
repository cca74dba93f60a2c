// The identity providers of the configuration, each with what its kind chooses where the operator says nothing.

import { readFileSync } from 'node:fs';
import { createFetcher } from '../adapters/fetch/guarded.ts';
import { openUpstream } from '../adapters/registry.ts';
import type { Config } from './config/options.ts';
import { mojeidOf, readUpstreamsFile, type UpstreamSettings } from './config/upstreams.ts';
import { createRangeSet } from './lib/address.ts';
import { AppError } from './lib/app-error.ts';
import type { Log } from './lib/log.ts';
import type { Clock } from './ports/clock.ts';
import type { Fetcher } from './ports/fetcher.ts';
import type { ConfiguredUpstream } from './ports/upstream.ts';

/** A person waits for it in the middle of a sign-in. */
const UPSTREAM_MILLISECONDS = 5000;
const UPSTREAM_AT_ONCE = 20;

const EIDAS = 'http://eidas.europa.eu/LoA';

/** What an upstream's kind chooses where the configuration says nothing. */
const KINDS = {
  oidc: {
    scopes: ['openid', 'email', 'profile'],
    requiredClaims: [],
    optionalClaims: ['email', 'email_verified', 'name', 'given_name', 'family_name'],
    claimsParameter: undefined,
    trustsEmail: false,
    levels: {},
    logoutUrl: (_issuer: string): string | undefined => undefined,
  },
  mojeid: {
    // `profile` would hand over birth date, gender and more: names are asked for one by one.
    scopes: ['openid', 'email', 'phone', 'address'],
    requiredClaims: [],
    // None is required: whoever hands over less still signs in.
    optionalClaims:
      'email email_verified given_name family_name name phone_number address mojeid_username mojeid_organization mojeid_ident_vat mojeid_vat mojeid_address_def mojeid_address_bill'.split(
        ' ',
      ),
    claimsParameter: true,
    trustsEmail: true,
    // Of people whom the national point has identified; nobody is asked for them unless a client does.
    levels: {
      [`${EIDAS}/substantial`]: [`${EIDAS}/substantial`, `${EIDAS}/high`],
      [`${EIDAS}/high`]: [`${EIDAS}/high`],
    },
    // A page for people, not a protocol: https://mojeid.cz/logout/ beside https://mojeid.cz/oidc/.
    logoutUrl: (issuer: string): string | undefined => new URL('/logout/', issuer).href,
  },
} as const;

/**
 * The upstreams of the configuration, as the domain sees them. Nothing is asked of them before somebody signs in.
 * Throws `AppError` `bad_request` when the file or the short options will not do.
 */
export function createConfiguredUpstreams(
  config: Omit<Config, 'secrets'>,
  log: Log,
  clock: Clock,
  logoUrlOf: (name: string) => string | undefined = () => undefined,
): ConfiguredUpstream[] {
  return readConfiguredUpstreams(config).map((settings) => {
    const { name, kind, issuer } = settings;
    const standard = KINDS[kind];
    const logoutUrl = settings.logout_url ?? standard.logoutUrl(issuer);
    const logoUrl = logoUrlOf(name);
    return {
      name,
      kind,
      label: settings.label ?? (kind === 'mojeid' ? 'MojeID' : name),
      issuer,
      enabled: settings.enabled ?? true,
      trustsEmail: settings.trusts_email ?? standard.trustsEmail,
      levelsEnough: settings.levels_enough ?? [],
      levels: settings.levels ?? standard.levels,
      comparesAtSignIn: settings.compare_at_sign_in ?? false,
      ...(logoutUrl !== undefined && { logoutUrl }),
      ...(logoUrl !== undefined && { logoUrl }),
      upstream: openUpstream(kind, {
        name,
        issuer,
        clientId: settings.client_id,
        clientSecret: settings.client_secret,
        clientKeyId: settings.client_key_id,
        authMethod: settings.token_endpoint_auth_method ?? 'client_secret_basic',
        signingAlg: settings.id_token_signed_response_alg ?? 'RS256',
        subjectType: settings.subject_type,
        scopes: settings.scopes ?? standard.scopes,
        requiredClaims: settings.required_claims ?? standard.requiredClaims,
        optionalClaims: settings.optional_claims ?? standard.optionalClaims,
        claimsParameter: settings.claims_parameter ?? standard.claimsParameter,
        hosts: settings.hosts ?? [],
        fetcher: upstreamFetcher(config, settings),
        clock,
        log,
      }),
    };
  });
}

/** The settings of the file and of the short options; throws `bad_request`. */
export function readConfiguredUpstreams(config: Omit<Config, 'secrets'>): UpstreamSettings[] {
  const readFile = (name: string) => readFileSync(name, 'utf8');
  const { upstreamsFile: file, production } = config;
  const listed = file === undefined ? [] : readUpstreamsFile(readFile(file), { readFile, production });
  const mojeid = mojeidOf(config);
  if (mojeid && listed.some(({ name, issuer }) => name === mojeid.name || issuer === mojeid.issuer))
    throw new AppError('bad_request', {
      detail: 'MojeID is there already by VRATNY_MOJEID_CLIENT_ID: keep one',
    });
  return mojeid ? [...listed, mojeid] : listed;
}

/** Asks an upstream: public addresses by https, and what the operator opened. Plain http only to this machine. */
function upstreamFetcher(
  config: Pick<Config, 'demo' | 'fetchAllow'>,
  { issuer, hosts = [] }: UpstreamSettings,
): Fetcher {
  const loopback = ['127.0.0.0/8', '::1/128'];
  const portsOf = [issuer, ...hosts.map((host) => `https://${host}`)].map((url) => URL.parse(url)?.port);
  return createFetcher({
    allowRanges: createRangeSet(config.demo ? [...config.fetchAllow, ...loopback] : config.fetchAllow),
    allowHttpTo: createRangeSet(loopback),
    ports: portsOf.filter(Boolean).map(Number),
    timeoutMs: UPSTREAM_MILLISECONDS,
    perTarget: UPSTREAM_AT_ONCE,
  });
}

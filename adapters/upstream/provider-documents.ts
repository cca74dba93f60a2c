// What a provider publishes of itself, its metadata and its keys: checked before anything of it is used, kept for a
// while, and asked for again no more often than an outage or a forger could make us.

import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { requireJsonType } from '../../src/lib/json-answer.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Fetcher } from '../../src/ports/fetcher.ts';
import { UpstreamRefused } from '../../src/ports/upstream.ts';

export type ProviderMetadata = {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** A provider need not have one (OpenID Connect Discovery §3). */
  readonly userinfoEndpoint?: string;
  readonly jwksUri: string;
  readonly sendsIssuer: boolean;
  readonly takesClaims: boolean;
};

export type ProviderOptions = {
  readonly issuer: string;
  /** Hosts besides the issuer's. */
  readonly hosts: readonly string[];
  readonly signingAlg: string;
  readonly fetcher: Fetcher;
  readonly clock: Clock;
};

const HOUR = 3_600_000;
/** What is older is asked for again before it is used. */
const FRESH = HOUR;
/** While the provider's metadata cannot be had, what was had before serves so long. Keys never do. */
const STALE = 24 * HOUR;
const AFTER_FAILURE = 5000;
/** A key that is not there may be a new one: it is looked for, but not for every forger. */
const AFTER_UNKNOWN_KEY = 30_000;
const MOST_KEYS = 50;

/** The documents of one provider. Every function rejects with `UpstreamRefused`: `unavailable`, or `invalid` for a key. */
export function createProviderDocuments({ issuer, hosts, signingAlg, fetcher, clock }: ProviderOptions) {
  const now = () => clock.now().getTime();

  async function getJson(url: string, what: string): Promise<Record<string, unknown>> {
    let value: unknown;
    try {
      const response = await fetcher(url, { headers: { accept: 'application/json' } });
      if (response.status !== 200) throw new Error(`answered ${response.status}`);
      // OpenID Connect Discovery §4.2 for the metadata; keys are held to the same.
      requireJsonType(response);
      const text = await response.text();
      try {
        value = JSON.parse(text);
      } catch {
        throw new Error('is not JSON');
      }
    } catch (error) {
      throw unavailable(`${what}: ${(error as Error).message}`);
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    throw unavailable(`${what}: is no JSON object`);
  }

  const metadata = kept({
    freshMilliseconds: FRESH,
    staleMilliseconds: STALE,
    now,
    // OpenID Connect Discovery §4.1: a final slash of the issuer is not doubled, and stays in the issuer.
    read: async () =>
      checkMetadata(
        await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, 'metadata'),
        { issuer, hosts, signingAlg },
      ),
  });

  const keys = kept({
    freshMilliseconds: FRESH,
    staleMilliseconds: FRESH,
    now,
    read: async () => {
      const { jwksUri } = await metadata.get();
      const { keys: found } = await getJson(jwksUri, 'keys');
      if (!Array.isArray(found) || found.length > MOST_KEYS)
        throw unavailable('keys: are not a list of keys');
      try {
        return createLocalJWKSet({ keys: found });
      } catch {
        throw unavailable('keys: are no keys');
      }
    },
  });
  let searchedAt = Number.NEGATIVE_INFINITY;

  const key: JWTVerifyGetKey = async (header, token) => {
    try {
      return await (
        await keys.get()
      )(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || now() - searchedAt < AFTER_UNKNOWN_KEY) throw error;
      searchedAt = now();
      return (await keys.renew())(header, token);
    }
  };

  return { metadata: metadata.get, keys: keys.get, key };
}

type Kept<T> = {
  readonly freshMilliseconds: number;
  readonly staleMilliseconds: number;
  readonly now: () => number;
  readonly read: () => Promise<T>;
};

/** A value that is read when it is needed, by one at a time, and not again at once when that failed. */
function kept<T>({ freshMilliseconds, staleMilliseconds, now, read }: Kept<T>) {
  let held: { readonly value: T; readonly at: number } | undefined;
  let failed: { readonly error: unknown; readonly at: number } | undefined;
  let reading: Promise<T> | undefined;

  const renew = (): Promise<T> =>
    (reading ??= read()
      .then(
        (value) => {
          held = { value, at: now() };
          failed = undefined;
          return value;
        },
        (error: unknown) => {
          failed = { error, at: now() };
          throw error;
        },
      )
      .finally(() => {
        reading = undefined;
      }));

  return {
    renew,
    async get(): Promise<T> {
      if (held && now() - held.at < freshMilliseconds) return held.value;
      const usable = held && now() - held.at < staleMilliseconds ? held.value : undefined;
      if (failed && now() - failed.at < AFTER_FAILURE) {
        if (usable !== undefined) return usable;
        throw failed.error;
      }
      try {
        return await renew();
      } catch (error) {
        if (usable !== undefined) return usable;
        throw error;
      }
    },
  };
}

function checkMetadata(
  found: Record<string, unknown>,
  { issuer, hosts, signingAlg }: Pick<ProviderOptions, 'issuer' | 'hosts' | 'signingAlg'>,
): ProviderMetadata {
  // OpenID Connect Discovery §4.3: identical, character by character.
  if (found['issuer'] !== issuer) throw unavailable('metadata: are of another issuer');
  const { protocol, host } = new URL(issuer);
  const endpoint = (name: string): string => {
    const value = found[name];
    const url = typeof value === 'string' ? URL.parse(value) : null;
    if (url === null) throw unavailable(`metadata: ${name} is no URL`);
    // A provider on this machine may speak http, others must not be led back to it.
    if (url.protocol !== protocol || url.username !== '' || url.password !== '')
      throw unavailable(`metadata: ${name} is not ${protocol.slice(0, -1)}`);
    if (url.host !== host && !hosts.includes(url.host))
      throw unavailable(`metadata: ${name} is at ${url.host}, which is not among the hosts of this upstream`);
    return value as string;
  };
  const algs = found['id_token_signing_alg_values_supported'];
  if (Array.isArray(algs) && !algs.includes(signingAlg))
    throw unavailable(`metadata: ID tokens are not signed by ${signingAlg}`);
  return {
    issuer,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    ...(found['userinfo_endpoint'] !== undefined && { userinfoEndpoint: endpoint('userinfo_endpoint') }),
    jwksUri: endpoint('jwks_uri'),
    sendsIssuer: found['authorization_response_iss_parameter_supported'] === true,
    takesClaims: found['claims_parameter_supported'] === true,
  };
}

const unavailable = (detail: string): UpstreamRefused => new UpstreamRefused('unavailable', detail);

// The kind of a bearer value and the moment it was made, written in front of it. Asked about a token, the store looks in
// one place instead of three, and scanners for leaked secrets know ours when they see them; and tokens that are made
// together lie together in the store.

import type Engine from 'oidc-provider';
import { API_TOKEN_PREFIX } from '../domain/api-tokens/api-tokens.ts';
import { digest } from '../lib/digest.ts';
import type { Clock } from '../ports/clock.ts';

const prefixes = {
  AccessToken: 'vratny_at_',
  ClientCredentials: 'vratny_ct_',
  DeviceCode: 'vratny_dc_',
  RefreshToken: 'vratny_rt_',
  RegistrationAccessToken: 'vratny_rat_',
} as const;

type Kind = keyof typeof prefixes;
type Token = { format?: string; generateTokenId: () => string };

const kinds = Object.entries(prefixes);

/** Whether a value says that it is an API token, which the engine knows nothing of. */
export const isApiToken = (value: string): boolean => value.startsWith(API_TOKEN_PREFIX);

/**
 * Whether a value may be of this kind. Values from before there were prefixes name no kind, so they may be of any; that
 * one of those begins like a prefix by chance happens once in 10^17.
 */
export function mayBeOf(kind: string, value: string): boolean {
  if (isApiToken(value)) return false;
  const named = kinds.find(([, prefix]) => value.startsWith(prefix));
  return named === undefined || named[0] === kind;
}

/** Milliseconds since 1970 in as many letters and digits as sort by time until the year 2059. */
const momentOf = (now: Date): string => now.getTime().toString(36).padStart(8, '0');

/** A token with its moment; one from before there were moments is nine characters shorter. */
const timed = /^vratny_[a-z]+_([0-9a-z]{8})_[\w-]{43}$/;

/**
 * The id that a bearer value is stored under: its hash, after its moment if it has one. Ids in the order of time are
 * written next to each other, where hashes alone would touch a page of the file each: a token costs the writing thread
 * half.
 */
export function storedIdOf(value: string): string {
  const moment = timed.exec(value)?.[1];
  return moment === undefined ? digest(value) : `${moment}-${digest(value)}`;
}

/** Makes the engine begin the opaque tokens that it issues with their kind and moment. The `jti` of a JWT stays as it is. */
export function nameTokenKinds(provider: Engine, clock: Clock): void {
  for (const [kind, prefix] of kinds) {
    const prototype = provider[kind as Kind].prototype as unknown as Token;
    const generate = prototype.generateTokenId;
    prototype.generateTokenId = function generateTokenId(this: Token) {
      const value = generate.call(this);
      return this.format === 'jwt' ? value : `${prefix}${momentOf(clock.now())}_${value}`;
    };
  }
}

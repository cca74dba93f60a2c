// The kind of a bearer value, written in front of it: asked about a token, the store looks in one place instead of
// three, and scanners for leaked secrets know ours when they see them.

import type Engine from 'oidc-provider';
import { API_TOKEN_PREFIX } from '../domain/api-tokens/api-tokens.ts';

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

/** Makes the engine begin the opaque tokens that it issues with their kind. The `jti` of a JWT stays as it is. */
export function nameTokenKinds(provider: Engine): void {
  for (const [kind, prefix] of kinds) {
    const prototype = provider[kind as Kind].prototype as unknown as Token;
    const generate = prototype.generateTokenId;
    prototype.generateTokenId = function generateTokenId(this: Token) {
      const value = generate.call(this);
      return this.format === 'jwt' ? value : prefix + value;
    };
  }
}

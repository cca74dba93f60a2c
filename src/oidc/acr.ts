// Levels of authentication that an ID token can carry (OpenID Connect Core §2, `acr`), and who asks for which.

import type { KoaContextWithOIDC } from 'oidc-provider';

export const ONE_FACTOR = 'urn:vratny:acr:one-factor';
export const MULTI_FACTOR = 'urn:vratny:acr:multi-factor';
export type Acr = typeof ONE_FACTOR | typeof MULTI_FACTOR;

/** All levels, weakest first. */
export const acrValues: readonly Acr[] = [ONE_FACTOR, MULTI_FACTOR];

type Asked = { readonly value?: unknown; readonly values?: readonly unknown[] } | null | undefined;

/**
 * Whether a request asks for two factors: by the first of its `acr_values` that we know (Core §3.1.2.1: in order of
 * preference), or by `acr` in its `claims` when no lower level would do (§5.5.1.1).
 */
export function wantsMultiFactor(acrParameter: unknown, claimsParameter: unknown): boolean {
  const isKnown = (value: unknown): value is Acr => acrValues.includes(value as Acr);
  const preferred = typeof acrParameter === 'string' ? acrParameter.split(' ').find(isKnown) : undefined;
  if (preferred === MULTI_FACTOR) return true;
  const asked = acrClaim(claimsParameter);
  const values = [asked?.value, ...(asked?.values ?? [])].filter(isKnown);
  return values.length > 0 && values[0] === MULTI_FACTOR;
}

/** What a `claims` parameter says of `acr` in the ID token. */
function acrClaim(text: unknown): Asked {
  if (typeof text !== 'string') return undefined;
  try {
    return (JSON.parse(text) as { id_token?: { acr?: Asked } }).id_token?.acr;
  } catch {
    return undefined;
  }
}

/** The same of a request that the engine is working on. */
export const requestWantsMultiFactor = ({ oidc }: KoaContextWithOIDC): boolean =>
  wantsMultiFactor(oidc.params?.['acr_values'], oidc.params?.['claims']);

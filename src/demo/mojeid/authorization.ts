// The authorization endpoint of the simulated MojeID: what is asked for, and what comes next. It does what pyoidc does,
// also where that is not what the standard says.

import type { Person } from './people.ts';
import type { Faults } from './faults.ts';
import { claimNames, fullAccessClaims, scopeClaims } from './metadata.ts';
import type { Service, Services } from './clients.ts';

/** An authorization request that can be answered. */
export type Wish = {
  readonly service: Service;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly nonce: string | null;
  readonly scope: readonly string[];
  /** Absent when the claims parameter has no such member. */
  readonly idTokenClaims: Readonly<Record<string, unknown>> | undefined;
  readonly userinfoClaims: Readonly<Record<string, unknown>>;
  readonly prompt: readonly string[];
  readonly maxAge: number;
  readonly acrValues: readonly string[];
  readonly challenge: string | null;
};

export type Session = {
  readonly personId: string;
  /** Seconds since 1970. */
  readonly authTime: number;
  readonly level: string;
};

export type Reading =
  | { readonly kind: 'wish'; readonly wish: Wish }
  /** Nobody can be sent back: there is no such service, or it has no such address. */
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'back'; readonly url: string };

/** Reads a request; where it is wrong but the service is known, the error goes back there, with the state. */
export function readWish(params: URLSearchParams, services: Services, faults: Faults): Reading {
  const service = services.find(params.get('client_id'));
  if (!service) return { kind: 'refused', error: 'unauthorized_client' };
  const redirectUri = params.get('redirect_uri');
  if (redirectUri === null || !service.redirectUris.includes(redirectUri))
    return { kind: 'refused', error: 'redirect_uri_mismatch' };
  const state = params.get('state');
  const wrong = (error: string): Reading => ({
    kind: 'back',
    url: withParams(redirectUri, { error, ...(state !== null && { state }) }),
  });
  const scope = wordsOf(params.get('scope'));
  if (params.get('response_type') !== 'code') return wrong('unsupported_response_type');
  if (!scope.includes('openid')) return wrong('invalid_request');
  if (faults.has('pkce-enforced') && params.get('code_challenge_method') !== 'S256')
    return wrong('invalid_request');
  const claims = jsonOf(params.get('claims'));
  if (claims === undefined) return wrong('invalid_request');
  return {
    kind: 'wish',
    wish: {
      service,
      redirectUri,
      state,
      nonce: params.get('nonce'),
      scope,
      idTokenClaims: claims['id_token'] as Record<string, unknown> | undefined,
      userinfoClaims: (claims['userinfo'] ?? {}) as Record<string, unknown>,
      prompt: wordsOf(params.get('prompt')),
      maxAge: Number(params.get('max_age') ?? 0),
      acrValues: wordsOf(params.get('acr_values')),
      challenge: params.get('code_challenge'),
    },
  };
}

/** Whether the person has to sign in (anew), or the answer when they cannot be asked; no error here carries a state. */
export function whoIsThere(
  wish: Wish,
  session: Session | undefined,
  now: Date,
): 'login' | 'signed-in' | { readonly back: string } {
  // Zero is as good as nothing: pyoidc asks `if max_age`.
  const isOld =
    session !== undefined && wish.maxAge > 0 && now.getTime() / 1000 - session.authTime > wish.maxAge;
  const wanted = wantedLevels(wish);
  const isLow = session !== undefined && wanted.length > 0 && !wanted.includes(session.level);
  if (session && !isOld && !isLow && !wish.prompt.includes('login')) return 'signed-in';
  if (wish.prompt.includes('none'))
    return { back: withParams(wish.redirectUri, { error: 'login_required' }) };
  return 'login';
}

/** The level that this person signs in with; `undefined` when one is demanded that they do not have. */
export function levelFor(wish: Wish, person: Person): string | undefined {
  const available = ['pwd', ...person.levels];
  const wanted = wantedLevels(wish);
  if (wanted.length > 0) return wanted.find((level) => available.includes(level));
  // A preference falls back to the best there is.
  if (wish.acrValues.length === 0) return 'pwd';
  return wish.acrValues.find((level) => available.includes(level)) ?? available.at(-1);
}

/** The answer when the level cannot be had: without a state, like pyoidc. */
export const levelRefused = (wish: Wish): string => withParams(wish.redirectUri, { error: 'access_denied' });

function wantedLevels({ idTokenClaims }: Wish): string[] {
  const acr = idTokenClaims?.['acr'] as { value?: string; values?: string[] } | null | undefined;
  return acr?.values ?? (acr?.value === undefined ? [] : [acr.value]);
}

export type Item = { readonly claim: string; readonly value: unknown; readonly required: boolean };

/** What would be handed over: of what is asked for, that which exists, is allowed and is there. */
export function itemsOf(wish: Wish, person: Person): Item[] {
  const byScope = wish.scope.flatMap((scope) => scopeClaims[scope] ?? []);
  const named = { ...wish.idTokenClaims, ...wish.userinfoClaims };
  const isRequired = (claim: string) =>
    (named[claim] as { essential?: boolean } | null | undefined)?.essential === true;
  return [...new Set([...byScope, ...Object.keys(named)])]
    .filter((claim) => claimNames.includes(claim) && claim !== 'sub')
    .filter((claim) => wish.service.fullAccess || !fullAccessClaims.has(claim))
    .flatMap((claim) => {
      const value = person.claims[claim];
      return value === undefined ? [] : [{ claim, value, required: isRequired(claim) }];
    });
}

/** Where the browser goes with a code. The issuer and the client are named though nobody promised it. */
export function answerWith(
  wish: Wish,
  code: string,
  issuer: string,
  faults: Faults,
  personId: string,
): string {
  const has = (name: Parameters<Faults['has']>[0]) => faults.has(name, personId);
  const url = new URL(wish.redirectUri);
  if (!has('code-absent')) url.searchParams.set('code', code);
  if (wish.state !== null && !has('state-absent'))
    url.searchParams.set('state', has('state-other') ? `${wish.state}x` : wish.state);
  if (!has('iss-absent'))
    url.searchParams.set('iss', has('iss-other') ? 'https://other.example/oidc/' : issuer);
  if (has('iss-twice')) url.searchParams.append('iss', 'https://other.example/oidc/');
  url.searchParams.set('client_id', wish.service.id);
  return url.href;
}

/** An address with further parameters. */
export function withParams(address: string, params: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

const wordsOf = (value: string | null): string[] => (value ?? '').split(' ').filter(Boolean);

function jsonOf(value: string | null): Record<string, unknown> | undefined {
  try {
    return JSON.parse(value ?? '{}') as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

// The ID token of an upstream: who signed in there, when and how strongly. Nothing is asked or believed before it has
// passed (OpenID Connect Core §3.1.3.7).

import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { secretsEqual } from '../../src/lib/digest.ts';
import { UpstreamRefused, type UpstreamTicket } from '../../src/ports/upstream.ts';

/** How far two clocks may be apart. */
export const TOLERANCE_SECONDS = 60;
/** OpenID Connect Core §2. */
const LONGEST_SUBJECT = 255;
const LONGEST_LEVEL = 200;

export type Expected = {
  readonly issuer: string;
  readonly clientId: string;
  readonly signingAlg: string;
  readonly key: JWTVerifyGetKey;
  readonly now: Date;
  readonly ticket: UpstreamTicket;
};

export type SignedIn = {
  readonly subject: string;
  readonly authTime?: number;
  readonly acr?: string;
  /** All that it says. */
  readonly claims: Readonly<Record<string, unknown>>;
};

/** What a token says that is proved to be for this ticket. Rejects with `UpstreamRefused`. */
export async function verifyIdToken(token: string, expected: Expected): Promise<SignedIn> {
  const claims = await verifySignature(token, expected);
  const { issuer: _issuer, clientId, now, ticket } = expected;
  const nowSeconds = now.getTime() / 1000;
  // Several audiences: the token may have been given to another one of them.
  if (Array.isArray(claims.aud) && claims.aud.length > 1 && claims['azp'] === undefined)
    throw invalid('the ID token has several audiences and no azp');
  if (claims['azp'] !== undefined && claims['azp'] !== clientId)
    throw invalid('the ID token is for another client');
  if (claims.iat! > nowSeconds + TOLERANCE_SECONDS) throw invalid('the ID token is of the future');
  const nonce = claims['nonce'];
  if (typeof nonce !== 'string' || !secretsEqual(nonce, ticket.nonce))
    throw invalid('the ID token is of another sign-in');
  const { sub: subject } = claims;
  if (typeof subject !== 'string' || subject.length > LONGEST_SUBJECT || !/^[\x20-\x7e]+$/.test(subject))
    throw invalid('the ID token has no usable subject');
  const authTime = authTimeOf(claims, nowSeconds);
  checkFreshness(authTime, ticket, nowSeconds);
  const acr = levelOf(claims['acr']);
  const { acrValues = [] } = ticket;
  if (acrValues.length > 0 && (acr === undefined || !acrValues.includes(acr)))
    throw new UpstreamRefused('level_unmet', 'the sign-in has none of the levels demanded');
  return { subject, claims, ...(authTime !== undefined && { authTime }), ...(acr !== undefined && { acr }) };
}

async function verifySignature(token: string, expected: Expected): Promise<JWTPayload> {
  const { issuer, clientId, signingAlg, key, now } = expected;
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [signingAlg],
      issuer,
      audience: clientId,
      currentDate: now,
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'],
    });
    return payload;
  } catch (error) {
    if (error instanceof UpstreamRefused) throw error;
    // The messages of these errors may repeat what is in the token; their codes do not.
    throw invalid(
      `the ID token does not pass: ${error instanceof errors.JOSEError ? error.code : 'unreadable'}`,
    );
  }
}

function authTimeOf(claims: JWTPayload, nowSeconds: number): number | undefined {
  const value = claims['auth_time'];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw invalid('the ID token has an auth_time that is no time');
  if (value > nowSeconds + TOLERANCE_SECONDS) throw invalid('the ID token has an auth_time of the future');
  return Math.floor(value);
}

/** Asking for a new sign-in is not enough: parameters can be stripped on the way, so the time decides. */
function checkFreshness(
  authTime: number | undefined,
  { maxAgeSeconds, startedAt }: UpstreamTicket,
  nowSeconds: number,
): void {
  if (maxAgeSeconds === undefined) return;
  if (authTime === undefined)
    throw new UpstreamRefused('not_fresh', 'the ID token does not tell when the person signed in');
  const earliest = maxAgeSeconds === 0 ? startedAt / 1000 : nowSeconds - maxAgeSeconds;
  if (authTime < Math.floor(earliest) - TOLERANCE_SECONDS)
    throw new UpstreamRefused('not_fresh', 'the sign-in there is older than was demanded');
}

/** An empty level, and what is none, is the lowest. */
const levelOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_LEVEL && /^[\x21-\x7e]+$/.test(value)
    ? value
    : undefined;

const invalid = (detail: string): UpstreamRefused => new UpstreamRefused('invalid', detail);

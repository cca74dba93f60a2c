// Codes, tokens and userinfo of the simulated MojeID, with pyoidc's ways of answering, and with every fault there is.

import { hash } from 'node:crypto';
import { SignJWT, type JWTPayload } from 'jose';
import { randomToken } from '../../lib/random.ts';
import { itemsOf, type Session, type Wish } from './authorization.ts';
import type { Services } from './clients.ts';
import type { FaultName, Faults } from './faults.ts';
import type { Keys } from './keys.ts';
import type { Person } from './people.ts';

const CODE_MILLISECONDS = 600_000;
const TOKEN_SECONDS = 3600;
const ID_TOKEN_SECONDS = 86_400;
const SALT = 'the simulated MojeID';

type Grant = {
  readonly wish: Wish;
  readonly person: Person;
  readonly session: Session;
  /** Claims that the person did not hand over. */
  readonly withheld: ReadonlySet<string>;
  readonly expiresAt: number;
  used: boolean;
};

export type Answer = { readonly status: number; readonly body: unknown };

type Parts = {
  readonly issuer: string;
  readonly services: Services;
  readonly keys: Keys;
  readonly faults: Faults;
  readonly now: () => Date;
};

const refused = (status: number, error: string): Answer => ({ status, body: { error } });

export function createTokens({ issuer, services, keys, faults, now }: Parts) {
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();

  /** A hash, as opaque as the real one. Pairwise, another service is told of another person. */
  function subjectOf(person: Person, wish: Wish): string {
    const parts = [person.id, SALT];
    if (faults.has('pairwise', person.id)) parts.push(new URL(wish.redirectUri).host, wish.service.id);
    return hash('sha256', parts.join('\n'), 'hex');
  }

  async function idToken(grant: Grant): Promise<string | undefined> {
    const { wish, person, session, withheld } = grant;
    const has = (name: FaultName) => faults.has(name, person.id);
    if (has('id-token-absent')) return undefined;
    const seconds = Math.floor(now().getTime() / 1000);
    const shift = has('id-token-of-the-future') ? 600 : 0;
    const listed = wish.idTokenClaims;
    const isListed = (name: string) => listed === undefined || name in listed;
    const authTime = has('auth-time-stale') ? seconds - 7200 : session.authTime;
    const acr = has('acr-lower') ? 'pwd' : session.level;
    const asked = itemsOf(wish, person).filter(
      ({ claim }) => listed !== undefined && claim in listed && !withheld.has(claim),
    );
    const claims: JWTPayload = {
      iss: has('id-token-other-issuer') ? 'https://other.example/oidc/' : issuer,
      ...(!has('id-token-no-subject') && { sub: subjectOf(person, wish) }),
      aud: has('id-token-other-audience')
        ? ['somebody-else']
        : [wish.service.id, ...(has('id-token-two-audiences') ? ['somebody-else'] : [])],
      ...(has('id-token-other-party') && { azp: 'somebody-else' }),
      iat: seconds + shift,
      exp: has('id-token-expired') ? seconds - 600 : seconds + shift + ID_TOKEN_SECONDS,
      ...(wish.nonce !== null &&
        !has('id-token-no-nonce') && { nonce: has('id-token-other-nonce') ? randomToken() : wish.nonce }),
      ...(isListed('auth_time') && !has('auth-time-absent') && { auth_time: authTime }),
      ...(isListed('acr') && { acr }),
      ...valuesOf(asked, person.id),
    };
    return sign(claims, grant);
  }

  async function sign(claims: JWTPayload, { wish, person }: Grant): Promise<string> {
    const has = (name: FaultName) => faults.has(name, person.id);
    const { kid, privateKey, jwk } = await keys.published();
    const token = new SignJWT(claims);
    if (has('id-token-unsigned')) {
      const parts = [{ alg: 'none' }, claims].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      return `${parts.join('.')}.`;
    }
    if (has('id-token-hs256'))
      return token.setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(wish.service.secret));
    if (has('id-token-hs256-key'))
      return token.setProtectedHeader({ alg: 'HS256', kid }).sign(Buffer.from(JSON.stringify(jwk)));
    const foreign = await keys.foreign();
    if (has('id-token-foreign-key'))
      return token.setProtectedHeader({ alg: 'RS256', kid }).sign(foreign.privateKey);
    if (has('id-token-unknown-kid'))
      return token.setProtectedHeader({ alg: 'RS256', kid: foreign.kid }).sign(foreign.privateKey);
    if (has('id-token-embedded-key'))
      return token.setProtectedHeader({ alg: 'RS256', jwk: foreign.jwk }).sign(foreign.privateKey);
    return token.setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
  }

  function valuesOf(items: ReturnType<typeof itemsOf>, personId: string): Record<string, unknown> {
    const asWord = faults.has('flags-as-words', personId);
    const asJson = faults.has('addresses-as-json', personId);
    return Object.fromEntries(
      items.map(({ claim, value }) => [
        claim,
        asWord && typeof value === 'boolean'
          ? String(value)
          : asJson && claim.startsWith('mojeid_address_') && typeof value === 'object'
            ? JSON.stringify(value)
            : value,
      ]),
    );
  }

  return {
    issueCode(wish: Wish, person: Person, session: Session, withheld: ReadonlySet<string>): string {
      const code = randomToken();
      const expiresAt = now().getTime() + CODE_MILLISECONDS;
      codes.set(code, { wish, person, session, withheld, expiresAt, used: false });
      return code;
    },

    /** The token endpoint. Its errors are pyoidc's and seldom those of RFC 6749. */
    async exchange(form: URLSearchParams, authorization: string | undefined): Promise<Answer> {
      const service = await services.authenticate(form, authorization);
      if (!service) return refused(401, 'unauthorized_client');
      const code = form.get('code');
      if (code === null || form.get('grant_type') !== 'authorization_code')
        return refused(400, 'invalid_request');
      const grant = codes.get(code);
      if (!grant || grant.wish.service.id !== service.id || grant.expiresAt < now().getTime())
        return refused(401, 'unauthorized_client');
      if (grant.used) {
        // Used twice: whoever has the tokens of the first time loses them.
        for (const [token, { grant: of }] of tokens) if (of === grant) tokens.delete(token);
        return refused(400, 'access_denied');
      }
      if (form.get('redirect_uri') !== grant.wish.redirectUri) return refused(401, 'unauthorized_client');
      if (faults.has('pkce-enforced', grant.person.id)) {
        const challenge = hash('sha256', form.get('code_verifier') ?? '', 'base64url');
        if (challenge !== grant.wish.challenge) return refused(401, 'unauthorized_client');
      }
      grant.used = true;
      const token = randomToken();
      tokens.set(token, { grant, expiresAt: now().getTime() + TOKEN_SECONDS * 1000 });
      const signed = await idToken(grant);
      return {
        status: 200,
        body: {
          access_token: token,
          token_type: 'Bearer',
          expires_in: TOKEN_SECONDS,
          scope: grant.wish.scope.join(' '),
          ...(grant.wish.state !== null && { state: grant.wish.state }),
          ...(signed !== undefined && { id_token: signed }),
          ...(faults.has('refresh-token', grant.person.id) && { refresh_token: randomToken() }),
        },
      };
    },

    /** Whose code it is, so that faults of one person reach the token endpoint too. */
    personOf: (code: string | null): string | undefined =>
      code === null ? undefined : codes.get(code)?.person.id,

    /** Userinfo for a bearer token; `undefined` when it is none. */
    userinfo(authorization: string | undefined): { personId: string; claims: object } | undefined {
      const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
      const found = tokens.get(token);
      if (!found || found.expiresAt < now().getTime()) return undefined;
      const { wish, person, withheld } = found.grant;
      const items = itemsOf(wish, person).filter(({ claim }) => !withheld.has(claim));
      const isOther = faults.has('userinfo-other-subject', person.id);
      const sub = isOther ? 'somebody-else' : subjectOf(person, wish);
      return { personId: person.id, claims: { sub, ...valuesOf(items, person.id) } };
    },
  };
}

export type Tokens = ReturnType<typeof createTokens>;

// The demo's "Hosting panel": an ordinary relying party on openid-client that shows what it learns.

import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';
import * as openid from 'openid-client';
import { randomToken } from '../lib/random.ts';
import type { Screen } from './television.ts';
import type { DemoClient } from './seed.ts';

type Pending = { readonly verifier: string; readonly state: string; readonly nonce: string };
type Fact = { readonly name: string; readonly value: string };
type SignedIn = {
  readonly account: { readonly name: string; readonly login: string };
  readonly claims: readonly Fact[];
  readonly tokens: readonly Fact[];
  readonly idToken: string;
  /** What the provider names the person and their session by when that ends. */
  readonly sub: string;
  readonly sid: string | undefined;
};
export type DemoSession = {
  pending?: Pending;
  signedIn?: SignedIn;
  problem?: { readonly error: string; readonly description?: string };
  /** Of the television beside it. */
  screen?: Screen;
};

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const SCOPE = 'openid profile email phone address customer';

/** The relying party's half of the protocol (OpenID Connect Core §3.1, RFC 7636). */
export function createRelyingParty(options: {
  issuer: string;
  origin: string;
  callback: string;
  client: () => Promise<DemoClient>;
}) {
  const { issuer, origin, callback, client } = options;
  let keys: JWTVerifyGetKey | undefined;
  let discovered: Promise<openid.Configuration> | undefined;

  /** The provider's metadata; asked for at the first sign-in, and again if that failed. */
  function provider(): Promise<openid.Configuration> {
    discovered ??= discover().catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  }

  async function discover(): Promise<openid.Configuration> {
    const { id, secret } = await client();
    return openid.discovery(new URL(issuer), id, secret, undefined, {
      execute: issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
    });
  }

  return {
    /** Begins a sign-in; where to send the browser. */
    async begin(session: DemoSession, prompt: string | undefined): Promise<string> {
      const pending = {
        verifier: openid.randomPKCECodeVerifier(),
        state: randomToken(),
        nonce: randomToken(),
      };
      session.pending = pending;
      delete session.problem;
      const url = openid.buildAuthorizationUrl(await provider(), {
        redirect_uri: `${origin}${callback}`,
        scope: SCOPE,
        code_challenge: await openid.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
        state: pending.state,
        nonce: pending.nonce,
        ...(prompt === undefined ? {} : { prompt }),
      });
      return url.href;
    },

    /** Takes the answer of the provider into the session. */
    async finish(session: DemoSession, path: string): Promise<void> {
      const { pending } = session;
      delete session.pending;
      if (!pending) {
        session.problem = { error: 'no_sign_in_under_way' };
        return;
      }
      try {
        const config = await provider();
        const tokens = await openid.authorizationCodeGrant(config, new URL(path, origin), {
          pkceCodeVerifier: pending.verifier,
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims()!;
        const userinfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
        session.signedIn = {
          account: { name: userinfo.name ?? claims.sub, login: userinfo.email ?? '' },
          claims: facts(userinfo),
          tokens: facts({ ...claims, expires_in: tokens.expires_in, scope: tokens.scope }),
          idToken: tokens.id_token!,
          sub: claims.sub,
          sid: claims['sid'] as string | undefined,
        };
        delete session.problem;
      } catch (error) {
        session.problem = problemOf(error);
      }
    },

    /**
     * Checks a logout token (OpenID Connect Back-Channel Logout §2.6) and tells which sessions it ends; rejects when it
     * is not the provider's, or not for us.
     */
    async endedBy(logoutToken: string): Promise<(session: DemoSession) => boolean> {
      const config = await provider();
      keys ??= createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri!));
      const { payload } = await jwtVerify(logoutToken, keys, {
        issuer,
        audience: (await client()).id,
        typ: 'logout+jwt',
        maxTokenAge: '2m',
      });
      const events = payload['events'] as Record<string, unknown> | undefined;
      if (!events || !(LOGOUT_EVENT in events) || 'nonce' in payload) throw new Error('not a logout token');
      return ({ signedIn }) =>
        signedIn !== undefined &&
        signedIn.sub === payload.sub &&
        (payload['sid'] === undefined || payload['sid'] === signedIn.sid);
    },

    /** Ends the session here; where to send the browser to end it at the provider (RP-Initiated Logout). */
    async signOut(session: DemoSession): Promise<string> {
      const idToken = session.signedIn?.idToken;
      delete session.signedIn;
      if (idToken === undefined) return '/';
      const url = openid.buildEndSessionUrl(await provider(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: `${origin}/`,
      });
      return url.href;
    },
  };
}

export type RelyingParty = ReturnType<typeof createRelyingParty>;

const facts = (values: object): Fact[] =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value: typeof value === 'string' ? value : JSON.stringify(value) }));

function problemOf(error: unknown): { error: string; description?: string } {
  if (error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError) {
    return {
      error: error.error,
      ...(error.error_description ? { description: error.error_description } : {}),
    };
  }
  return { error: error instanceof Error ? error.message : String(error) };
}

// The bare engine as a server: `oidc-provider` with its own in-memory adapter, the features and lifetimes that ours
// has, and a sign-in that asks for nothing.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { enableCompileCache } from 'node:module';
import type { Configuration, JWKS, KoaContextWithOIDC } from 'oidc-provider';
import { client, freePort, startSubject, type Subject } from './subject.ts';

/** Starts the bare engine in a process of its own, with the keys of a JWKS file. */
export async function startBare(keysFile: string): Promise<Subject> {
  const port = await freePort();
  return startSubject([fileURLToPath(import.meta.url), String(port), keysFile], port, {});
}

const { redirect_uri: redirectUri, grant_types: grantTypes, ...registration } = client;

const configurationWith = (jwks: JWKS): Configuration => ({
  jwks,
  clients: [
    {
      ...registration,
      grant_types: [...grantTypes],
      redirect_uris: [redirectUri],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  routes: {
    authorization: '/authorize',
    introspection: '/token/introspection',
    jwks: '/jwks',
    token: '/token',
    userinfo: '/userinfo',
  },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] } as never,
  responseTypes: ['code'],
  pkce: { required: () => true },
  claims: {
    openid: ['sub', 'acr', 'amr', 'auth_time'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'],
    email: ['email', 'email_verified'],
  },
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: { enabled: true },
  },
  ttl: {
    AccessToken: 3600,
    AuthorizationCode: 60,
    ClientCredentials: 600,
    Grant: 14 * 86_400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 14 * 86_400,
    Session: 14 * 86_400,
  },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({
      sub,
      name: 'Jana Nováková',
      preferred_username: sub,
      updated_at: 1_700_000_000,
      email: sub,
      email_verified: true,
    }),
  }),
  loadExistingGrant: async (ctx: KoaContextWithOIDC) => {
    const { oidc } = ctx;
    const grant = new oidc.provider.Grant({
      clientId: oidc.client!.clientId,
      accountId: oidc.account!.accountId,
    });
    grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '));
    await grant.save();
    return grant;
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
});

async function serve(port: number, keysFile: string): Promise<void> {
  enableCompileCache();
  const { default: Provider } = await import('oidc-provider');
  const jwks = JSON.parse(readFileSync(keysFile, 'utf8')) as JWKS;
  const provider = new Provider(`http://localhost:${port}`, configurationWith(jwks));
  const engine = provider.callback();
  const server = createServer((req, res) => {
    if (!req.url?.startsWith('/interaction/')) {
      void engine(req, res);
      return;
    }
    const login = { accountId: 'person@example.com', amr: ['pwd'], acr: 'urn:vratny:acr:one-factor' };
    provider.interactionFinished(req, res, { login }).catch((error: unknown) => res.destroy(error as Error));
  });
  server.listen(port, '127.0.0.1');
  // Through `exit`, so that the compile cache is written.
  process.once('SIGINT', () => process.exit());
}

if (import.meta.main) await serve(Number(process.argv[2]), process.argv[3]!);

// What a relying party does with the provider beside sending people to it: tokens, userinfo, introspection.

import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from './browser.ts';
import { PASSWORD, token, verifier, type World } from './world.ts';

export type Tokens = Awaited<ReturnType<typeof token>>['body'];
type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
};

/** Sends a person through sign-in and consent, whatever of both is asked, until the browser is back at the client. */
export async function signIn(
  world: World,
  client: IssuedClient,
  account: { readonly email: string },
  more: Record<string, string | undefined> = {},
  browser: Browser = world.browser(),
): Promise<Browser> {
  await browser.open(world.authorizeUrl(client, more));
  if (!browser.hasLeft && 'login' in (browser.forms[0]?.fields ?? {})) {
    await browser.submit({ login: account.email, password: PASSWORD });
  }
  if (!browser.hasLeft && browser.html.includes('/consent"')) await browser.submit({}, 'Allow');
  if (!browser.hasLeft) throw new Error(`still at "${browser.heading}", ${browser.url}`);
  return browser;
}

/** Exchanges the code that a browser came back with. */
export const exchange = (
  world: World,
  client: IssuedClient,
  browser: Browser,
  more: Record<string, string> = {},
): ReturnType<typeof token> =>
  token(world, client, {
    grant_type: 'authorization_code',
    code: browser.callback['code'] ?? '',
    redirect_uri: client.metadata.redirect_uris[0] ?? '',
    code_verifier: verifier,
    ...more,
  });

/** Signs a person in and gets their tokens. */
export async function obtain(
  world: World,
  client: IssuedClient,
  account: { readonly email: string },
  more: Record<string, string | undefined> = {},
  browser: Browser = world.browser(),
): Promise<{ browser: Browser; tokens: Tokens }> {
  await signIn(world, client, account, more, browser);
  const { status, body } = await exchange(world, client, browser);
  if (status !== 200) throw new Error(`no tokens: ${status} ${JSON.stringify(body)} ${browser.url}`);
  return { browser, tokens: body };
}

/** Asks for new tokens. */
export const refresh = (
  world: World,
  client: IssuedClient,
  refreshToken: string | undefined,
  more: Record<string, string> = {},
): ReturnType<typeof token> =>
  token(world, client, { grant_type: 'refresh_token', refresh_token: refreshToken ?? '', ...more });

const answerOf = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
};

/** Asks who an access token is about. */
export const userinfo = async (world: World, accessToken: string | undefined): Promise<Answer> =>
  answerOf(
    await fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken ?? ''}` } }),
  );

/** The `Authorization` header of a client with a secret. */
export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** Sends a form to an endpoint as a client with a secret. */
export const postAs = async (
  world: World,
  client: IssuedClient,
  path: string,
  form: Record<string, string>,
): Promise<Answer> =>
  answerOf(
    await fetch(world.issuer + path, {
      method: 'POST',
      headers: { authorization: basic(client.metadata.client_id, client.secret ?? '') },
      body: new URLSearchParams(form),
    }),
  );

/** Asks about a token. */
export const introspect = (
  world: World,
  client: IssuedClient,
  value: string | undefined,
  hint?: string,
): Promise<Answer> =>
  postAs(world, client, '/token/introspection', {
    token: value ?? '',
    ...(hint ? { token_type_hint: hint } : {}),
  });

/** Ends a token. */
export const revoke = (world: World, client: IssuedClient, value: string | undefined): Promise<Answer> =>
  postAs(world, client, '/token/revocation', { token: value ?? '' });

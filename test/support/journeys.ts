// The journeys that many tests begin with: signing in, taking the code, exchanging it.

import { CALLBACK, PASSWORD, token, verifier, type World } from './world.ts';
import type { Browser } from './browser.ts';
import { collections, engineCollections } from '../../src/domain/collections.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';

/** A browser at the sign-in page of a client. */
export const atSignIn = (
  world: World,
  client: IssuedClient,
  more: Record<string, string> = {},
): Promise<Browser> => world.browser().open(world.authorizeUrl(client, more));

/** A browser that has signed in and was sent back to the client. */
export async function signedIn(
  world: World,
  client: IssuedClient,
  email: string,
  more: Record<string, string> = {},
): Promise<Browser> {
  const browser = await atSignIn(world, client, more);
  await browser.submit({ login: email, password: PASSWORD });
  if (browser.callback['code'] === undefined)
    throw new Error(`no code: "${browser.heading}" at ${browser.url}`);
  return browser;
}

/** Sends the form that has these fields and does not follow the way on; where that would lead. */
export async function hold(
  browser: Browser,
  fields: Record<string, string>,
  button?: string,
): Promise<string> {
  browser.followsRedirects = false;
  await browser.submit(fields, button);
  browser.followsRedirects = true;
  if (browser.status !== 303) throw new Error(`not sent on, but ${browser.status} at ${browser.url}`);
  return browser.url;
}

/** What exchanges a code for tokens. */
export const codeGrant = (code: string): Record<string, string> => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: CALLBACK,
  code_verifier: verifier,
});

/** The tokens for the code that a browser brought back. */
export const exchange = (world: World, client: IssuedClient, browser: Browser) =>
  token(world, client, codeGrant(browser.callback['code'] ?? ''));

/** How many documents of each kind there are, and what they hold: to see that nothing has changed. */
export async function snapshot(world: World, names: readonly (keyof typeof kept)[]): Promise<unknown> {
  const rows = await Promise.all(
    names.map(async (name) => {
      const found = await world.store.collection(kept[name] as never).list(undefined, { limit: 1000 });
      return [name, found.map(({ id, doc }) => ({ id, doc }))];
    }),
  );
  return Object.fromEntries(rows);
}

const kept = { ...collections, ...engineCollections };

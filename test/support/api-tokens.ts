// What people do with API tokens on their pages, and what a resource server learns of them.

import { expect } from 'vitest';
import type { StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from './browser.ts';
import { postAs } from './relying-party.ts';
import { atAccount } from './second-factor-pages.ts';
import { PASSWORD, type World } from './world.ts';

export const PAGE = '/account/api-tokens';
export const TOKEN = /^vratny_pat_[0-9A-Za-z]{49}$/;
export const inactive = { active: false };

/** The token that a page shows; empty when it shows none. */
export const shownToken = ({ html }: Browser): string => /vratny_pat_\w+/.exec(html)?.[0] ?? '';

/** Fills the form in; the token that it brought, empty when there was none. */
export async function makeToken(browser: Browser, fields: Record<string, string> = {}): Promise<string> {
  await browser.open(PAGE);
  const given = { name: 'CI', ends: '', addresses: '', password: PASSWORD, level: 'read', ...fields };
  return shownToken(await browser.submit(given));
}

/** Somebody new with a token, and the page that ends it. */
export async function tokenHolder(world: World, fields: Record<string, string> = {}) {
  const { id, email } = await world.createAccount();
  const browser = await atAccount(world, PAGE, email);
  const value = await makeToken(browser, fields);
  expect(value).toMatch(TOKEN);
  const [token] = await world.core.apiTokens.list(id);
  return { id, email, browser, value, page: `${PAGE}/${token!.id}` };
}

/** What the introspection endpoint answers a client. */
export const judge = async (
  world: World,
  server: IssuedClient,
  value: string,
  more: Record<string, string> = {},
): Promise<Record<string, unknown>> =>
  (await postAs(world, server, '/token/introspection', { token: value, ...more })).body;

/** The customer that an account acts for. */
export const customerIn = async (world: World, accountId: string) =>
  (await world.core.customers.ofAccount(accountId))[0]!.customer;

export const accountIn = async (world: World, accountId: string): Promise<StoredAccount> =>
  (await world.core.accounts.get(accountId))!;

/** Makes a token without the page; its id. */
export async function makeOwnToken(world: World, accountId: string): Promise<string> {
  const customerId = (await customerIn(world, accountId)).id;
  const fields = { customerId, name: 'CI', level: 'read', addresses: [], endsAt: undefined } as const;
  const made = await world.core.apiTokens.create(await accountIn(world, accountId), fields);
  return made.kind === 'created' ? made.token.id : '';
}

// People who act for customers together: made without the way by an invitation, and what they do on the account pages.

import { collections } from '../../src/domain/collections.ts';
import type { Browser } from './browser.ts';
import { PASSWORD, type World } from './world.ts';

/** The customer that an account was made with. */
export async function customerOf(world: World, accountId: string) {
  const [first] = await world.core.customers.ofAccount(accountId);
  return first!.customer;
}

/** Makes the account a member. */
export const addMember = (world: World, customerId: string, accountId: string, role: string) =>
  world.store.collection(collections.members).insert(`${customerId}:${accountId}`, {
    customerId,
    accountId,
    role,
    since: new Date().toISOString(),
  });

/** Somebody who acts for this customer alone. */
export async function colleague(world: World, customerId: string, role: string, email?: string) {
  const person = await world.createAccount(email === undefined ? {} : { email });
  const own = await customerOf(world, person.id);
  await world.store.collection(collections.members).remove(`${own.id}:${person.id}`);
  await addMember(world, customerId, person.id, role);
  return person;
}

/** A browser signed in at a page of the account. */
export async function atAccountPage(world: World, email: string, path: string): Promise<Browser> {
  const browser = await world.browser().open(path);
  return browser.submit({ login: email, password: PASSWORD });
}

/** The token of the forms of the page that the browser is at. */
export const csrfOf = (browser: Browser): string =>
  browser.forms.find(({ fields }) => fields['csrf'])?.fields['csrf'] ?? '';

/** Sends a form to a page of the customer, with what its own forms carry. */
export const act = (
  browser: Browser,
  path: string,
  customerId: string,
  fields: Record<string, string> = {},
): Promise<Browser> =>
  browser.post(path, { csrf: csrfOf(browser), customer: customerId, password: PASSWORD, ...fields });

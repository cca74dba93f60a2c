// People who act for each other's customers, without the way by an invitation.

import { collections } from '../../src/domain/collections.ts';
import type { World } from './world.ts';

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

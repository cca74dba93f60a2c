// The end of API tokens by itself: with the account that made them, or with its membership of the customer (S18).

import type { Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import type { Revisions } from '../revisions.ts';

/** Ends the account's tokens, or those for one customer; every node refuses them from then on. */
export type EndTokensOf = (accountId: string, customerId?: string) => Promise<void>;

/** Needs nothing but the storage, so that whatever ends an account can call it. */
export function createTokenEndings(store: Store, revisions: Pick<Revisions, 'announce'>): EndTokensOf {
  const tokens = store.collection(collections.apiTokens);
  return async function endTokensOf(accountId, customerId) {
    const found = await tokens.list({ key: 'accountId', value: accountId }, { limit: 1000 });
    const ending = found.filter(({ doc }) => customerId === undefined || doc.customerId === customerId);
    await Promise.all(ending.map(({ id }) => tokens.remove(id)));
    // Even when there are none: one may be under way, and a node may hold what it was for.
    await revisions.announce('api-tokens');
  };
}

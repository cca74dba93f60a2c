// The requests in the store, with the key that their lists by state and kind go by.

import type { Collection, Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { addKeys, keyed } from '../keyed.ts';
import type { SupportRequest } from './support-requests.ts';

/** `shelf`: `<state>/<kind>`. */
export type SupportRow = SupportRequest & { readonly shelf?: string };
export type SupportKey = 'state' | 'accountId' | 'shelf';

export const shelfOf = ({ state, kind }: Pick<SupportRequest, 'state' | 'kind'>): string =>
  `${state}/${kind}`;
const keysOf = (doc: SupportRequest) => ({ shelf: shelfOf(doc) });

export const supportRows = (store: Store): Collection<SupportRow, SupportKey> =>
  keyed(store.collection(collections.supportRequests), ['shelf'], keysOf);

/** For requests that were stored before there were shelves. */
export const addSupportShelves = (store: Store): Promise<void> =>
  addKeys(store.collection(collections.supportRequests), supportRows(store), keysOf);

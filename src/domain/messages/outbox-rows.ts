// The messages in the store, with the key that their lists by channel and state go by.

import type { Collection, Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { addKeys, keyed } from '../keyed.ts';
import type { Channel, OutboxItem, OutboxState } from './outbox.ts';

/** `shelf`: `<channel>/<state>`. */
export type OutboxRow = OutboxItem & { readonly shelf?: string };
export type OutboxKey = 'queue' | 'state' | 'to' | 'shelf';

export const shelfOf = ({ channel, state }: { channel: Channel; state: OutboxState }): string =>
  `${channel}/${state}`;
const keysOf = (doc: OutboxItem) => ({ shelf: shelfOf(doc) });

export const outboxRows = (store: Store): Collection<OutboxRow, OutboxKey> =>
  keyed(store.collection(collections.outbox), ['shelf'], keysOf);

/** For messages that were stored before there were shelves. */
export const addShelves = (store: Store): Promise<void> =>
  addKeys(store.collection(collections.outbox), outboxRows(store), keysOf);

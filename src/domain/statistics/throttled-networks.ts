// The networks that had to wait, in the order of how often on each day.

import type { Collection, Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { addKeys, keyed } from '../keyed.ts';
import type { ThrottledNetwork } from './statistics.ts';

/** `rank` sorts the busiest of a day first: `2026-11-28/999999991` has had to wait eight times. */
export type RankedNetwork = ThrottledNetwork & { readonly rank?: string };

const MOST = 999_999_999;
const keysOf = ({ day, count }: ThrottledNetwork) => ({
  rank: `${day}/${String(MOST - Math.min(count, MOST)).padStart(9, '0')}`,
});

export const networkRows = (store: Store): Collection<RankedNetwork, 'rank'> =>
  keyed(store.collection(collections.throttledNetworks), ['rank'], keysOf);

/** For networks that were stored before there were ranks. */
export const addRanks = (store: Store): Promise<void> =>
  addKeys(store.collection(collections.throttledNetworks), networkRows(store), keysOf);

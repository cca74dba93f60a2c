// Numbers that grow: revisions tell every node that something it holds in memory has changed; counters give out
// customer numbers.

import type { Store } from '../ports/store.ts';
import { collections } from './collections.ts';
import { createUpdater } from './update.ts';

/** What nodes keep in memory and must drop when it changes elsewhere. */
export type Topic = 'clients' | 'keys' | 'api-tokens' | 'bans' | 'upstreams';
export type Revision = { readonly number: number };
export type Counter = { readonly last: number };

/** Revisions of what nodes cache, and numbers given out once. */
export function createRevisions(store: Store) {
  const revisions = store.collection(collections.revisions);
  const updateRevision = createUpdater(revisions);
  const updateCounter = createUpdater(store.collection(collections.counters));
  return {
    /** The present revision of a topic; 0 before its first change. */
    async current(topic: Topic): Promise<number> {
      return (await revisions.get(topic))?.doc.number ?? 0;
    },
    /** Tells all nodes that the topic has changed; call it after the change is stored. */
    announce(topic: Topic): Promise<number> {
      return updateRevision(topic, (doc) => {
        const number = (doc?.number ?? 0) + 1;
        return { result: number, write: { doc: { number } } };
      });
    },
    /** The next number of a series, starting at `first`; no two callers get the same. Of `count` numbers, the lowest. */
    nextNumber(series: string, first: number, count = 1): Promise<number> {
      return updateCounter(series, (doc) => {
        const next = doc ? doc.last + 1 : first;
        return { result: next, write: { doc: { last: next + count - 1 } } };
      });
    },
    /** Numbers up to `last` were given out elsewhere: the series goes on after it, and never before `first`. */
    skipNumbers(series: string, last: number, first: number): Promise<void> {
      return updateCounter(series, (doc) =>
        last < first || (doc && doc.last >= last)
          ? { result: undefined }
          : { result: undefined, write: { doc: { last } } },
      );
    },
  };
}

export type Revisions = ReturnType<typeof createRevisions>;

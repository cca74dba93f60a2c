// Changing a document that many want to change at once.

import { beforeEach, describe, expect, test } from 'vitest';
import { createUpdater } from '../../src/domain/update.ts';
import { Conflict, Stale, StoreUnavailable, type Collection, type Stored } from '../../src/ports/store.ts';
import { manualClock, memoryStore } from '../support/rules.ts';

type Count = { readonly number: number };
type Counts = Collection<Count, never>;

let counts: Counts;
let writes = 0;

/** The collection with a say before each write: to lose a race, to fail, to count. */
function observed(inner: Counts, before: () => void | Promise<void> = () => {}): Counts {
  const noted = async () => {
    writes += 1;
    await before();
  };
  return {
    ...inner,
    get: (id) => inner.get(id),
    async insert(id, doc, expiresAt) {
      await noted();
      return inner.insert(id, doc, expiresAt);
    },
    async replace(seen: Stored<Count>, doc, expiresAt) {
      await noted();
      return inner.replace(seen, doc, expiresAt);
    },
  };
}

const addOne = (doc: Count | undefined) => {
  const number = (doc?.number ?? 0) + 1;
  return { result: number, write: { doc: { number } } };
};

beforeEach(async () => {
  const store = await memoryStore(manualClock());
  await store.prepare([{ name: 'counts' }]);
  counts = store.collection<Count, never>({ name: 'counts' });
  writes = 0;
});

describe('updates', () => {
  test('that wait together are applied in order and written together', async () => {
    const update = createUpdater(observed(counts));
    const results = await Promise.all(Array.from({ length: 200 }, () => update('a', addOne)));
    expect(results).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect((await counts.get('a'))?.doc).toEqual({ number: 200 });
    expect(writes).toBeLessThanOrEqual(2);
  });

  test('of different documents do not wait for each other', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let first = true;
    const update = createUpdater(
      observed(counts, () => {
        if (!first) return undefined;
        first = false;
        return held;
      }),
    );
    const slow = update('slow', addOne);
    expect(await update('quick', addOne)).toBe(1);
    release();
    expect(await slow).toBe(1);
  });

  test('that write nothing cost no write, and still answer', async () => {
    const update = createUpdater(observed(counts));
    expect(await update('a', (doc) => ({ result: doc?.number ?? 'none' }))).toBe('none');
    expect(writes).toBe(0);
    expect(await counts.get('a')).toBeUndefined();
  });

  test('decide anew from what another writer left when they lose the race', async () => {
    let rivals = 3;
    const update = createUpdater(
      observed(counts, async () => {
        rivals -= 1;
        if (rivals >= 0) await counts.put('a', { number: 100 + rivals });
      }),
    );
    const [first, second] = await Promise.all([update('a', addOne), update('a', addOne)]);
    expect([first, second]).toEqual([101, 102]);
    expect((await counts.get('a'))?.doc).toEqual({ number: 102 });
  });

  test('of two nodes add up', async () => {
    const nodes = [createUpdater(counts), createUpdater(counts)];
    await Promise.all(Array.from({ length: 100 }, (_, index) => nodes[index % 2]!('a', addOne)));
    expect((await counts.get('a'))?.doc).toEqual({ number: 100 });
  });

  test('give up after twenty lost races, and the next one begins afresh', async () => {
    let losing = true;
    const update = createUpdater(
      observed(counts, () => {
        if (losing) throw new Stale('counts', 'a');
      }),
    );
    await expect(update('a', addOne)).rejects.toThrow(Stale);
    expect(writes).toBe(20);
    losing = false;
    expect(await update('a', addOne)).toBe(1);
  });

  test('that come while a batch is being written are in the next one: none is left behind', async () => {
    const late: Promise<number>[] = [];
    const update = createUpdater(
      observed(counts, () => {
        if (late.length === 0) late.push(...Array.from({ length: 5 }, () => update('a', addOne)));
      }),
    );
    expect(await update('a', addOne)).toBe(1);
    expect(await Promise.all(late)).toEqual([2, 3, 4, 5, 6]);
  });

  test('fail together when the storage is away, and none is written', async () => {
    const update = createUpdater(
      observed(counts, () => {
        throw new StoreUnavailable('away');
      }),
    );
    const outcomes = await Promise.allSettled([update('a', addOne), update('a', addOne)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await counts.get('a')).toBeUndefined();
  });

  test('a change that throws fails alone, without those that wait beside it', async () => {
    const update = createUpdater(observed(counts));
    const outcomes = await Promise.allSettled([
      update('a', addOne),
      update('a', () => {
        throw new RangeError('not like this');
      }),
      update('a', addOne),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await counts.get('a'))?.doc).toEqual({ number: 2 });
  });

  test('that both find nothing do not overwrite each other', async () => {
    let first = true;
    const update = createUpdater(
      observed(counts, async () => {
        if (first) await counts.insert('a', { number: 10 });
        first = false;
      }),
    );
    expect(await update('a', addOne)).toBe(11);
    expect(new Conflict('counts', 'id').key).toBe('id');
  });
});

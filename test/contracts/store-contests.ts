// The contract: when many come at once, from two sides, exactly one wins.

import { expect, test } from 'vitest';
import { Stale, type Stored } from '../../src/ports/store.ts';
import type { Bench, Thing, Things } from './store-bench.ts';

export function contestTests({ things, rival, now, advance }: Bench): void {
  const contest = async <Result>(run: (side: Things, i: number) => Promise<Result>) => {
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => run(i % 2 === 0 ? things() : rival(), i)),
    );
    const won = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    const lost = results
      .filter((result) => result.status === 'rejected')
      .map(({ reason }) => reason as Error);
    return { won, lost: [...new Set(lost.map((error) => error.name))], losers: lost.length };
  };

  test('of fifty takes at once one gets the document', async () => {
    const stored = await things().insert('a', { data: 'once' });
    const { won } = await contest((side) => side.take('a'));
    expect(won).toHaveLength(50);
    expect(won.filter((result) => result !== undefined)).toEqual([stored]);
  });

  test('of fifty replaces of one version one wins and the others are stale', async () => {
    const seen = await things().insert('a', {});
    const { won, lost, losers } = await contest((side, i) => side.replace(seen, { data: i }));
    expect({ lost, losers }).toEqual({ lost: ['Stale'], losers: 49 });
    expect(await things().get('a')).toEqual(won[0]);
  });

  test('of fifty inserts of one id one wins, also over an expired document', async () => {
    await things().insert('a', { data: 'expired' }, new Date(now() + 1));
    advance(1);
    const { won, lost, losers } = await contest((side, i) => side.insert('a', { data: i }));
    expect({ lost, losers }).toEqual({ lost: ['Conflict'], losers: 49 });
    expect(await things().get('a')).toEqual(won[0]);
  });

  test('of fifty inserts of one unique key one wins, also over an expired document', async () => {
    await things().insert('expired', { login: 'anna' }, new Date(now() + 1));
    advance(1);
    const { won, lost, losers } = await contest((side, i) => side.insert(`id ${i}`, { login: 'anna' }));
    expect({ lost, losers }).toEqual({ lost: ['Conflict'], losers: 49 });
    expect(await things().findOne('login', 'anna')).toEqual(won[0]);
    expect(await things().list(undefined, { limit: 100 })).toHaveLength(1);
  });

  test('of fifty puts to one id all succeed, one stays, and each counts as a write', async () => {
    const seen = await things().insert('a', {});
    const { won } = await contest((side, i) => side.put('a', { data: i }));
    expect(won).toHaveLength(50);
    expect((await things().get('a'))?.version).toBe(seen.version + 50);
  });

  test('fifty puts that all make the same new id all succeed', async () => {
    const { won } = await contest((side, i) => side.put('new', { login: 'anna', data: i }));
    expect(won).toHaveLength(50);
    expect(await things().list(undefined, { limit: 10 })).toHaveLength(1);
  });

  test('of fifty puts of one unique key to many ids one wins', async () => {
    const { won, lost } = await contest((side, i) => side.put(`id ${i}`, { login: 'anna' }));
    expect({ won: won.length, lost }).toEqual({ won: 1, lost: ['Conflict'] });
  });

  test('of a replace and a take of the same document only one counts', async () => {
    for (let round = 0; round < 5; round += 1) {
      const seen = await things().insert('a', { data: round });
      const [replaced, taken] = await Promise.allSettled([
        things().replace(seen, { data: 'new' }),
        rival().take('a'),
      ]);
      const left = await things().get('a');
      expect(left).toBeUndefined();
      const doc = taken.status === 'fulfilled' ? taken.value?.doc : undefined;
      expect(doc).toEqual({ data: replaced.status === 'fulfilled' ? 'new' : round });
    }
  });

  test('a counter raised by fifty compare-and-swaps loses none', async () => {
    await things().insert('a', { data: 0 });
    await contest(async (side) => {
      for (;;) {
        const seen = (await side.get('a')) as Stored<Thing>;
        const written = await side
          .replace(seen, { data: Number(seen.doc.data) + 1 })
          .catch((error: unknown) => {
            if (!(error instanceof Stale)) throw error;
          });
        if (written) return;
      }
    });
    expect((await things().get('a'))?.doc.data).toBe(50);
  });
}

// What is kept of acts that are cut off: told by others after their time, by one of them, and until nobody is untold.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { allShapes } from '../../src/domain/collections.ts';
import { createUnfinished, type Unfinished } from '../../src/domain/unfinished.ts';
import { silentLog } from '../../src/lib/log.ts';
import { StoreUnavailable, type Store } from '../../src/ports/store.ts';
import { manualClock } from '../support/rules.ts';

const AWAY = new StoreUnavailable('away');
const clock = manualClock();
let store: Store;
let told: string[];
let failures: Error[];
let nodes: Unfinished[];

beforeEach(async () => {
  store = await openStore('sqlite::memory:', { now: () => clock.now().getTime() });
  await store.prepare(allShapes);
  [told, failures] = [[], []];
  nodes = [0, 1].map(() => createUnfinished({ store, clock, log: silentLog }));
});
afterEach(() => store.close());

const kinds = () =>
  nodes.map((node) =>
    node.kind<{ name: string }>('a thing', ({ name }) => {
      const failure = failures.shift();
      if (failure !== undefined) return Promise.reject(failure);
      told.push(name);
      return Promise.resolve();
    }),
  );
/** What other nodes tell after so many minutes. */
async function toldAfter(minutes: number): Promise<string[]> {
  told = [];
  clock.advance(minutes * 60_000);
  await Promise.all(nodes.map((node) => node.finishLeft()));
  return told;
}

test.each<[string, (leave: () => void) => Promise<string>, string[]]>([
  ['is done and told', () => Promise.resolve('done'), []],
  ['is refused', () => Promise.reject(new Error('no')), []],
  ['loses its store', () => Promise.reject(AWAY), ['Eva']],
  ['is done, but somebody is not told', (leave) => Promise.resolve('done').finally(leave), ['Eva']],
])('an act that %s', async (_what, work, expected) => {
  const [during] = kinds();
  await during!({ name: 'Eva' }, work).catch(() => {});
  expect([await toldAfter(2), await toldAfter(2), await toldAfter(60)]).toEqual([[], expected, []]);
});

test('what cannot be told is tried again, and what nobody knows is kept', async () => {
  const [during] = kinds();
  await during!({ name: 'Eva' }, () => Promise.reject(AWAY)).catch(() => {});
  failures = [AWAY, new Error('a mistake of ours')];
  expect([await toldAfter(4), await toldAfter(4), await toldAfter(4)]).toEqual([[], [], ['Eva']]);
  await during!({ name: 'Jan' }, () => Promise.reject(AWAY)).catch(() => {});
  nodes = [createUnfinished({ store, clock, log: silentLog })];
  expect(await toldAfter(4)).toEqual([]);
  kinds();
  expect(await toldAfter(4)).toEqual(['Jan']);
});

test('what is finished without everybody told is finished once more', async () => {
  const finish = (name: string, leave: () => void) => {
    if (told.push(name) === 1) leave();
    return Promise.resolve();
  };
  const [node] = nodes as [Unfinished, Unfinished];
  const during = node.kind<{ name: string }>('a thing', ({ name }, leave) => finish(name, leave));
  await during({ name: 'Eva' }, () => Promise.reject(AWAY)).catch(() => {});
  nodes = [node];
  for (const expected of [['Eva'], ['Eva', 'Eva'], ['Eva', 'Eva']]) {
    clock.advance(4 * 60_000);
    await node.finishLeft();
    expect(told).toEqual(expected);
  }
});

test('acts of a kind that only a newer version knows hold up none, and are left to it', async () => {
  const [older, newer] = nodes as [Unfinished, Unfinished];
  const known = older.kind<{ name: string }>('a thing', ({ name }) => void told.push(name) as never);
  const unknown = newer.kind<{ name: string }>('a new thing', ({ name }) => void told.push(name) as never);
  const leave = (during: typeof known, name: string) =>
    during({ name }, (stay) => Promise.resolve('done').finally(stay));
  for (let count = 0; count < 501; count += 1) await leave(unknown, 'new');
  await leave(known, 'Eva');
  clock.advance(4 * 60_000);
  await older.finishLeft();
  expect(told).toEqual(['Eva']);
  // At once: the node that does not know them has not put them off.
  await newer.finishLeft();
  expect(told.filter((name) => name === 'new')).toHaveLength(501);
});

test('nothing is begun that could not be written down', async () => {
  const [during] = kinds();
  await store.close();
  let isBegun = false;
  const begun = during!({ name: 'Eva' }, () => Promise.resolve((isBegun = true)));
  await expect(begun).rejects.toThrow(StoreUnavailable);
  expect(isBegun).toBe(false);
});

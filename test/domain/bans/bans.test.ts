// How many bans there may be: each that was taken holds.

import { expect, test } from 'vitest';
import { createBans } from '../../../src/domain/bans/bans.ts';
import { collections } from '../../../src/domain/collections.ts';
import { createRevisions } from '../../../src/domain/revisions.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { manualClock, memoryStore } from '../../support/rules.ts';

const clock = manualClock();
const ban = { reason: 'guesses passwords', by: 'system' };

test('one more than there may be is refused, by a process that has not looked yet, too', async () => {
  const store = await memoryStore(clock);
  const parts = { store, clock, revisions: createRevisions(store), never: [], log: silentLog, most: 2 };
  const bans = createBans(parts);
  for (const range of ['203.0.113.1', '203.0.113.2'])
    expect(await bans.add(range, ban)).toMatchObject({ kind: 'banned' });
  const refused = { kind: 'refused', problem: 'full' };
  expect(await bans.add('203.0.113.3', ban)).toEqual(refused);
  expect(await createBans(parts).add('203.0.113.3', ban)).toEqual(refused);
  // What is banned already may get another reason and end.
  const until = new Date(clock.now().getTime() + 60_000);
  expect(await bans.add('203.0.113.2', { ...ban, until })).toMatchObject({ kind: 'banned' });
  clock.advance(61_000);
  expect(await bans.add('203.0.113.3', ban)).toMatchObject({ kind: 'banned' });
  expect(bans.isBanned('203.0.113.3')).toBe(true);
});

test('every stored ban holds, in however many pages they are read', async () => {
  const store = await memoryStore(clock);
  const rows = store.collection(collections.bans);
  const createdAt = clock.now().toISOString();
  await Promise.all(
    Array.from({ length: 1100 }, (_, index) =>
      rows.insert(`198.18.${index >> 8}.${index & 255}`, { ...ban, createdAt }),
    ),
  );
  const revisions = createRevisions(store);
  const bans = createBans({ store, clock, revisions, never: [], log: silentLog });
  await bans.refresh();
  expect((await bans.list()).length).toBe(1100);
  expect(bans.isBanned('198.18.4.75')).toBe(true);
  expect(bans.isBanned('198.18.4.76')).toBe(false);
});

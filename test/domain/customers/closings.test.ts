// Two owners who ask at the same moment for what was refused before: one has asked, the other is told that it is under way.

import { expect, test } from 'vitest';
import { collections } from '../../../src/domain/collections.ts';
import { createClosings } from '../../../src/domain/customers/closings.ts';
import type { Member } from '../../../src/domain/customers/customers.ts';
import type { Store } from '../../../src/ports/store.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

/** A store that gives what it has read of closings only when so many have read. */
function together(store: Store, count: number): Store {
  let arrived = 0;
  let open = () => {};
  const all = new Promise<void>((resolve) => (open = resolve));
  return {
    ...store,
    collection: ((shape: typeof collections.closings) => {
      const rows = store.collection(shape);
      if (shape.name !== collections.closings.name) return rows;
      const get: typeof rows.get = async (id) => {
        const found = await rows.get(id);
        arrived += 1;
        if (arrived === count) open();
        await all;
        return found;
      };
      return { ...rows, get };
    }) as unknown as Store['collection'],
  };
}

test('S35: of two who ask again at once one asks, and the other hears that it is under way', async () => {
  const clock = manualClock();
  const store = await memoryStore(clock);
  const account = await newAccount(store, clock, { email: 'eva@example.cz' });
  await store.collection(collections.closings).insert('lipa', {
    state: 'refused',
    requestedBy: account.id,
    reason: 'debts',
    at: clock.now().toISOString(),
  });
  const member: Member = { customerId: 'lipa', accountId: account.id, role: 'owner', since: '' };
  const told: string[] = [];
  const closings = createClosings({
    store: together(store, 2),
    clock,
    customers: { get: () => Promise.resolve(undefined) },
    members: { get: () => Promise.resolve(member), list: () => Promise.resolve([member]) },
    invitations: { list: () => Promise.resolve([]) },
    customerNotices: {
      keep: (_act: object, work: (tell: () => Promise<void>) => Promise<unknown>) =>
        work(() => Promise.resolve(void told.push('owners'))),
    },
    letters: {
      toOperator: () => Promise.resolve(Boolean(told.push('operators'))),
      url: (path: string) => path,
    },
    unfinished: { kind: () => () => Promise.reject(new Error('nothing is closed')) },
  } as unknown as Parameters<typeof createClosings>[0]);

  const outcomes = await Promise.all([1, 2].map(() => closings.request('lipa', account)));
  expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['requested', 'under_way']);
  expect(told).toEqual(['owners', 'operators']);
});

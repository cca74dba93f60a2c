// Openings: account, customer and role together or not at all, whenever the process ends and however many try at once.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { allShapes, collections } from '../../../src/domain/collections.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dropDatabase } from '../../support/mongo-database.ts';
import { createPeople, dyingStore, peopleIn } from '../../support/people.ts';
import { manualClock, type ManualClock } from '../../support/rules.ts';
import { onEveryStorage } from '../../support/world.ts';

onEveryStorage((newStorage) => {
  let clock: ManualClock;
  let store: Store;
  let storage: string;
  beforeEach(async () => {
    clock = manualClock();
    storage = newStorage();
    store = await openStore(storage, { now: () => clock.now().getTime() });
    await store.prepare(allShapes);
  });
  afterEach(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  const eva = { account: { email: 'eva@example.cz', login: 'eva', emailVerified: false } };

  test('S69: a process that ends after any write leaves nothing, or what the next one completes', async () => {
    const seen = new Set<string>();
    for (let writes = 0; writes < 8; writes += 1) {
      const email = `person${writes}@example.cz`;
      const opening = {
        account: { email, emailVerified: false },
        customer: { name: 'Eva', kind: 'person' as const },
      };
      const outcome = await createPeople(dyingStore(store, writes), clock)
        .openings.open(opening)
        .then(
          () => 'done',
          () => 'died',
        );
      seen.add(outcome);
      clock.advance(11_000);
      await createPeople(store, clock).openings.recover();
      const made = (await peopleIn(store)).filter((one) => one.email === email);
      // Peeking finds a whole one or none, and one that was reported is there.
      if (made.length > 0) expect(made[0]!.customers).toMatchObject([{ name: 'Eva', role: 'owner' }]);
      if (outcome === 'done') expect(made).toHaveLength(1);
      expect(await store.collection(collections.openings).list(undefined, { limit: 10 })).toEqual([]);
    }
    expect(seen).toEqual(new Set(['died', 'done']));
  });

  test('what somebody may still be at is left to them', async () => {
    const died = createPeople(dyingStore(store, 2), clock);
    await expect(died.openings.open({ ...eva, customer: {} })).rejects.toMatchObject({
      name: 'StoreUnavailable',
    });
    expect(await createPeople(store, clock).openings.recover()).toBe(0);
    clock.advance(11_000);
    const nodes = Array.from({ length: 3 }, () => createPeople(store, clock));
    await Promise.all(nodes.map(({ openings }) => openings.recover()));
    expect(await peopleIn(store)).toMatchObject([{ login: 'eva', customers: [{ role: 'owner' }] }]);
  });

  test('of 20 at once with one name exactly one is made, with one customer (A19)', async () => {
    const nodes = [createPeople(store, clock), createPeople(store, clock)];
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => nodes[index % 2]!.openings.open({ ...eva, customer: {} })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of tries)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ field: 'login' });
    expect(await peopleIn(store)).toMatchObject([{ login: 'eva', customers: [{ name: 'eva' }] }]);
  });

  test('a number of an old customer is joined when it is the same one, and is never given out again', async () => {
    const { openings } = createPeople(store, clock);
    const person = (name: string) => ({ account: { email: `${name}@example.cz`, emailVerified: false } });
    const firm = { number: '100001', kind: 'company' as const, name: 'Květiny s.r.o.' };
    await openings.open({ ...person('a'), customer: firm });
    await openings.open({ ...person('b'), customer: { number: '100001' }, role: 'viewer' });
    await expect(
      openings.open({ ...person('c'), customer: { ...firm, name: 'Other' } }),
    ).rejects.toMatchObject({
      name: 'NumberTaken',
    });
    const next = await openings.open({ ...person('d'), customer: {} });
    expect(next.customer?.doc.number).toBe('100002');
    expect(await peopleIn(store)).toMatchObject([
      { email: 'a@example.cz', customers: [{ number: '100001', role: 'owner' }] },
      { email: 'b@example.cz', customers: [{ number: '100001', role: 'viewer' }] },
      { email: 'd@example.cz', customers: [{ number: '100002' }] },
    ]);
  });

  test('two with one new number and two names at once: one wins, and the other leaves nothing', async () => {
    const { openings } = createPeople(store, clock);
    const outcomes = await openings.openMany(
      ['a', 'b'].map((name) => ({
        account: { email: `${name}@example.cz`, emailVerified: false },
        customer: { number: '7', name },
      })),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['opened', 'taken']);
    expect(await peopleIn(store)).toHaveLength(1);
  });

  test('a customer made by hand gets a number that no old one has', async () => {
    const { openings, customers } = createPeople(store, clock);
    const opening = { ...eva, customer: { number: '250000' } };
    const { account } = await openings.open(opening);
    const { doc } = await customers.createOwnedBy(account.id, { kind: 'company', name: 'Firm' });
    expect(doc.number).toBe('250001');
  });
});

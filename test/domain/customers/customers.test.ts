// Customers by a plan that was written down before: made once, whatever has come in between.

import { expect, test } from 'vitest';
import { collections } from '../../../src/domain/collections.ts';
import { createPeople } from '../../support/people.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

test('a planned customer whose number an import has taken meanwhile gets the next one', async () => {
  const clock = manualClock();
  const store = await memoryStore(clock);
  const { customers, openings } = createPeople(store, clock);
  const { id } = await newAccount(store, clock, { email: 'eva@example.cz' });
  const number = await customers.nextNumber();
  const imported = { kind: 'company' as const, name: 'Old Ltd', number };
  await openings.open({
    account: { email: 'old@example.cz', emailVerified: true },
    customer: imported,
  });

  const plan = { customerId: 'planned', number };
  const fields = { kind: 'person' as const, name: 'Eva' };
  const ensure = () => customers.ensureOwnedBy(id, plan, fields);
  await Promise.all([ensure(), ensure()]);
  await ensure();
  const [own, ...others] = await customers.ofAccount(id);
  expect(others).toEqual([]);
  expect(own).toMatchObject({ role: 'owner', customer: { id: 'planned', doc: { name: 'Eva' } } });
  expect(Number(own!.customer.doc.number)).toBeGreaterThan(Number(number));
  expect((await customers.findByNumber(number))?.doc.name).toBe('Old Ltd');
  expect(await store.collection(collections.members).list(undefined, { limit: 10 })).toHaveLength(2);
});

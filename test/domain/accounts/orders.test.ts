// First orders: one account and one customer for each key, however often and by however many it is asked for.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { allShapes } from '../../../src/domain/collections.ts';
import { createOrders, readOrder, type OrderRequest } from '../../../src/domain/accounts/orders.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dropDatabase } from '../../support/mongo-database.ts';
import { createPeople, dyingStore, peopleIn } from '../../support/people.ts';
import { manualClock, type ManualClock } from '../../support/rules.ts';
import { onEveryStorage } from '../../support/world.ts';

const order = (fields: object = {}): OrderRequest => {
  const read = readOrder({
    key: 'shop-1001',
    email: 'eva@example.cz',
    name: 'Eva Malá',
    phone: '+420 601 123 456',
    customer_kind: 'company',
    customer_name: 'Květiny s.r.o.',
    ...fields,
  });
  if ('problem' in read) throw new Error(read.problem);
  return read.order;
};

onEveryStorage((newStorage) => {
  let clock: ManualClock;
  let store: Store;
  let storage: string;
  let mailed: string[];
  beforeEach(async () => {
    clock = manualClock();
    storage = newStorage();
    mailed = [];
    store = await openStore(storage, { now: () => clock.now().getTime() });
    await store.prepare(allShapes);
  });
  afterEach(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  const node = (on: Store = store) =>
    createOrders({
      store: on,
      clock,
      ...createPeople(on, clock),
      mail: ({ doc }) => Promise.resolve(void mailed.push(doc.login!)),
    });

  test('S69: an order opens customer and account, with a login name, and mails it once', async () => {
    const first = await node().open(order(), 'shop');
    expect(first.account.doc).toMatchObject({
      email: 'eva@example.cz',
      phone: '+420601123456',
      emailVerified: false,
    });
    expect(first.account.doc.login).toMatch(/^u\d{8}$/);
    expect(first.customer.doc).toMatchObject({
      number: '100001',
      kind: 'company',
      name: 'Květiny s.r.o.',
      vetting: { state: 'unvetted', by: 'shop', reason: 'first order shop-1001' },
    });
    const again = await node().open(order(), 'somebody else');
    expect([again.account.id, again.customer.id]).toEqual([first.account.id, first.customer.id]);
    expect(mailed).toEqual([first.account.doc.login]);
    await expect(node().open(order({ name: 'Ewa' }), 'shop')).rejects.toMatchObject({ name: 'OrderDiffers' });
    expect(await peopleIn(store)).toHaveLength(1);
  });

  test('S69: of 20 at once and on two nodes one is made and one mail sent (A19)', async () => {
    const nodes = [node(), node()];
    const opened = await Promise.all(
      Array.from({ length: 20 }, (_, index) => nodes[index % 2]!.open(order(), 'shop')),
    );
    expect(new Set(opened.map(({ account, customer }) => `${account.id} ${customer.id}`)).size).toBe(1);
    expect(mailed).toHaveLength(1);
    expect(await peopleIn(store)).toMatchObject([{ customers: [{ role: 'owner' }] }]);
  });

  test('S69: an order whose process ended after any write is completed by asking again', async () => {
    for (let writes = 0; writes < 11; writes += 1) {
      const one = order({ key: `order ${writes}`, email: `person${writes}@example.cz` });
      await node(dyingStore(store, writes))
        .open(one, 'shop')
        .catch(() => {});
      clock.advance(61_000);
      const { account } = await node().open(one, 'shop');
      expect(mailed.filter((login) => login === account.doc.login).length).toBeGreaterThan(0);
      expect((await peopleIn(store)).filter(({ email }) => email === one.email)).toMatchObject([
        { customers: [{ role: 'owner' }] },
      ]);
    }
  });

  test('a taken address, login or number is refused, leaves nothing, and may be put right under the same key', async () => {
    await node().open(order({ login: 'eva', customer_number: '7' }), 'shop');
    const key = 'shop-1002';
    const other = { key, email: 'b@example.cz' };
    await expect(node().open(order({ key }), 'shop')).rejects.toMatchObject({ field: 'email' });
    await expect(node().open(order({ ...other, login: 'EVA' }), 'shop')).rejects.toMatchObject({
      field: 'login',
    });
    await expect(node().open(order({ ...other, customer_number: '7' }), 'shop')).rejects.toMatchObject({
      name: 'NumberTaken',
    });
    expect(await peopleIn(store)).toHaveLength(1);
    await node().open(order(other), 'shop');
    expect(await peopleIn(store)).toHaveLength(2);
  });

  test('S12: who has vetted a customer and why is kept', async () => {
    const { customer } = await node().open(
      order({ vetting: 'refused', vetting_reason: 'on the list' }),
      'shop',
    );
    expect(customer.doc.vetting).toMatchObject({ state: 'refused', reason: 'on the list' });
    const { customers } = createPeople(store, clock);
    clock.advance(1000);
    const vetted = await customers.vet('100001', { state: 'vetted', by: 'hana', reason: 'paid' });
    const vetting = { state: 'vetted', by: 'hana', reason: 'paid', at: clock.now().toISOString() };
    expect(vetted?.doc.vetting).toEqual(vetting);
    expect(await customers.vet('1', { state: 'vetted', by: 'hana', reason: 'paid' })).toBeUndefined();
  });

  test.each([
    [{}, /^key: is missing/],
    [{ key: 'k', email: 'x' }, /^email: is not an e-mail address/],
    [{ key: 'k', email: 'a@example.cz', password: 'tajné' }, /^password: there is no such field$/],
    [{ key: 'k', email: 'a@example.cz', customer_number: '007' }, /^customer_number: must be decimal/],
    [[], /./],
  ])('%j is no order', (value, problem) => {
    const read = readOrder(value);
    expect('problem' in read && read.problem).toMatch(problem);
  });
});

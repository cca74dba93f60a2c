// Activations that a crash has cut off: all of them are brought to their end, however many there are.

import { expect, test } from 'vitest';
import { collections } from '../../../src/domain/collections.ts';
import {
  createRegistrationActivation,
  type ActivationParts,
} from '../../../src/domain/registration/registration-activation.ts';
import { createUnfinished } from '../../../src/domain/unfinished.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createPeople, peopleIn } from '../../support/people.ts';
import { manualClock, memoryStore } from '../../support/rules.ts';

const COUNT = 120;

test('more interrupted activations than one page are finished at one start', async () => {
  const clock = manualClock();
  const store = await memoryStore(clock);
  const { accounts, customers } = createPeople(store, clock);
  const activation = createRegistrationActivation({
    store,
    clock,
    accounts,
    customers,
    audit: { note: () => Promise.resolve(true), record: () => Promise.resolve({} as never) },
    unfinished: createUnfinished({ store, clock, log: silentLog }),
    log: silentLog,
  } as unknown as ActivationParts);
  const registrations = store.collection(collections.registrations);
  for (let index = 0; index < COUNT; index += 1)
    await registrations.insert(`registration ${index}`, {
      state: 'activating',
      serial: 'a form',
      plan: {
        accountId: `account ${index}`,
        customerId: `customer ${index}`,
        number: await customers.nextNumber(),
      },
      person: {
        kind: 'person',
        givenName: 'Eva',
        email: `eva${index}@example.cz`,
        phone: '+420601234567',
        locale: 'cs',
        passwordHash: 'hash:x',
        agreements: [],
      },
    });
  expect(await activation.finishInterrupted()).toBe(COUNT);
  expect(await peopleIn(store)).toHaveLength(COUNT);
  expect(await activation.finishInterrupted()).toBe(0);
});

// Letters about a customer: what a role is called in them is in the language of the letter.

import { expect, test } from 'vitest';
import { createCustomerNotices } from '../../../src/domain/customers/customer-notices.ts';
import { createRoles } from '../../../src/domain/customers/roles.ts';
import { createLetters } from '../../../src/domain/messages/letters.ts';
import { createUnfinished } from '../../../src/domain/unfinished.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createPeople } from '../../support/people.ts';
import { manualClock, memoryStore } from '../../support/rules.ts';

test('S25: who has chosen no language reads the name of an added role in the language of the house', async () => {
  const clock = manualClock();
  const store = await memoryStore(clock);
  const { accounts, customers, openings } = createPeople(store, clock);
  const open = (email: string, locale?: 'cs' | 'en') =>
    openings.open({
      account: { email, emailVerified: true, ...(locale && { locale }) },
      customer: { name: 'Lípa', kind: 'company', number: '200001' },
    });
  const { customer } = await open('eva@example.cz');
  await open('alex@example.com', 'en');
  const said: [string, string, unknown][] = [];
  const letters = createLetters({
    outbox: { enqueue: () => Promise.resolve('id') },
    compose(_name, locale, props) {
      said.push([String(props['name']), locale, (props['role'] as { label: string }).label]);
      return { subject: '', text: '', html: '' };
    },
    say: () => '',
    issuer: 'https://id.example.cz',
    fallback: 'cs',
    log: silentLog,
  });
  const notices = createCustomerNotices({
    accounts,
    customers,
    roles: createRoles({ accountant: { label: { cs: 'Účetní', en: 'Accountant' }, may: [] } }),
    letters,
    lockUrl: () => Promise.resolve(''),
    contactsFor: () => Promise.resolve([]),
    audit: { record: () => Promise.reject(new Error('not asked')) },
    unfinished: createUnfinished({ store, clock, log: silentLog }),
    clock,
    log: silentLog,
  });
  await notices.post(customer!.id, { change: 'member_role_changed', role: 'accountant' });
  expect(new Set(said.map((words) => words.join(' ')))).toEqual(
    new Set(['alex@example.com en Accountant', 'eva@example.cz cs Účetní']),
  );
});

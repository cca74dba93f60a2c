// Samples of the pages of a customer: whom one acts for, members, data, contacts, support access, closing.

import { accountFrame, type Sample } from './sample-props.ts';

const roles = {
  owner: { name: 'owner', label: '' },
  viewer: { name: 'viewer', label: '' },
  added: { name: 'accountant', label: 'Účetní' },
};
const ids = ['019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de', '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6df'];

const customerPage = (name: string, label: string, path: string, page: object): Sample => ({
  template: `account/${name}.njk`,
  label,
  page: { ...accountFrame(path), customerId: ids[0], ...page },
});

/** The pages of a customer. */
export const customerSamples: readonly Sample[] = [
  customerPage('choose-customer', 'none', '/account/customers', { customers: [] }),
  customerPage('choose-customer', 'several', '/account/customers', {
    acting: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
    customers: [
      { id: ids[0], name: 'Květinářství U Lípy s.r.o.', number: '100123', role: roles.owner, current: true },
      { id: ids[1], name: 'Jana Nováková', number: '100124', role: roles.added, current: false },
    ],
  }),
];

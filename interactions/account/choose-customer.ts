// Choosing the customer that the person acts for, for who is a member of several.

import type { ChosenCustomer } from '../../src/domain/customers/chosen-customer.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Roles } from '../../src/domain/customers/roles.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { AccountVisit } from './frame.ts';

const PATH = '/account/customers';

/** GET and POST /account/customers */
export function createChooseCustomerPage(parts: {
  customers: Pick<Customers, 'ofAccount'>;
  chosenCustomer: ChosenCustomer;
  roles: Roles;
}) {
  const { customers, chosenCustomer, roles } = parts;
  return {
    async show({ account, acting, locale, show }: AccountVisit): Promise<void> {
      const found = await customers.ofAccount(account.id);
      show('account/choose-customer.njk', {
        customers: found.map(({ customer, role }) => ({
          id: customer.id,
          name: customer.doc.name,
          number: customer.doc.number,
          role: roles.face(role, locale),
          current: customer.id === acting?.customer.id,
        })),
      });
    },

    async submit({ account, session, form, goTo }: AccountVisit): Promise<void> {
      // Whose customer it is makes no difference: one of others is as good as none.
      if (!(await chosenCustomer.choose(account.id, form['customer'] ?? '-', session.uid)))
        throw new AppError('not_found', { detail: 'no customer of this account' });
      goTo(PATH, 'customer_chosen');
    },
  };
}

export type ChooseCustomerPage = ReturnType<typeof createChooseCustomerPage>;

// The customer that the person acts for: company and billing data, seen and changed.

import {
  customerFields,
  customerFormOf,
  type CustomerData,
  customerLimits,
  type CustomerField,
  type CustomerForm,
  type CustomerProblems,
} from '../../src/domain/customers/customer-data.ts';
import { doerOf } from '../../src/domain/customers/membership.ts';
import type { Roles } from '../../src/domain/customers/roles.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import { shownSources } from '../difference-rows.ts';
import { countriesIn } from './countries.ts';
import type { CustomerVisit } from './frame.ts';

const PAGE = '/account/customer';

const longestOf = (field: CustomerField): number =>
  field === 'invoice_email'
    ? customerLimits.email
    : field === 'name'
      ? customerLimits.name
      : customerLimits.text;

/** GET and POST /account/customer */
export function createCustomerPage(parts: {
  customerData: CustomerData;
  roles: Roles;
  upstreams: Pick<Upstreams, 'labelOf'>;
}) {
  const { customerData, roles, upstreams } = parts;

  function show(visit: CustomerVisit, form: CustomerForm, problems: CustomerProblems = {}): void {
    const { acting, locale, may } = visit;
    const problem = Object.keys(problems).length > 0 ? 'form' : undefined;
    visit.show(
      'account/customer.njk',
      {
        number: acting.customer.doc.number,
        role: roles.face(acting.role, locale),
        canChange: may('customer:write'),
        sources: shownSources(acting.customer.doc.sources, upstreams),
        kind: form.kind,
        countries: countriesIn(locale, form.country),
        fields: Object.fromEntries(
          customerFields.map((field) => [
            field,
            { value: form[field], problem: problems[field] ?? '', longest: longestOf(field) },
          ]),
        ),
      },
      { problem },
    );
  }

  return {
    show: (visit: CustomerVisit): void => show(visit, customerFormOf(visit.acting.customer.doc)),

    async submit(visit: CustomerVisit): Promise<void> {
      const { acting, account, form, goTo } = visit;
      // The fields of the form and no others: whatever else is sent is not looked at.
      const typed = Object.fromEntries(
        customerFields.map((field) => [field, form[field] ?? '']),
      ) as CustomerForm;
      const problems = await customerData.change(acting.customer.id, typed, doerOf(account));
      if (problems) return show(visit, typed, problems);
      goTo(PAGE, 'customer_saved');
    },
  };
}

export type CustomerPage = ReturnType<typeof createCustomerPage>;

// What differs between us and an upstream, for the pages that ask which is right.

import { shownPhone } from '../src/domain/factors/phone-numbers.ts';
import { accountItems, customerItems } from '../src/domain/federation/differences.ts';
import type { Sources } from '../src/domain/accounts/sources.ts';
import type { Compared } from '../src/domain/federation/taking-over.ts';
import type { Upstreams } from '../src/domain/federation/upstreams.ts';
import type { Form } from '../src/http/form.ts';

/** The rows of the page; those of a customer with whose they are. */
export const differencesProps = ({ account, customer, of }: Compared) => ({
  rows: account.map((row) =>
    row.item === 'phone' ? { ...row, local: shownPhone(row.local), theirs: shownPhone(row.theirs) } : row,
  ),
  customerRows: customer,
  customer: of && customer.length > 0 ? { id: of.id, name: of.doc.name, number: of.doc.number } : undefined,
});

/** What was chosen on it; what is not said is kept. */
export const chosenIn = (form: Form) => ({
  items: [...accountItems, ...customerItems].filter((item) => form[item] === 'take'),
  customerId: form['customer'] || undefined,
});

/** Where items were taken over from, as people call it. */
export const shownSources = (sources: Sources | undefined, upstreams: Pick<Upstreams, 'labelOf'>) =>
  Object.fromEntries(
    Object.entries(sources ?? {}).map(([item, { upstream, at }]) => [
      item,
      { label: upstreams.labelOf(upstream), at },
    ]),
  );

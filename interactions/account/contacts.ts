// Contacts of the customer (S25, S26): addresses that hear of it, what each is ticked for, and removing one.

import type { Contacts, StoredContact } from '../../src/domain/customers/contacts.ts';
import { tickedKinds } from '../../src/domain/customers/contacts.ts';
import { contactKinds } from '../../src/domain/customers/customer-notices.ts';
import { doerOf } from '../../src/domain/customers/membership.ts';
import type { Form } from '../../src/http/form.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { wait, type Problem } from './fresh-proof.ts';
import type { CustomerVisit } from './frame.ts';

const PAGE = '/account/customer/contacts';

/** The pages under /account/customer/contacts. */
export function createContactPages(parts: { contacts: Contacts }) {
  const { contacts } = parts;

  const kindsIn = (form: Form) => tickedKinds((kind) => form[`kind_${kind}`] === 'yes');
  const boxes = (ticked: readonly string[]) =>
    contactKinds.map((kind) => ({ key: kind, ticked: ticked.includes(kind) }));
  const rowOf = ({ id, doc, expiresAt }: StoredContact) => ({
    id,
    email: doc.email,
    confirmed: doc.isConfirmed,
    until: expiresAt,
    kinds: boxes(doc.kinds),
  });

  async function list(
    visit: CustomerVisit,
    problem?: Problem,
    typed: { email: string; kinds: readonly string[] } = { email: '', kinds: contactKinds },
  ): Promise<void> {
    const found = await contacts.list(visit.acting.customer.id);
    visit.show(
      'account/contacts.njk',
      {
        contacts: found.map(rowOf),
        canChange: visit.may('contacts:write'),
        typed: { email: typed.email, kinds: boxes(typed.kinds) },
      },
      problem,
    );
  }

  async function requireContact({ acting }: CustomerVisit, id: string): Promise<StoredContact> {
    const contact = await contacts.get(acting.customer.id, id);
    if (!contact) throw new AppError('not_found', { detail: 'no contact of this customer' });
    return contact;
  }

  return {
    list: (visit: CustomerVisit): Promise<void> => list(visit),

    /** POST /account/customer/contacts */
    async add(visit: CustomerVisit): Promise<void> {
      const { acting, account, form, locale, address, goTo } = visit;
      const wanted = { email: form['email'] ?? '', kinds: kindsIn(form), locale };
      const outcome = await contacts.add(acting.customer.id, wanted, { doer: doerOf(account), address });
      if (outcome.kind === 'refused') return list(visit, { problem: outcome.problem }, wanted);
      if (outcome.kind === 'throttled')
        return list(visit, wait('too_many_messages', outcome.retryAfterSeconds), wanted);
      goTo(PAGE, 'contact_added');
    },

    /** POST /account/customer/contacts/:id/kinds */
    async setKinds(visit: CustomerVisit, id: string): Promise<void> {
      const { doc } = await requireContact(visit, id);
      const kinds = kindsIn(visit.form);
      if (kinds.length === 0) return list(visit, { problem: 'no_kind' });
      await contacts.setKinds(doc.customerId, id, kinds, doerOf(visit.account));
      visit.goTo(PAGE, 'contact_saved');
    },

    /** GET /account/customer/contacts/:id/remove */
    async askRemove(visit: CustomerVisit, id: string): Promise<void> {
      visit.show('account/contact-remove.njk', { contact: rowOf(await requireContact(visit, id)) });
    },

    /** POST /account/customer/contacts/:id/remove */
    async remove(visit: CustomerVisit, id: string): Promise<void> {
      const { doc } = await requireContact(visit, id);
      await contacts.remove(doc.customerId, id, doerOf(visit.account));
      visit.goTo(PAGE, 'contact_removed');
    },
  };
}

export type ContactPages = ReturnType<typeof createContactPages>;

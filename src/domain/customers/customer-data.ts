// Company and billing data of a customer: who it is, its numbers, and where invoices go. People fill it in themselves;
// every field that is wrong is told.

import type { Store } from '../../ports/store.ts';
import { createUpdater } from '../update.ts';
import { withoutChanged, type ItemSource } from '../accounts/sources.ts';
import { readEmail } from '../accounts/email-addresses.ts';
import { readDic, readIco } from './company-numbers.ts';
import type { Customer, CustomerBilling } from './customers.ts';
import type { CustomerAct, CustomerNotices } from './customer-notices.ts';
import type { Doer } from './membership.ts';
import { customerRows } from '../search/search-keys.ts';

/** The fields of the form. */
export const customerFields = [
  'kind',
  'name',
  'ico',
  'dic',
  'street',
  'city',
  'postal_code',
  'country',
  'invoice_email',
] as const;
export type CustomerField = (typeof customerFields)[number];
export type CustomerForm = Readonly<Record<CustomerField, string>>;

/** Each is a locale key under `account.customer.problem`. */
export type CustomerProblem = 'no_name' | 'bad_name' | 'bad_ico' | 'bad_dic' | 'too_long' | 'no_email';
export type CustomerProblems = Readonly<Partial<Record<CustomerField, CustomerProblem>>>;

export const customerLimits = { name: 100, text: 100, email: 254 } as const;

/** A name that wants to be clicked on is none: it stands in letters to others. */
const NO_NAME = /https?:|www\.|[@<>]/i;

const clean = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The form as it is filled in now. */
export const customerFormOf = ({ kind, name, billing = {} }: Customer): CustomerForm => ({
  kind,
  name,
  ico: billing.ico ?? '',
  dic: billing.dic ?? '',
  street: billing.street ?? '',
  city: billing.city ?? '',
  postal_code: billing.postalCode ?? '',
  country: billing.country ?? '',
  invoice_email: billing.invoiceEmail ?? '',
});

type Judged =
  | { readonly kind: 'good'; readonly change: Pick<Customer, 'kind' | 'name'> & { billing: CustomerBilling } }
  | { readonly kind: 'refused'; readonly problems: CustomerProblems };

/** Judges a form. */
export function judgeCustomer(form: CustomerForm): Judged {
  const name = clean(form.name);
  const texts = { street: clean(form.street), city: clean(form.city), postal_code: clean(form.postal_code) };
  const country = /^[A-Za-z]{2}$/.test(form.country.trim()) ? form.country.trim().toUpperCase() : '';
  const ico = readIco(form.ico);
  const dic = readDic(form.dic);
  const invoice = readEmail(form.invoice_email.toWellFormed());
  const problems: Partial<Record<CustomerField, CustomerProblem>> = {};
  if (name === '') problems.name = 'no_name';
  else if (name.length > customerLimits.name || NO_NAME.test(name)) problems.name = 'bad_name';
  if (form.ico.trim() !== '' && ico === undefined) problems.ico = 'bad_ico';
  if (form.dic.trim() !== '' && dic === undefined) problems.dic = 'bad_dic';
  if (form.invoice_email.trim() !== '' && 'problem' in invoice) problems.invoice_email = 'no_email';
  for (const [field, text] of Object.entries(texts))
    if (text.length > customerLimits.text) problems[field as keyof typeof texts] = 'too_long';
  if (Object.keys(problems).length > 0) return { kind: 'refused', problems };
  const billing = {
    ico,
    dic,
    street: texts.street,
    city: texts.city,
    postalCode: texts.postal_code,
    country,
    invoiceEmail: 'email' in invoice ? invoice.email : undefined,
  };
  const given = Object.entries(billing).filter(([, value]) => value !== undefined && value !== '');
  return {
    kind: 'good',
    change: {
      kind: form.kind === 'company' ? 'company' : 'person',
      name,
      billing: Object.fromEntries(given),
    },
  };
}

const changedFields = (before: Customer, after: Customer): CustomerField[] => {
  const [old, now] = [customerFormOf(before), customerFormOf(after)];
  return customerFields.filter((field) => old[field] !== now[field]);
};

/** The customer with where its data come from: what has changed comes from this source, or from none. */
function withSources(before: Customer, after: Customer, source: ItemSource | undefined): Customer {
  const changed = changedFields(before, after);
  const kept = withoutChanged(before.sources, (field) => changed.includes(field as CustomerField));
  const taken = source === undefined ? {} : Object.fromEntries(changed.map((field) => [field, source]));
  const { sources: _sources, ...rest } = after;
  const sources = { ...kept, ...taken };
  return Object.keys(sources).length === 0 ? rest : { ...rest, sources };
}

/** Customer data over the store. */
export function createCustomerData(parts: { store: Store; customerNotices: Pick<CustomerNotices, 'keep'> }) {
  const { store, customerNotices } = parts;
  const update = createUpdater(customerRows(store));
  return {
    /**
     * Changes the data and tells the owners; what is wrong with the form, when it was not taken. `source` is where what
     * changes was taken over from, if it was.
     */
    async change(
      customerId: string,
      form: CustomerForm,
      { actor, name: by }: Doer,
      source?: ItemSource,
    ): Promise<CustomerProblems | undefined> {
      const judged = judgeCustomer(form);
      if (judged.kind === 'refused') return judged.problems;
      const act: CustomerAct = {
        event: { action: 'customer.data_changed', actor, customerId },
        notice: {
          change: 'data_changed',
          by,
          ...(actor.kind === 'person' ? { doneWith: actor.accountId } : {}),
        },
      };
      await customerNotices.keep(act, async (tell) => {
        const before = await update<Customer | undefined>(customerId, (doc) =>
          doc
            ? { result: doc, write: { doc: withSources(doc, { ...doc, ...judged.change }, source) } }
            : { result: undefined },
        );
        if (!before) return;
        const after = customerFormOf({ ...before, ...judged.change });
        const old = customerFormOf(before);
        const fields = changedFields(before, { ...before, ...judged.change });
        if (fields.length === 0) return;
        await tell({
          event: { ...act.event, before: { name: old.name }, after: { name: after.name, fields } },
          notice: { ...act.notice, fields },
        });
      });
      return undefined;
    },
  };
}

export type CustomerData = ReturnType<typeof createCustomerData>;

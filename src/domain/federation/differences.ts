// What an upstream says of a person beside what their account says, and of a company beside what the customer says
// (mojeid.md: the person decides, item by item). Nothing is taken over that was not chosen.

import type { UpstreamAddress, UpstreamProfile } from '../../ports/upstream.ts';
import {
  comparableName,
  type Account,
  type AccountChange,
  type PostalAddress,
} from '../accounts/accounts.ts';
import { readEmail } from '../accounts/email-addresses.ts';
import { readProfile, type ProfileFields } from '../accounts/profile.ts';
import type { ItemSource } from '../accounts/sources.ts';
import {
  customerFormOf,
  judgeCustomer,
  type CustomerField,
  type CustomerForm,
} from '../customers/customer-data.ts';
import type { Customer, CustomerBilling } from '../customers/customers.ts';

/** What is compared; each a locale key under `account.differences.item`. */
export const accountItems = ['name', 'email', 'phone', 'address'] as const;
export const customerItems = ['company', 'ico', 'dic', 'billing_address'] as const;
export type AccountItem = (typeof accountItems)[number];
export type CustomerItem = (typeof customerItems)[number];
export type DifferenceItem = AccountItem | CustomerItem;

export type Difference<Item = DifferenceItem> = {
  readonly item: Item;
  /** Empty where there is nothing. */
  readonly local: string;
  readonly theirs: string;
  /** The e-mail and a verified phone guard the account: another one is verified first, on its own page. */
  readonly canTake: boolean;
};

/** What an upstream calls somebody. */
export const nameOf = ({
  givenName = '',
  familyName = '',
  name,
}: Pick<Account, 'givenName' | 'familyName' | 'name'>): string =>
  `${givenName} ${familyName}`.trim() || (name ?? '');

/** An address in one line. */
export const shownAddress = ({ street, postalCode, city, region, country }: PostalAddress = {}): string =>
  [street, [postalCode, city].filter(Boolean).join(' '), region, country].filter(Boolean).join(', ');

const blank: ProfileFields = {
  given_name: '',
  family_name: '',
  street: '',
  city: '',
  postal_code: '',
  region: '',
  country: '',
  locale: 'cs',
};

/** The name as an account may have it: others see it in letters, so it is judged like one that is typed. */
function readName({
  givenName = '',
  familyName = '',
  name = '',
}: UpstreamProfile): AccountChange | undefined {
  const isWhole = givenName === '' && familyName === '';
  const read = readProfile({ ...blank, given_name: isWhole ? name : givenName, family_name: familyName });
  if (read.kind === 'refused') return undefined;
  const { change } = read;
  return isWhole
    ? { name: change.name, givenName: undefined, familyName: undefined }
    : { name: change.name, givenName: change.givenName, familyName: change.familyName };
}

/** The address as an account may have it; `undefined` for one that its form would refuse. */
export function readAddress({ address }: UpstreamProfile): PostalAddress | undefined {
  if (address === undefined) return undefined;
  const { street = '', city = '', postalCode: postal_code = '', region = '', country = '' } = address;
  const read = readProfile({ ...blank, given_name: '-', street, city, postal_code, region, country });
  return read.kind === 'read' ? read.change.address : undefined;
}

/** The e-mail as an account may have it; the same one, however it is written, is no difference. */
function emailOf(account: Account, { email = '' }: UpstreamProfile): string {
  const read = readEmail(email.toWellFormed());
  if ('problem' in read) return '';
  return comparableName(read.email) === comparableName(account.email) ? account.email : read.email;
}

const differs = ({ local, theirs }: Difference): boolean => theirs !== '' && theirs !== local;

/** What differs of the person; what the upstream does not say does not. */
export function differencesOf(account: Account, profile: UpstreamProfile): Difference<AccountItem>[] {
  const hasVerifiedPhone = account.phone !== undefined && account.phoneVerified === true;
  const all: Difference<AccountItem>[] = [
    { item: 'name', local: nameOf(account), theirs: readName(profile)?.name ?? '', canTake: true },
    { item: 'email', local: account.email, theirs: emailOf(account, profile), canTake: false },
    { item: 'phone', local: account.phone ?? '', theirs: profile.phone ?? '', canTake: !hasVerifiedPhone },
    {
      item: 'address',
      local: shownAddress(account.address),
      theirs: shownAddress(readAddress(profile)),
      canTake: true,
    },
  ];
  return all.filter(differs);
}

/** The change that takes these items over, with where they come from; of those that differ and may be taken. */
export function takenItems(
  account: Account,
  profile: UpstreamProfile,
  wanted: readonly string[],
  source: ItemSource,
): { readonly change: AccountChange; readonly items: readonly AccountItem[] } {
  const items = differencesOf(account, profile)
    .filter(({ item, canTake }) => canTake && wanted.includes(item))
    .map(({ item }) => item);
  const { phone } = profile;
  const address = readAddress(profile);
  const change: AccountChange = {
    ...(items.includes('name') ? readName(profile) : {}),
    // Whoever it reaches is yet to be proved here.
    ...(items.includes('phone') && phone !== undefined ? { phone, phoneVerified: false } : {}),
    ...(items.includes('address') && address !== undefined ? { address } : {}),
    ...(items.length === 0
      ? {}
      : { sources: { ...account.sources, ...Object.fromEntries(items.map((item) => [item, source])) } }),
  };
  return { change, items };
}

/** What an upstream says of a company, as fields of the customer's form; nothing for what it does not say. */
function companyFields({
  company = {},
  billingAddress,
}: UpstreamProfile): Record<CustomerItem, Partial<CustomerForm>> {
  const { name, ico, dic } = company;
  return {
    company: name === undefined ? {} : { kind: 'company', name },
    ico: ico === undefined ? {} : { ico },
    dic: dic === undefined ? {} : { dic },
    billing_address: billingAddress === undefined ? {} : addressFields(billingAddress),
  };
}

const addressFields = ({ street, city, postalCode, country }: UpstreamAddress): Partial<CustomerForm> => ({
  street: street ?? '',
  city: city ?? '',
  postal_code: postalCode ?? '',
  country: country ?? '',
});

const shownFields = (item: CustomerItem, form: Partial<CustomerForm>): string =>
  item === 'company'
    ? (form.name ?? '')
    : item === 'billing_address'
      ? [form.street, [form.postal_code, form.city].filter(Boolean).join(' '), form.country]
          .filter(Boolean)
          .join(', ')
      : (form[item] ?? '');

/** What differs of the customer, as far as the customer's own rules would take it. */
export function customerDifferences(
  customer: Customer,
  profile: UpstreamProfile,
): Difference<CustomerItem>[] {
  const now = customerFormOf(customer);
  const theirs = companyFields(profile);
  return customerItems
    .filter((item) => judgeCustomer({ ...now, ...theirs[item] }).kind === 'good')
    .map((item) => ({
      item,
      local: shownFields(item, now),
      theirs: shownFields(item, theirs[item]),
      canTake: true,
    }))
    .filter(differs);
}

/** The customer's form with these items taken over, and which they are. */
export function takenFields(
  customer: Customer,
  profile: UpstreamProfile,
  wanted: readonly string[],
): { readonly form: CustomerForm; readonly items: readonly CustomerItem[] } {
  const items = customerDifferences(customer, profile)
    .map(({ item }) => item)
    .filter((item) => wanted.includes(item));
  const theirs = companyFields(profile);
  const form = items.reduce((all, item) => ({ ...all, ...theirs[item] }), customerFormOf(customer));
  return { form, items };
}

/** What an upstream knows for invoices, of what would be taken; and the fields that it comes in. */
export function billingOf(profile: UpstreamProfile): {
  readonly billing: CustomerBilling;
  readonly fields: readonly CustomerField[];
} {
  const empty: Customer = { number: '', kind: 'company', name: '-', createdAt: '' };
  const { form, items } = takenFields(empty, profile, ['ico', 'dic', 'billing_address']);
  const judged = judgeCustomer(form);
  const theirs = companyFields(profile);
  const fields = items.flatMap((item) => Object.keys(theirs[item]) as CustomerField[]);
  return judged.kind === 'good' ? { billing: judged.change.billing, fields } : { billing: {}, fields: [] };
}

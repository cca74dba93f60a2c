// Accounts: the rows of the operators' API.

import { z } from 'zod';
import { defined, personFields } from '../../../src/domain/accounts/account-records.ts';
import type { Accounts } from '../../../src/domain/accounts/accounts.ts';
import type { Customers } from '../../../src/domain/customers/customers.ts';
import type { ProfileChange } from '../../../src/domain/operators/account-profile.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { customerShown, accountShown, postalAddress, showAccount, showCustomer } from './shown.ts';
import {
  DEFAULT_LIMIT,
  idText,
  onePage,
  operation,
  pageFields,
  pageOf,
  reasonText,
  searchText,
  type Operation,
} from './operation.ts';

const tag = 'accounts';
export const accountParams = z.strictObject({ account_id: idText });

const names = {
  given_name: personFields.name,
  family_name: personFields.name,
};

const newAccount = z.strictObject({
  ...personFields,
  ...names,
  address: postalAddress.optional(),
  email_verified: z.boolean().default(false).describe('Whether the address is known to be theirs.'),
  customer: z
    .strictObject({
      kind: z.enum(['person', 'company']).default('person'),
      name: z.string().trim().min(1).max(200).optional(),
      number: z
        .string()
        .regex(/^[1-9]\d{0,14}$/, { error: 'must be decimal digits, at most 15, not beginning with 0' })
        .optional(),
    })
    .optional()
    .describe('A new customer that the account owns. Also needs customers:write.'),
  send_set_password_link: z
    .boolean()
    .default(true)
    .describe('Whether the person is mailed a link that sets the password.'),
});

const profileChange = z.strictObject({
  login: personFields.login.nullable(),
  name: personFields.name.nullable(),
  given_name: personFields.name.nullable(),
  family_name: personFields.name.nullable(),
  phone: personFields.phone.nullable(),
  address: postalAddress.nullable().optional(),
  locale: personFields.locale.nullable(),
});

type Address = z.output<typeof postalAddress>;
const addressOf = ({ postal_code: postalCode, ...rest }: Address) =>
  Object.fromEntries(Object.entries({ ...rest, postalCode }).filter(([, value]) => value !== undefined));

/** A merge patch (RFC 7396): what is null is taken off. */
function changeOf(body: z.output<typeof profileChange>): ProfileChange {
  const { given_name: givenName, family_name: familyName, address, ...rest } = body;
  const given = {
    ...rest,
    ...('given_name' in body ? { givenName } : {}),
    ...('family_name' in body ? { familyName } : {}),
    ...(address === undefined ? {} : { address: address && addressOf(address) }),
  };
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? undefined]));
}

export const accountOperations = (
  { accounts: acts, search }: Acts,
  { accounts, customers }: { accounts: Accounts; customers: Customers },
): Operation[] => [
  operation({
    method: 'get',
    path: '/accounts',
    id: 'listAccounts',
    tag,
    summary: 'Lists accounts, newest first, or finds them',
    permission: 'accounts:read',
    query: z.strictObject({
      ...pageFields,
      search: searchText.describe('Login name, e-mail, phone, name or identifier, or the beginning of one.'),
    }),
    answer: pageOf(accountShown),
    async handle({ query: { limit, after, search: text } }) {
      if (text !== undefined) {
        const { hits, ...rest } = await search.accounts(text, { after, limit: limit ?? DEFAULT_LIMIT });
        return { body: { items: hits.map(showAccount), ...rest } };
      }
      return { body: await onePage({ limit, after }, accounts.list, showAccount) };
    },
  }),
  operation({
    method: 'post',
    path: '/accounts',
    id: 'createAccount',
    tag,
    summary: 'Makes an account',
    description: 'The person chooses the password by the mailed link; there is no way to set one for them.',
    permission: 'accounts:write',
    status: 201,
    body: newAccount,
    answer: accountShown,
    problems: ['taken'],
    async handle({ by, body }) {
      const {
        customer,
        send_set_password_link: mails,
        given_name,
        family_name,
        email_verified,
        address,
        ...rest
      } = body;
      const fields = defined({
        ...rest,
        givenName: given_name,
        familyName: family_name,
        emailVerified: email_verified,
        address: address && addressOf(address),
      }) as Parameters<typeof acts.create>[1];
      const made = await acts.create(by, fields, {
        customer: customer && (defined(customer) as typeof customer & { name?: string; number?: string }),
        quietly: !mails,
      });
      return { body: showAccount(made), version: made.version, location: `/accounts/${made.id}` };
    },
  }),
  operation({
    method: 'get',
    path: '/accounts/{account_id}',
    id: 'getAccount',
    tag,
    summary: 'One account',
    permission: 'accounts:read',
    params: accountParams,
    answer: accountShown,
    async handle({ params }) {
      const account = await acts.requireAccount(params.account_id);
      return { body: showAccount(account), version: account.version };
    },
  }),
  operation({
    method: 'patch',
    path: '/accounts/{account_id}',
    id: 'changeAccount',
    tag,
    summary: 'Changes the profile; null takes a field off (RFC 7396)',
    description:
      'A new phone number counts as not verified. The person is mailed when login name or number change. ' +
      'The e-mail address has an operation of its own.',
    permission: 'accounts:write',
    ifMatch: 'required',
    params: accountParams,
    body: profileChange,
    answer: accountShown,
    problems: ['taken'],
    async handle({ by, params, body, version }) {
      const changed = await acts.change(by, params.account_id, changeOf(body), version);
      return { body: showAccount(changed), version: changed.version };
    },
  }),
  operation({
    method: 'get',
    path: '/accounts/{account_id}/customers',
    id: 'listCustomersOfAccount',
    tag,
    summary: 'The customers that an account acts for',
    permission: 'customers:read',
    params: accountParams,
    answer: z.object({ items: z.array(z.object({ customer: customerShown, role: z.string() })) }),
    async handle({ params }) {
      const { id } = await acts.requireAccount(params.account_id);
      const found = await customers.ofAccount(id);
      return {
        body: { items: found.map(({ customer, role }) => ({ customer: showCustomer(customer), role })) },
      };
    },
  }),
  operation({
    method: 'post',
    path: '/accounts/{account_id}/disable',
    id: 'disableAccount',
    tag,
    summary: 'Ends everything that the account has open, and lets nobody sign in',
    permission: 'accounts:write',
    ifMatch: 'honoured',
    params: accountParams,
    body: z.strictObject({ reason: reasonText }),
    answer: accountShown,
    problems: ['conflict'],
    async handle({ by, params, body, version }) {
      const changed = await acts.disable(by, params.account_id, body.reason, version);
      return { body: showAccount(changed), version: changed.version };
    },
  }),
  operation({
    method: 'post',
    path: '/accounts/{account_id}/enable',
    id: 'enableAccount',
    tag,
    summary: 'Lets the person sign in again',
    permission: 'accounts:write',
    ifMatch: 'honoured',
    params: accountParams,
    answer: accountShown,
    async handle({ by, params, version }) {
      const changed = await acts.enable(by, params.account_id, version);
      return { body: showAccount(changed), version: changed.version };
    },
  }),
  operation({
    method: 'post',
    path: '/accounts/{account_id}/set-password-link',
    id: 'sendSetPasswordLink',
    tag,
    summary: 'Mails the person a link that sets a new password',
    description: 'To the address on file; the link is never in an answer. Five an hour for one account.',
    permission: 'accounts:write',
    params: accountParams,
    problems: ['conflict'],
    status: 202,
    async handle({ by, params }) {
      await acts.sendSetPasswordLink(by, params.account_id);
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/accounts/{account_id}/email',
    id: 'changeAccountEmail',
    tag,
    summary: 'Has a new e-mail address confirmed by a link that is mailed there',
    description:
      'The old address is told when the new one is confirmed, with a link that undoes it for 7 days.',
    permission: 'accounts:write',
    params: accountParams,
    body: z.strictObject({ email: personFields.email, reason: reasonText }),
    problems: ['conflict'],
    status: 202,
    async handle({ by, params, body }) {
      await acts.changeEmail(by, params.account_id, body.email, body.reason);
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/accounts/{account_id}/verification',
    id: 'verifyAccount',
    tag,
    summary: 'Takes address or number for the person’s after a look at who it is',
    description: 'What is given must be what is on file. The person is told by mail.',
    permission: 'accounts:write',
    params: accountParams,
    body: z
      .strictObject({ email: personFields.email.optional(), phone: personFields.phone, reason: reasonText })
      .refine(({ email, phone }) => email !== undefined || phone !== undefined, {
        error: 'give email, phone or both',
      }),
    answer: accountShown,
    problems: ['conflict'],
    async handle({ by, params, body: { reason, ...seen } }) {
      const changed = await acts.verify(by, params.account_id, seen, reason);
      return { body: showAccount(changed), version: changed.version };
    },
  }),
];

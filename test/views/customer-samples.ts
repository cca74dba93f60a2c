// Samples of the pages of a customer: whom one acts for, members, data, contacts, support access, closing.

import { account, accountFrame, at, type Sample } from './sample-props.ts';

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

const member = {
  id: ids[1],
  name: 'Petr Svoboda',
  email: 'petr@example.cz',
  role: roles.viewer,
  active: true,
  isYou: false,
  canChange: true,
  since: at,
};
const proof = { asksPassword: true, asksCode: false };
const invitation = {
  id: ids[1],
  email: 'eva@example.cz',
  customer: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
  inviter: 'Jana Nováková',
  role: roles.added,
  canChange: true,
  until: at,
};

const members = (label: string, page: object): Sample =>
  customerPage('members', label, '/account/members', {
    customerName: 'Květinářství U Lípy s.r.o.',
    members: [
      { ...member, name: account.name, isYou: true, role: roles.owner },
      { ...member, active: false },
    ],
    ...page,
  });

const one = (label: string, page: object): Sample =>
  customerPage('member', label, '/account/members', {
    member,
    roles: Object.values(roles),
    ...proof,
    ...page,
  });

const invite = (label: string, page: object): Sample =>
  customerPage('invite', label, '/account/members/invite', {
    roles: Object.values(roles),
    typed: { email: '', role: 'viewer' },
    refused: '',
    ...proof,
    ...page,
  });

const landing = (label: string, page: object): Sample => ({
  template: 'pages/invitation.njk',
  label,
  client: false,
  page: {
    invitation,
    signedInAs: '',
    signInUrl: '/authorize',
    canRegister: true,
    registerUrl: '/invitation/abc/register',
    ...page,
  },
});

const billing = {
  kind: 'company',
  name: 'Květinářství U Lípy s.r.o.',
  ico: '27082440',
  dic: 'CZ27082440',
  street: 'Lipová 12',
  city: 'Brno',
  postal_code: '602 00',
  country: 'CZ',
  invoice_email: 'faktury@example.cz',
};
const fieldsWith = (problems: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(billing).map(([field, value]) => [
      field,
      { value, problem: problems[field] ?? '', longest: 100 },
    ]),
  );

const data = (label: string, page: object): Sample =>
  customerPage('customer', label, '/account/customer', {
    number: '100123',
    role: roles.owner,
    canChange: true,
    kind: billing.kind,
    countries: [
      { code: 'CZ', name: 'Česko' },
      { code: 'SK', name: 'Slovensko' },
    ],
    fields: fieldsWith({}),
    ...page,
  });

const kinds = ['members', 'data', 'closing', 'support'].map((key, index) => ({
  key,
  ticked: index < 1,
}));
const contact = { id: ids[1], email: 'ucetni@example.cz', confirmed: false, until: at, kinds };

const contacts = (label: string, page: object): Sample =>
  customerPage('contacts', label, '/account/customer/contacts', {
    contacts: [contact, { ...contact, id: ids[0], confirmed: true, until: undefined }],
    canChange: true,
    typed: { email: '', kinds },
    ...page,
  });

const closing = (label: string, page: object): Sample =>
  customerPage('closing', label, '/account/customer/closing', {
    customer: invitation.customer,
    state: 'none',
    reason: '',
    blockers: [],
    invitations: 0,
    sure: false,
    ...proof,
    ...page,
  });

const leaving = (label: string, page: object): Sample =>
  customerPage('leaving', label, '/account/customers', {
    href: `/account/customers/${ids[0]}/leave`,
    customer: invitation.customer,
    role: roles.owner,
    ...proof,
    ...page,
  });

const answer = (kind: string): Sample => ({
  template: 'pages/contact.njk',
  label: kind,
  client: false,
  page: {
    kind,
    action: '/contact/abc',
    contact: {
      email: contact.email,
      kinds: [{ key: 'members' }, { key: 'data' }, { key: 'closing' }, { key: 'support' }],
      customer: { name: billing.name, number: '100123' },
    },
  },
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
  members('a viewer sees', {
    canChange: false,
    members: [{ ...member, canChange: false }],
    invitations: [],
  }),
  members('an owner changes', {
    canChange: true,
    invitations: [
      { ...invitation, isValid: true, sentAt: at, expiresAt: at },
      { ...invitation, isValid: false, canChange: false, sentAt: at, expiresAt: at },
    ],
  }),
  one('active', {}),
  one('an owner for others', { member: { ...member, role: roles.owner, canChange: false } }),
  one('disabled', { member: { ...member, active: false } }),
  one('last owner', { problem: 'last_owner' }),
  one('wrong password', { problem: 'wrong_password' }),
  invite('fresh', {}),
  invite('no address', { refused: 'no_email', problem: 'no_email', typed: { email: 'x', role: 'owner' } }),
  invite('pending', { refused: 'pending', problem: 'pending' }),
  invite('too many', { problem: 'too_many_messages', retryAfterSeconds: 3600 }),
  customerPage('invitations', 'one', '/account/invitations', {
    email: account.login,
    isVerified: true,
    invitations: [invitation],
  }),
  customerPage('invitations', 'none', '/account/invitations', {
    email: account.login,
    isVerified: true,
    invitations: [],
  }),
  customerPage('invitations', 'unverified', '/account/invitations', {
    email: account.login,
    isVerified: false,
    invitations: [],
  }),
  data('filled in', {}),
  data('a viewer sees', { canChange: false, role: roles.viewer }),
  data('wrong', {
    problem: 'form',
    fields: fieldsWith({ name: 'bad_name', ico: 'bad_ico', dic: 'bad_dic', city: 'too_long' }),
  }),
  contacts('two', {}),
  contacts('a viewer sees', { canChange: false }),
  contacts('none, no address', { contacts: [], problem: 'no_email' }),
  contacts('too many mails', { problem: 'too_many_messages', retryAfterSeconds: 3600 }),
  customerPage('contact-remove', 'asks', '/account/customer/contacts', { contact }),
  closing('can be asked for', {}),
  closing('blocked', {
    blockers: [{ name: member.name, email: member.email }],
    invitations: 2,
    problem: 'blocked',
  }),
  closing('not sure', { problem: 'not_sure' }),
  closing('mistyped', { problem: 'wrong_password', sure: true }),
  closing('requested', { state: 'requested' }),
  closing('checked', { state: 'checked' }),
  closing('refused', { state: 'refused', reason: 'Faktura 2026001 není zaplacená' }),
  ...['ask', 'done', 'refused', 'over'].map(answer),
  leaving('asks', {}),
  leaving('not sure', { problem: 'not_sure' }),
  leaving('last owner', { problem: 'last_owner' }),
  leaving('signs in again', { asksPassword: false }),
  {
    template: 'pages/left-customer.njk',
    label: 'done',
    client: false,
    page: { customer: invitation.customer },
  },
  landing('signed out', {}),
  landing('signed in', { signedInAs: invitation.email }),
  landing('somebody else', { signedInAs: account.login }),
  landing('over', { invitation: undefined }),
];

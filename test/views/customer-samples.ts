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
  since: at,
};
const proof = { asksPassword: true, asksCode: false };
const invitation = {
  id: ids[1],
  email: 'eva@example.cz',
  customer: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
  inviter: 'Jana Nováková',
  role: roles.added,
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
    canChange: true,
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
  page: { invitation, signedInAs: '', signInUrl: '/authorize', canRegister: true, ...page },
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
  members('a viewer sees', { canChange: false, invitations: [] }),
  members('an owner changes', {
    canChange: true,
    invitations: [{ ...invitation, sentAt: at, expiresAt: at }],
  }),
  one('active', {}),
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
  landing('signed out', {}),
  landing('signed in', { signedInAs: invitation.email }),
  landing('somebody else', { signedInAs: account.login }),
  landing('over', { invitation: undefined }),
];

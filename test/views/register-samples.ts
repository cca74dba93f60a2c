// Samples of the registration form in each of its states.

import { account, at, challenge, upstreams, type Sample } from './sample-props.ts';

const register = (label: string, page: object = {}): Sample => ({
  template: 'pages/register.njk',
  label,
  page: {
    action: '/register',
    problem: '',
    problems: {},
    challenge,
    limits: { name: 100, email: 254, phone: 40 },
    asksPassword: true,
    minLength: 12,
    texts: [
      { kind: 'terms', url: 'https://hvezdny.example/podminky', version: '2026-11', isAgreed: true },
      { kind: 'privacy', url: 'https://hvezdny.example/soukromi', version: '3', isAgreed: false },
    ],
    values: {
      kind: 'person',
      given_name: 'Jana',
      family_name: 'Nováková',
      company: '',
      email: account.login,
      phone: '+420 601 234 567',
    },
    from: 'abc',
    upstreams,
    upstreamAction: '/register/upstream',
    label: '',
    refused: '',
    identity: '',
    isFromUpstream: false,
    serial: '',
    withoutHref: '',
    invitation: undefined,
    invitationSecret: '',
    signInHref: '/interaction/abc/password',
    ...page,
  },
});

export const registerSamples: readonly Sample[] = [
  register('fresh', {
    values: { kind: '', given_name: '', family_name: '', company: '', email: '', phone: '' },
    texts: [],
  }),
  register('company', {
    values: {
      ...account,
      kind: 'company',
      company: 'Hvězdy, s.r.o.',
      given_name: '',
      family_name: '',
      email: '',
      phone: '',
    },
  }),
  register('invited', {
    upstreams,
    invitation: {
      id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
      email: account.login,
      customer: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
      inviter: 'Petr Svoboda',
      role: { name: 'manager', label: '' },
      until: at,
    },
    invitationSecret: 'abc',
    problem: 'fields',
    problems: { email: { problem: 'not_invited' } },
  }),
  register('invitation over', { problem: 'invitation_over' }),
  register('identity', {
    isFromUpstream: true,
    asksPassword: false,
    upstreams: [],
    label: 'MojeID',
    identity: 'jana.novakova',
    serial: 'def',
    extras: [
      { item: 'address', text: 'Nová 1, 602 00 Brno, CZ', isTicked: true },
      { item: 'billing', text: 'IČO 27074358, DIČ CZ27074358', isTicked: false },
    ],
    withoutHref: '/register?from=abc',
  }),
  register('identity-known', { label: 'MojeID', refused: 'has_account' }),
  ...['identity_over', 'upstream_off', 'upstream_unavailable'].map((problem) =>
    register(problem, { problem }),
  ),
  register('link', { asksPassword: false, from: '', signInHref: '/account' }),
  register('wrong', {
    problem: 'fields',
    problems: {
      company: { problem: 'no_company' },
      given_name: { problem: 'no_given_name' },
      family_name: { problem: 'no_family_name' },
      email: { problem: 'no_email' },
      phone: { problem: 'no_number' },
      password: { problem: 'no_password' },
      terms: { problem: 'not_agreed' },
      privacy: { problem: 'not_agreed' },
    },
  }),
  ...['too_short', 'too_long', 'too_common', 'same_as_login'].map((password) =>
    register(password, { problem: 'fields', problems: { password: { problem: password } } }),
  ),
  ...['phone_country', 'phone_not_mobile'].map((phone) =>
    register(phone, {
      problem: 'fields',
      problems: { phone: { problem: phone }, given_name: { problem: 'bad_name' } },
    }),
  ),
  ...['proof_missing', 'proof_refused', 'too_many_requests', 'too_many_messages'].map((problem) =>
    register(problem, { problem }),
  ),
];

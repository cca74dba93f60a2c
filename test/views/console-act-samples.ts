// Samples of the console's dangerous acts that have a form of their own.

import { consolePage } from './console-list-samples.ts';
import { account, type Sample } from './sample-props.ts';

const id = '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';
const asked = { reason: '', longest: 500, proof: 'nothing', typed: '' };

const edit = (label: string, props: object = {}): Sample =>
  consolePage('account-edit', label, `/admin/accounts/${id}/edit`, {
    ...asked,
    key: 'edit_account',
    action: `/admin/accounts/${id}/edit`,
    backHref: `/admin/accounts/${id}`,
    version: '3',
    fields: ['name', 'givenName', 'familyName', 'login', 'phone', 'locale'].map((key) => ({
      key,
      value: key === 'locale' ? 'cs' : 'Jana',
      problem: '',
      longest: 200,
    })),
    ...props,
  });
const email = (label: string, props: object = {}): Sample =>
  consolePage('account-email', label, `/admin/accounts/${id}/email`, {
    ...asked,
    key: 'change_email',
    action: `/admin/accounts/${id}/email`,
    backHref: `/admin/accounts/${id}`,
    present: account.login,
    who: account.name,
    email: { value: '', problem: '' },
    ...props,
  });
const ban = (label: string, props: object = {}): Sample =>
  consolePage('ban-new', label, '/admin/bans/new', {
    ...asked,
    key: 'add_ban',
    action: '/admin/bans/new',
    backHref: '/admin/bans',
    lives: [1, 24, 168, 720, 0].map((hours) => ({ hours, chosen: hours === 24 })),
    range: { value: '', problem: '' },
    ...props,
  });
const webhook = (label: string, props: object = {}): Sample =>
  consolePage('webhook-form', label, '/admin/webhooks/new', {
    ...asked,
    key: 'add_webhook',
    action: '/admin/webhooks/new',
    backHref: '/admin/webhooks',
    isNew: true,
    url: '',
    events: '*',
    description: '',
    badUrl: false,
    badEvents: false,
    badDescription: false,
    ...props,
  });

const domains = (label: string, props: object = {}): Sample =>
  consolePage('domains-add', label, '/admin/customers/100001/domains/add', {
    ...asked,
    key: 'add_domains',
    action: '/admin/customers/100001/domains/add',
    backHref: '/admin/customers/100001',
    name: '100001 Květiny s.r.o.',
    domains: { value: '', problem: '' },
    ...props,
  });

const orderFields = [
  ['key', 'key', 'key_taken'],
  ['email', 'email', 'email_taken'],
  ['given_name', 'given_name'],
  ['family_name', 'family_name'],
  ['phone', 'phone'],
  ['login', 'login', 'login_taken'],
  ['locale', 'locale'],
  ['customer_kind', 'customer_kind'],
  ['customer_name', 'customer_name'],
  ['customer_number', 'customer_number', 'number_taken'],
] as const;
const order = (label: string, problemOf: (problems: readonly string[]) => string): Sample =>
  consolePage('order', label, '/admin/customers/new', {
    backHref: '/admin/customers',
    problem: label === 'fresh' ? '' : 'fields',
    fields: orderFields.map(([key, ...problems]) => ({
      key,
      value: key === 'customer_kind' ? 'company' : '',
      required: key === 'key' || key === 'email',
      problem: problemOf(problems),
      longest: 200,
    })),
  });

export const consoleActSamples: readonly Sample[] = [
  order('fresh', () => ''),
  order('wrong', ([first = '']) => first),
  order('taken', (problems) => problems[1] ?? ''),
  edit('fresh'),
  edit('proof', { proof: 'form', problem: 'wrong_code' }),
  edit('sign in', { proof: 'sign_in' }),
  ...['name', 'givenName', 'familyName', 'login', 'login_taken', 'phone', 'locale'].map((problem) =>
    edit(problem, { problem: 'fields', fields: [{ key: 'name', value: 'x', problem, longest: 200 }] }),
  ),
  email('fresh'),
  email('wrong', { problem: 'fields', email: { value: 'x', problem: 'email' } }),
  email('sign in', { proof: 'sign_in' }),
  domains('fresh'),
  domains('sign in', { proof: 'sign_in' }),
  ...['no_domain', 'domain_taken', 'bad_domain'].map((problem) =>
    domains(problem, { problem: 'fields', domains: { value: 'x', problem } }),
  ),
  ban('fresh', { proof: 'form' }),
  ban('sign in', { proof: 'sign_in' }),
  ...['not_a_range', 'too_wide', 'trusted_proxy', 'loopback', 'ends_before_it_begins'].map((problem) =>
    ban(problem, { problem: 'fields', range: { value: '10.0.0.0/1', problem } }),
  ),
  webhook('new'),
  webhook('edit', { isNew: false, url: 'https://hooks.example', events: 'account.*' }),
  webhook('wrong', { problem: 'fields', badUrl: true, badEvents: true, badDescription: true }),
  webhook('sign in', { proof: 'sign_in' }),
  consolePage('upstreams', 'some', '/admin/upstreams', {
    rows: (['on', 'off', 'disabled'] as const).map((state) => ({
      name: 'mojeid',
      kind: 'mojeid',
      label: 'MojeID',
      issuer: 'https://mojeid.cz/oidc/',
      state,
      offReason: state === 'off' ? 'wrong names' : '',
      offBy: `operator:${id}`,
      at: '2026-05-04T08:00:00.000Z',
      linked: state === 'on' ? 1200 : '',
      testAction: '/admin/upstreams/mojeid/test',
      switchHref: state === 'disabled' ? '' : '/admin/upstreams/mojeid/off',
      tested: state === 'disabled' ? false : { ok: state === 'on', detail: 'metadata: ECONNREFUSED' },
    })),
    mayWrite: true,
    notice: 'upstream_off',
  }),
  consolePage('upstreams', 'none', '/admin/upstreams', { rows: [], mayWrite: false }),
];

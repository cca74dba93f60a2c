// Samples of the account where people look after what is theirs: overview, personal data, applications, changes, support.

import { account, accountFrame, at, proof, type Sample } from './sample-props.ts';

const overview = (label: string, page: object): Sample => ({
  template: 'account/overview.njk',
  label,
  page: {
    ...accountFrame('/account'),
    attention: [],
    removal: false,
    invitations: [],
    login: '',
    email: account.login,
    customers: [],
    ...page,
  },
});

const typed = {
  given_name: 'Jana',
  family_name: 'Nováková',
  street: 'Lipová 12',
  city: 'Brno',
  postal_code: '602 00',
  region: '',
  country: 'CZ',
  locale: 'cs',
};
const profile = (label: string, page: object): Sample => ({
  template: 'account/profile.njk',
  label,
  page: {
    ...accountFrame('/account/profile'),
    typed,
    field: '',
    limits: { name: 100, street: 200, city: 100, postalCode: 20, region: 100 },
    countries: [
      { code: 'CZ', name: 'Česko' },
      { code: 'SK', name: 'Slovensko' },
    ],
    ...page,
  },
});

const application = {
  clientId: 'panel',
  name: 'Zákaznický panel',
  uri: '',
  isOwn: false,
  lastAt: at,
  scopes: ['profile', 'email', 'ssh_keys', 'api:read'],
  isLasting: true,
  claims: ['phone_number', 'odd_claim'],
  resources: [{ indicator: 'https://api.hvezdny.example', scopes: ['read', 'write'] }],
};
const applications = (label: string, page: object): Sample => ({
  template: 'account/applications.njk',
  label,
  page: { ...accountFrame('/account/applications'), applications: [], ...page },
});

const change = {
  at,
  action: 'credential.password_changed',
  by: 'you',
  address: '192.0.2.7',
  agent: 'Firefox 141, Linux',
  fields: [] as string[],
  detail: '',
};
const changes = (label: string, page: object): Sample => ({
  template: 'account/changes.njk',
  label,
  page: {
    ...accountFrame('/account/changes'),
    rows: [],
    isOfCustomer: false,
    isFirst: true,
    newestHref: '/account/changes',
    olderHref: '',
    ...page,
  },
});

const limits = { subject: 120, text: 4000, server: 253, password: 256 };
const support = (label: string, page: object): Sample => ({
  template: 'account/support.njk',
  label,
  page: {
    ...accountFrame('/account/support'),
    requests: [],
    typed: { subject: '', text: '' },
    wrong: '',
    limits,
    ...page,
  },
});
const request = (label: string, page: object): Sample => ({
  template: 'account/support-request.njk',
  label,
  page: {
    ...accountFrame('/account/support/abc'),
    href: '/account/support/abc',
    subject: 'Web stojí',
    state: 'open',
    at,
    text: 'Od rána nic nejde.\nAni mail.',
    server: '',
    access: 'look',
    hasPassword: false,
    canNameServer: true,
    messages: [],
    typed: '',
    limits,
    ...page,
  },
});
const server = (label: string, page: object): Sample => ({
  template: 'account/support-server.njk',
  label,
  page: {
    ...accountFrame('/account/support/abc/server'),
    href: '/account/support/abc',
    levels: ['look', 'change', 'restart'],
    typed: { server: '', access: 'look' },
    wrong: '',
    limits,
    ...page,
  },
});

const invitation = {
  id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  email: account.login,
  customer: { name: 'Pekařství Novák', number: '100124' },
  inviter: 'Petr Svoboda',
  role: { name: 'manager', label: '' },
  until: at,
};
const customer = { name: 'Květinářství U Lípy s.r.o.', number: '100001', role: 'owner' };

export const ownSamples: readonly Sample[] = [
  overview('removal waits', { removal: { evidence: 'občanský průkaz', at, when: at } }),
  overview('calm', {
    customers: [customer, { ...customer, role: 'viewer' }, { ...customer, role: 'manager' }],
  }),
  overview('everything', {
    login: 'jana',
    invitations: [invitation],
    attention: [
      'support_inside',
      'closing',
      'new_place',
      'answered',
      'email',
      'phone',
      'second_factor',
      'few_codes',
    ].map((key) => ({
      key,
      href: '/account/security',
    })),
  }),
  profile('fresh', { notice: 'profile_saved' }),
  profile('english', { typed: { ...typed, locale: 'en', country: '' } }),
  ...[
    ['no_name', 'given_name'],
    ['bad_name', 'family_name'],
    ['too_long', 'street'],
    ['no_country', 'country'],
    ['bad_postal_code', 'postal_code'],
    ['bad_locale', 'locale'],
  ].map(([problem, field]) => profile(problem!, { problem, field })),
  {
    template: 'account/export.njk',
    label: 'ask',
    page: { ...accountFrame('/account/profile/export'), ...proof },
  },
  applications('none', { notice: 'access_ended' }),
  applications('two', {
    notice: 'access_over',
    applications: [
      application,
      { ...application, isOwn: true, scopes: [], claims: [], resources: [], isLasting: false },
    ],
  }),
  changes('none', {}),
  changes('no-more', { isFirst: false }),
  changes('of the customer', {
    isOfCustomer: true,
    rows: [{ ...change, action: 'customer.data_changed', fields: ['name', 'ico', 'odd'] }],
  }),
  changes('none of the customer', { isOfCustomer: true }),
  changes('some', {
    rows: ['you', 'member', 'operator', 'client', 'system'].map((by) => ({
      ...change,
      by,
      detail: by === 'you' ? 'Notebook' : '',
      address: by === 'you' ? '192.0.2.7' : '',
      agent: by === 'you' ? change.agent : '',
      action: by === 'system' ? 'account.not_known' : change.action,
    })),
    olderHref: '/account/changes?before=019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  }),
  support('none', {}),
  support('some', {
    requests: ['open', 'taken', 'answered', 'closed'].map((state) => ({
      href: '/account/support/abc',
      subject: 'Web stojí',
      state,
      at,
      isUnseen: state === 'answered',
    })),
  }),
  ...['no_subject', 'no_text', 'too_long', 'too_many_requests'].map((problem) =>
    support(problem, { problem, wrong: problem === 'too_many_requests' ? '' : 'text' }),
  ),
  request('open', { notice: 'support_asked' }),
  request('answered', {
    state: 'answered',
    server: 'web1.example',
    access: 'change',
    hasPassword: true,
    canNameServer: false,
    messages: [
      { by: 'operator', at, text: 'Podíváme se na to.' },
      { by: 'person', at, text: 'Díky.' },
    ],
    notice: 'support_replied',
  }),
  request('closed', {
    state: 'closed',
    server: 'web1',
    access: 'restart',
    canNameServer: false,
    notice: 'support_over',
  }),
  request('no-text', { problem: 'no_text', notice: 'support_server' }),
  server('fresh', {}),
  server('no-server', { problem: 'no_server', wrong: 'name' }),
  server('long-password', { problem: 'too_long', wrong: 'password' }),
  server('no-access', { problem: 'no_access', typed: { server: 'web1', access: '' } }),
];

// Samples of the console's lists and forms: accounts, customers, clients, queues and the audit log.

import { supportAllowance } from './support-access-samples.ts';
import { consoleFrame } from './console-samples.ts';
import { account, at, type Sample } from './sample-props.ts';

const id = '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';
const when = at.toISOString();
export const pages = { firstHref: '/admin/accounts', nextHref: '/admin/accounts?after=1' };
export const last = { firstHref: '', nextHref: '' };

const person = {
  href: `/admin/accounts/${id}`,
  name: account.name,
  login: 'jana',
  email: account.login,
  phone: '+420\u00a0601\u00a0234\u00a0567',
  createdAt: when,
  disabled: false,
};
const firm = {
  href: '/admin/customers/100001',
  number: '100001',
  name: 'Květiny s.r.o.',
  kind: 'company',
  state: 'vetted',
  createdAt: when,
  closedAt: '',
};
export const app = {
  href: '/admin/clients/panel',
  name: 'Zákaznický panel',
  clientId: 'panel',
  key: 'web',
  firstParty: true,
  disabled: true,
};

/** A page of the console. */
export const consolePage = (template: string, label: string, path: string, props: object): Sample => ({
  template: `admin/${template}.njk`,
  label,
  page: { ...consoleFrame(path), ...props },
});

const accountTab = (key: string, props: object = {}): Sample =>
  consolePage('account', key, `/admin/accounts/${id}`, {
    trail: [{ text: account.name, href: '' }],
    rows: [],
    key,
    id,
    name: account.name,
    here: `/admin/accounts/${id}`,
    disabled: false,
    isClosed: false,
    disabledReason: '',
    roles: [],
    mayWrite: true,
    tabs: [
      'overview',
      'security',
      'history',
      'sessions',
      'changes',
      'customers',
      'applications',
      'tokens',
    ].map((name) => ({ key: name, href: `/admin/accounts/${id}/${name}`, current: name === key })),
    ...last,
    ...props,
  });
const overview = {
  login: 'jana',
  email: account.login,
  emailVerified: false,
  phone: '+420\u00a0601\u00a0234\u00a0567',
  phoneVerified: false,
  address: 'Lipová 12, Brno',
  locale: 'cs',
  createdAt: when,
  updatedAt: when,
  allowances: [],
  mayEnter: true,
};
const security = {
  hasPassword: true,
  passwordBlocked: false,
  totpSince: at,
  codesLeft: 9,
  passkeys: [
    { name: 'Telefon', createdAt: when, usedAt: '' },
    { name: 'Klíč', createdAt: when, usedAt: when },
  ],
  addresses: 2,
  confirmSignIn: true,
  resetForbidden: false,
};
const from = { address: '192.0.2.7', agent: 'Firefox 141, Linux' };

const noHits = {
  firstHref: '',
  accounts: [],
  moreAccounts: '',
  customers: [],
  moreCustomers: '',
  clients: [],
  moreClients: '',
};

export const consoleListSamples: readonly Sample[] = [
  consolePage('accounts', 'some', '/admin/accounts', {
    rows: [person, { ...person, disabled: true, phone: '', login: '' }],
    ...pages,
  }),
  consolePage('accounts', 'none', '/admin/accounts', { rows: [], ...last }),
  consolePage('search', 'found', '/admin/search', {
    query: 'jana',
    firstHref: '',
    accounts: [person],
    moreAccounts: '/admin/search?q=jana&kind=accounts&after=x',
    customers: [firm],
    moreCustomers: '',
    clients: [app],
    moreClients: '/admin/search?q=n&kind=clients&after=1',
  }),
  consolePage('search', 'more', '/admin/search', {
    ...noHits,
    query: 'jana',
    firstHref: '/admin/search?q=jana',
    accounts: [person],
  }),
  consolePage('search', 'nothing', '/admin/search', { ...noHits, query: 'x' }),
  consolePage('search', 'empty', '/admin/search', noHits),
  accountTab('overview', overview),
  accountTab('overview', {
    ...overview,
    phone: '',
    disabled: true,
    disabledReason: 'spam',
    roles: [{ key: 'support' }],
    problem: 'too_often',
    notice: 'link_sent',
  }),
  accountTab('overview', { ...overview, disabled: true, isClosed: true, disabledReason: 'closed' }),
  accountTab('overview', { ...overview, emailVerified: true, phoneVerified: true, problem: 'not_possible' }),
  accountTab('security', security),
  accountTab('security', { ...security, passwordBlocked: true }),
  accountTab('security', { ...security, removal: { key: 'requested' } }),
  accountTab('security', { ...security, removal: { key: 'waiting' } }),
  accountTab('security', { ...security, hasPassword: false, totpSince: '', passkeys: [] }),
  accountTab('history'),
  accountTab('history', {
    rows: [
      { ...from, at: when, result: 'signed_in', reason: '', application: 'Panel' },
      { address: '', agent: '', at: when, result: 'refused', reason: 'wrong_password', application: 'Panel' },
    ],
    ...pages,
  }),
  accountTab('sessions', {
    rows: [
      {
        ...from,
        uid: 'a',
        signedInAt: at,
        usedAt: at,
        clients: 'panel, webmail',
        endHref: `/admin/accounts/${id}/sessions/a/end`,
      },
      { uid: 'b', signedInAt: at, usedAt: '', address: '', agent: '', clients: '', endHref: '/admin' },
    ],
  }),
  accountTab('tokens', {
    rows: [
      { name: 'CI', level: 'write', createdAt: when, endsAt: when, usedAt: when, revokeHref: '/admin' },
      { name: 'Zálohy', level: 'read', createdAt: when, endsAt: '', usedAt: '', revokeHref: '/admin' },
    ],
  }),
  accountTab('changes', {
    rows: [
      {
        href: '/admin/audit/000000000001',
        at: when,
        action: 'account.disabled',
        actor: `operator:${id}`,
        reason: 'spam',
      },
    ],
  }),
  accountTab('customers', { rows: [{ ...firm, role: 'owner' }] }),
  accountTab('applications', {
    rows: [{ clientId: 'panel', scopes: 'openid email', updatedAt: when, withdrawHref: '/admin' }],
  }),
  consolePage('customers', 'some', '/admin/customers', {
    mayOpen: true,
    rows: [
      firm,
      { ...firm, kind: 'person', state: 'unvetted' },
      { ...firm, state: 'refused', closedAt: when },
    ],
    ...pages,
  }),
  consolePage('customers', 'none', '/admin/customers', { mayOpen: false, rows: [], ...last }),
  consolePage('customer', 'vetted', '/admin/customers/100001', {
    ...firm,
    trail: [{ text: '100001', href: '' }],
    vetting: { state: 'vetted', by: id, reason: 'zaplaceno', at: when },
    members: [
      {
        href: person.href,
        name: account.name,
        email: account.login,
        role: 'owner',
        active: true,
        since: when,
      },
      { href: person.href, name: account.name, email: '', role: 'viewer', active: false, since: when },
    ],
    domains: [{ name: 'kvetiny.example', href: '/admin/customers/100001/domains/kvetiny.example/remove' }],
    addDomainsHref: '/admin/customers/100001/domains/add',
    moreDomains: true,
    allowances: [supportAllowance],
    mayEnter: true,
    auditHref: '/admin/audit?customer=10000007',
    mayWrite: true,
    choices: ['unvetted', 'refused'].map((key) => ({ key, href: `/admin/customers/100001/vet/${key}` })),
    notice: 'customer_vetted',
  }),
  consolePage('customer', 'bare', '/admin/customers/100001', {
    ...firm,
    closedAt: when,
    vetting: false,
    members: [],
    domains: [],
    addDomainsHref: '',
    moreDomains: false,
    allowances: [],
    mayEnter: false,
    auditHref: '/admin/audit?customer=10000007',
    mayWrite: false,
    choices: [],
  }),
  consolePage('audit', 'some', '/admin/audit', {
    rows: [
      {
        href: '/admin/audit/000000000001',
        at: when,
        action: 'account.disabled',
        actor: 'operator:Ota Operátor',
        about: { text: 'Jana Nováková', href: `/admin/accounts/${id}` },
        reason: 'spam',
      },
      {
        href: '/admin/audit/000000000002',
        at: when,
        action: 'credential.password_sign_in_off',
        actor: 'command',
        about: { text: '', href: '' },
        reason: '',
      },
    ],
    actions: [
      { name: 'account.disabled', chosen: true },
      { name: 'keys.rotated', chosen: false },
    ],
    account: '',
    customer: '',
    client: '',
    actor: '',
    exportHref: '/admin/audit/export',
    ...pages,
  }),
  consolePage('audit', 'none', '/admin/audit', {
    rows: [],
    actions: [],
    account: id,
    customer: '',
    client: '',
    actor: '',
    exportHref: '/admin/audit/export',
    ...last,
  }),
  consolePage('audit-entry', 'changed', '/admin/audit/000000000001', {
    number: 1,
    action: 'account.disabled',
    actor: 'operator:Ota Operátor',
    about: { text: id, href: '' },
    fields: [{ name: 'actor', value: `operator:${id}` }],
    before: '{ "status": "active" }',
    after: '{ "status": "disabled" }',
  }),
  consolePage('audit-entry', 'plain', '/admin/audit/000000000001', {
    number: 1,
    action: 'an.act.of.another.version',
    actor: 'system',
    about: { text: '', href: '' },
    fields: [],
    before: '',
    after: '',
  }),
];

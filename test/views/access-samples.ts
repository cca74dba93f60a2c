// Samples of the account where people give access to programs: API tokens.

import { accountFrame, at, type Sample } from './sample-props.ts';

const token = {
  href: '/account/api-tokens/abc',
  name: 'Nasazení z CI',
  level: 'write',
  customer: 'Květinářství U Lípy s.r.o.',
  addresses: ['203.0.113.7', '2001:db8::/64'],
  createdAt: at,
  lastUsedAt: at,
  lastUsedFrom: '203.0.113.7',
  endsAt: at,
  isOver: false,
};
const customer = { id: 'a', name: 'Květinářství U Lípy s.r.o.', number: '100001', levels: ['read'] };
const unused = { lastUsedAt: '', lastUsedFrom: '', endsAt: '', addresses: [] };

const tokens = (label: string, page: object): Sample => ({
  template: 'account/api-tokens.njk',
  label,
  page: {
    ...accountFrame('/account/api-tokens'),
    tokens: [],
    customers: [customer],
    levels: ['read', 'write', 'admin'],
    isFull: false,
    most: 20,
    mostRanges: 20,
    longestName: 60,
    today: '2026-11-21',
    typed: { name: '', level: 'read', customer: '', ends: '', addresses: '' },
    asksPassword: true,
    asksCode: false,
    ...page,
  },
});

const one = (label: string, page: object): Sample => ({
  template: 'account/api-token.njk',
  label,
  page: { ...accountFrame('/account/api-tokens'), ...token, asksPassword: true, asksCode: false, ...page },
});

const typed = { name: 'CI', level: 'admin', customer: 'b', ends: '2020-01-01', addresses: 'here' };

export const accessSamples: readonly Sample[] = [
  tokens('empty', {}),
  tokens('full', {
    tokens: [token, { ...token, ...unused, level: 'admin' }, { ...token, level: 'read', isOver: true }],
    customers: [customer, { ...customer, id: 'b', number: '100002' }],
    isFull: true,
    notice: 'api_token_revoked',
  }),
  tokens('several-customers', { customers: [customer, { ...customer, id: 'b', number: '100002' }] }),
  tokens('no-customer', { customers: [], levels: [], asksPassword: false }),
  ...[
    'no_name',
    'name_taken',
    'no_level',
    'level_too_high',
    'not_a_member',
    'full',
    'account_over',
    'ends_invalid',
    'ends_past',
    'bad_range',
    'many_ranges',
    'wrong_password',
    'too_many_attempts',
  ].map((problem) => tokens(problem, { problem, typed })),
  one('used', {}),
  one('bare', { ...unused, customer: '', level: 'read' }),
  one('over', { isOver: true, level: 'admin', lastUsedFrom: '', problem: 'wrong_password' }),
  {
    template: 'account/api-token-new.njk',
    label: 'made',
    page: {
      ...accountFrame('/account/api-tokens'),
      name: 'Nasazení z CI',
      value: 'vratny_pat_0000000000000000000000000000000000000000000000000',
    },
  },
];

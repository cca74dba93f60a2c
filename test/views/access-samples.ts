// Samples of the account where people give access to programs and servers: API tokens, SSH and GPG keys.

import { makeSshKey } from '../../src/domain/public-keys/new-ssh-key.ts';
import { gpgKeys, sshKeys } from '../support/sample-keys.ts';
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

const sshKey = {
  href: '/account/keys/abc',
  name: 'Pracovní notebook',
  kind: 'ssh',
  type: 'ssh-rsa',
  bits: 4096,
  fingerprint: 'SHA256:IiHw8kPuf6UrjhgsHvJbnSvR8tF8EmHE5bucdqEvioA',
  comment: 'jana@notebook',
  userIds: [],
  endsAt: '',
  isOver: false,
  source: 'own',
  createdAt: at,
  updatedAt: at,
};
const gpgKey = {
  ...sshKey,
  kind: 'gpg',
  type: 'EdDSA',
  bits: 0,
  fingerprint: '8F5CF9BFE3FC8720DD7AC4B584F057C5BC697F63',
  comment: '',
  userIds: ['Jana Nováková <jana@example.cz>', 'J. N. <jana@firma.example>'],
  endsAt: at,
};

const keys = (label: string, page: object): Sample => ({
  template: 'account/keys.njk',
  label,
  page: {
    ...accountFrame('/account/keys'),
    keys: [],
    isFull: false,
    most: 50,
    longestName: 60,
    typed: { name: '', newName: '' },
    ...page,
  },
});

const keyPage = (label: string, page: object): Sample => ({
  template: 'account/key.njk',
  label,
  page: { ...accountFrame('/account/keys'), ...sshKey, text: sshKeys.rsa2048, longestName: 60, ...page },
});

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
  keys('empty', {}),
  keys('full', { keys: [sshKey, gpgKey, { ...gpgKey, isOver: true }], isFull: true, notice: 'key_added' }),
  ...[
    'no_name',
    'name_taken',
    'key_taken',
    'full',
    'private_key',
    'not_a_key',
    'several_keys',
    'options',
    'certificate',
    'dsa',
    'weak_rsa',
    'damaged',
    'too_long',
    'revoked',
    'old_key',
  ].map((problem) => keys(problem, { problem, keys: [sshKey] })),
  keys('new-taken', { problem: 'name_taken', typed: { name: '', newName: 'Notebook' } }),
  keyPage('ssh', { notice: 'key_renamed' }),
  keyPage('generated', { source: 'generated', type: 'ssh-ed25519', bits: 0, problem: 'name_taken' }),
  keyPage('gpg', { ...gpgKey, isOver: true, text: gpgKeys.rsa2048, problem: 'no_name' }),
  {
    template: 'account/key-new.njk',
    label: 'made',
    page: { ...accountFrame('/account/keys'), name: 'Pracovní notebook', ...makeSshKey('Pracovní notebook') },
  },
];

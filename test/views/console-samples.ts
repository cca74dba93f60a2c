// Samples of the operators' console: its frame, dangerous acts, operators.

import { account, type Sample } from './sample-props.ts';
import { sections } from '../../interactions/admin/sections.ts';

/** What the frame of the console gives every page of it. */
export const consoleFrame = (path: string, trail: readonly { text: string; href: string }[] = []) => ({
  path,
  operator: account,
  sections: sections.map((section) => ({ ...section, current: path.startsWith(section.path) })),
  trail,
  canSearch: true,
  query: '',
  notice: '',
  problem: '',
  retryAfterSeconds: 0,
});

const id = '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';
const operator = {
  href: `/admin/operators/${id}`,
  name: 'Petra Dvořáková',
  login: 'petra',
  roles: [{ key: 'owner' }, { key: 'auditor' }],
  hasFactor: true,
  active: true,
};

const act = (key: string, label: string, page: object = {}): Sample => ({
  template: 'admin/act.njk',
  label: `${key} ${label}`,
  page: {
    ...consoleFrame('/admin/operators/x', [{ text: account.name, href: '/admin/operators' }]),
    key,
    action: `/admin/operators/${id}/grant/owner`,
    name: account.name,
    detail: account.login,
    backHref: '/admin/operators',
    typed: '',
    reason: '',
    longest: 500,
    proof: 'nothing',
    ...page,
  },
});

const keys = [
  'disable_account',
  'enable_account',
  'end_sessions',
  'verify_email',
  'verify_phone',
  'vet',
  'rotate_secret',
  'disable_client',
  'enable_client',
  'delete_client',
  'rotate_keys',
  'rotate_keys_now',
  'revoke_key',
  'remove_ban',
  'rotate_webhook_secret',
  'delete_webhook',
  'check_closing',
  'request_totp_removal',
  'approve_totp_removal',
  'refuse_totp_removal',
  'refuse_closing',
  'close_closing',
  'switch_off_upstream',
  'switch_on_upstream',
  'reveal_password',
  'end_session',
  'withdraw_consent',
  'revoke_token',
  'remove_domain',
  'enter_account',
  'end_support_access',
];

export const consoleSamples: readonly Sample[] = [
  {
    template: 'admin/second-factor.njk',
    label: 'bare',
    page: { ...consoleFrame('/admin'), sections: [], canSearch: false },
  },
  {
    template: 'admin/forbidden.njk',
    label: 'keys',
    page: { ...consoleFrame('/admin/keys'), permission: 'keys:read' },
  },
  act('grant_role', 'fresh'),
  act('grant_role', 'proof', { proof: 'form', problem: 'wrong_code' }),
  act('revoke_role', 'sign-in', { proof: 'sign_in' }),
  act('revoke_role', 'throttled', { proof: 'form', problem: 'too_many_attempts', retryAfterSeconds: 300 }),
  ...['no_reason', 'long_reason', 'not_typed', 'proof_over', 'last_owner'].map((problem) =>
    act('revoke_role', problem, { problem, typed: 'panel', reason: 'moved to another team' }),
  ),
  ...keys.map((key) => act(key, 'fresh', { typed: key === 'delete_client' ? 'Panel' : '' })),
  ...[
    'not_permitted',
    'wrong_state',
    'too_often',
    'has_members',
    'no_evidence',
    'stale',
    'nothing_changed',
    'unknown',
    'not_taken',
    'no_password',
  ].map((problem) => act('disable_account', problem, { problem })),
  {
    template: 'admin/configuration.njk',
    label: 'some',
    page: {
      ...consoleFrame('/admin/configuration'),
      filters: ['all', 'set'].map((key, index) => ({
        key,
        href: '/admin/configuration',
        current: index === 0,
      })),
      settings: ['variable', 'file', 'made', 'standard'].map((key, index) => ({
        variable: 'VRATNY_ISSUER',
        value: index === 3 ? '' : 'https://id.example.com',
        doc: 'The address of the provider.',
        key,
      })),
    },
  },
  {
    template: 'admin/operators.njk',
    label: 'some',
    page: {
      ...consoleFrame('/admin/operators'),
      notice: 'role_granted',
      operators: [
        operator,
        { ...operator, roles: [{ key: 'clients' }, { key: 'support' }], hasFactor: false, active: false },
      ],
      mayWrite: true,
      login: '',
    },
  },
  {
    template: 'admin/operators.njk',
    label: 'unknown account',
    page: {
      ...consoleFrame('/admin/operators'),
      operators: [],
      mayWrite: true,
      login: 'nobody',
      problem: 'unknown_account',
    },
  },
  {
    template: 'admin/operator.njk',
    label: 'owner',
    page: {
      ...consoleFrame(`/admin/operators/${id}`, [{ text: 'Petra Dvořáková', href: '' }]),
      ...operator,
      notice: 'role_revoked',
      mayWrite: true,
      roles: ['owner', 'clients', 'support', 'auditor'].map((key, index) => ({
        key,
        given: index === 0,
        permissions: ['clients:read', 'clients:write'],
        href: `/admin/operators/${id}/grant/${key}`,
      })),
    },
  },
];

// Samples of the account: its first page, the notices, the history of signing in and the sessions.

import { account, accountFrame, at, client, obscure, type Sample } from './sample-props.ts';

const security = (label: string, page: object): Sample => ({
  template: 'account/security.njk',
  label,
  page: {
    ...accountFrame('/account/security'),
    totp: false,
    removal: false,
    codesLeft: 0,
    passkeys: 0,
    addresses: 0,
    identities: 0,
    canLink: true,
    hasPassword: true,
    passwordOff: false,
    passwordBlocked: false,
    login: '',
    email: account.login,
    emailVerified: true,
    phone: '',
    phoneVerified: false,
    signInMail: 'unseen',
    confirmSignIn: false,
    resetForbidden: false,
    ...page,
  },
});

const notices = (label: string, page: object): Sample => ({
  template: 'account/notices.njk',
  label,
  page: {
    ...accountFrame('/account/security/notices'),
    choices: ['always', 'open_browser', 'changed', 'unseen', 'never'].map((key) => ({ key })),
    signInMail: 'unseen',
    confirm: false,
    canConfirm: true,
    asksPassword: true,
    ...page,
  },
});

const attempt = {
  href: '/account/history/019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  at,
  result: 'signed_in',
  reason: '',
  address: '192.0.2.7',
  network: 'Hvězdné sítě, a.s.',
  country: 'CZ',
  agent: 'Firefox 141, Linux',
  application: client.name,
};

const supportThere = {
  ...attempt,
  result: 'support',
  supportReason: 'Faktura za říjen nejde otevřít',
  address: '',
  network: '',
  country: '',
  agent: '',
  application: '',
};

const historyPage = (label: string, page: object): Sample => ({
  template: 'account/history.njk',
  label,
  page: {
    ...accountFrame('/account/history'),
    rows: [],
    filters: ['all', 'signed_in', 'refused'].map((key, index) => ({
      key,
      href: `/account/history?show=${key}`,
      current: index === 0,
    })),
    isFirst: true,
    newestHref: '/account/history',
    olderHref: '',
    months: 13,
    ...page,
  },
});

const historyEntry = (label: string, page: object): Sample => ({
  template: 'account/history-entry.njk',
  label,
  page: {
    ...accountFrame('/account/history'),
    ...attempt,
    browser: 'Firefox 141',
    system: 'Linux',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
    methods: ['password'],
    listEntry: '',
    upstream: '',
    isThisBrowser: true,
    id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
    backHref: '/account/history',
    ...page,
  },
});

export const accountSamples: readonly Sample[] = [
  historyPage('support', { rows: [supportThere, attempt] }),
  historyEntry('support', { ...supportThere, methods: [] }),
  security('federated', { hasPassword: false, passwordOff: true, identities: 2 }),
  security('bare', {}),
  security('blocked', { passwordBlocked: true, passkeys: 1 }),
  security('guarded', {
    totp: true,
    hasPassword: false,
    login: 'jana',
    codesLeft: 9,
    passkeys: 2,
    addresses: 3,
    phone: '+420\u00a0601\u00a0234\u00a0567',
    phoneVerified: true,
    signInMail: 'always',
    confirmSignIn: true,
  }),
  ...(['open_browser', 'changed', 'never'] as const).map((signInMail) =>
    security(`mails-${signInMail}`, { signInMail, totp: true, codesLeft: 2, notice: 'session_ended' }),
  ),
  notices('fresh', {}),
  notices('all-on', { signInMail: 'always', confirm: true, notice: 'notices_saved' }),
  notices('no-phone', { canConfirm: false, asksPassword: false }),
  ...[
    'confirmation_needs_mail',
    'confirmation_needs_phone',
    'bad_choice',
    'wrong_password',
    'wrong_code',
    'throttled',
  ].map((problem) => notices(problem, { problem })),
  historyPage('empty', {}),
  historyPage('empty-filter', { isFirst: false }),
  historyPage('full', {
    rows: [
      attempt,
      { ...attempt, ...obscure, result: 'refused', reason: 'wrong_password' },
      { ...attempt, network: '' },
      { ...attempt, country: '' },
    ],
    olderHref: '/account/history?before=019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  }),
  historyEntry('signed-in', { methods: ['passkey', 'totp', 'recovery-code', 'lost-device', 'email-link'] }),
  historyEntry('spared', { listEntry: '192.0.2.0/24', upstream: 'MojeID' }),
  ...[
    'wrong_password',
    'wrong_code',
    'wrong_passkey',
    'throttled',
    'denied',
    'expired',
    'account_disabled',
  ].map((reason) =>
    historyEntry(reason, { ...obscure, result: 'refused', reason, methods: [], isThisBrowser: false }),
  ),
  {
    template: 'account/sessions.njk',
    label: 'two',
    page: {
      ...accountFrame('/account/sessions'),
      notice: 'session_over',
      sessions: [
        {
          uid: 'a',
          current: true,
          signedInAt: at,
          usedAt: at,
          address: '192.0.2.7',
          browser: 'Firefox 140, Linux',
          clients: ['Zákaznický panel', 'Webmail'],
        },
        {
          uid: 'c',
          isSupport: true,
          current: false,
          signedInAt: at,
          usedAt: undefined,
          address: '',
          browser: '',
          clients: [],
        },
        {
          uid: 'b',
          current: false,
          signedInAt: at,
          usedAt: undefined,
          address: '',
          browser: '',
          clients: [],
        },
      ],
    },
  },
  {
    template: 'account/sign-out-everywhere.njk',
    label: 'ask',
    page: accountFrame('/account/sign-out-everywhere'),
  },
];

// Samples of the pages outside of interactions and accounts: links from letters, endings, support and errors.

import { account, at, challenge, type Sample } from './sample-props.ts';

const error = (code: string, status: number, page: object = {}): Sample => ({
  template: 'pages/error.njk',
  label: code,
  page: { code, status, ...page },
});

const setPassword = (label: string, page: object = {}): Sample => ({
  template: 'pages/set-password.njk',
  label,
  page: {
    action: '/password/abc',
    login: account.login,
    minLength: 12,
    words: [account.login],
    identities: [],
    ...page,
  },
});

const confirmSignIn = (label: string, page: object): Sample => ({
  template: 'pages/confirm-sign-in.njk',
  label,
  page: {
    action: '/confirm-sign-in/abc',
    problem: '',
    when: at,
    address: '31.15.10.7',
    browser: 'Firefox 141',
    system: 'Windows',
    application: 'Zákaznický panel',
    ...page,
  },
  client: false,
});

const device = (label: string, page: object = {}): Sample => ({
  template: 'pages/device.njk',
  label,
  client: false,
  page: { action: '/device', code: '', typed: '', problem: '', retryAfterSeconds: 0, ...page },
});

const deviceConfirm = (label: string, page: object = {}): Sample => ({
  template: 'pages/device-confirm.njk',
  label,
  page: {
    action: '/device',
    code: 'WDJB-MJHT',
    scopes: ['profile', 'email', 'offline_access', 'tv:watch'],
    account,
    accountId: 'a1',
    when: at,
    address: '31.15.10.7',
    browser: 'Chrome 63',
    system: 'Tizen',
    isNear: true,
    ...page,
  },
});

const lostDeviceLink = (template: string, label: string, page: object = {}): Sample => ({
  template,
  label,
  client: false,
  page: {
    sendAction: '/lost-device/abc',
    codeAction: '/lost-device/abc/code',
    challenge,
    phone: '+420 ••• ••• 123',
    problem: '',
    retryAfterSeconds: 0,
    ...page,
  },
});

const support = (label: string, page: object = {}): Sample => ({
  template: 'pages/support.njk',
  label,
  client: false,
  page: {
    action: '/support/second-factor',
    problem: '',
    wrong: '',
    challenge,
    limits: { email: 254, service: 253, text: 2000, contact: 200 },
    email: account.login,
    text: 'Přišla jsem o telefon.\nDo pošty se nedostanu.',
    contact: '+420 601 234 567',
    ...page,
  },
});

const recover = (label: string, page: object = {}): Sample => ({
  template: 'pages/recover.njk',
  label,
  client: false,
  page: {
    action: '/recover',
    known: account.login,
    signIn: '',
    longest: 254,
    challenge,
    problem: '',
    retryAfterSeconds: 0,
    ...page,
  },
});

const registerWaiting = (template: string, label: string, page: object = {}): Sample => ({
  template: `pages/register-${template}.njk`,
  label,
  page: {
    problem: '',
    retryAfterSeconds: 0,
    isDone: false,
    isPasswordMailed: false,
    isSent: true,
    phone: '+420 601 234 567',
    email: account.login,
    continueHref: '/interaction/abc',
    ...page,
  },
});

export const pageSamples: readonly Sample[] = [
  {
    template: 'pages/departure.njk',
    label: 'on-the-way',
    page: { label: 'MojeID', to: 'https://mojeid.cz/oidc/authorization/?state=abc&nonce=def' },
  },
  device('empty'),
  device('by-link', { code: 'WDJB-MJHT' }),
  device('no_code', { problem: 'no_code' }),
  device('wrong_code', { typed: 'wdjb mjhx', problem: 'wrong_code' }),
  device('too_many_attempts', { typed: 'WDJB-MJHX', problem: 'too_many_attempts', retryAfterSeconds: 40 }),
  deviceConfirm('signed-in'),
  deviceConfirm('nobody', {
    account: undefined,
    scopes: [],
    address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    browser: '',
    system: '',
    isNear: false,
  }),
  ...['approved', 'denied', 'over', 'support'].map((result) => ({
    template: 'pages/device-ended.njk',
    label: result,
    page: { result },
    client: false as const,
  })),
  { template: 'pages/stray-answer.njk', label: 'stray', page: {}, client: false },
  { template: 'pages/home.njk', label: 'visitor', page: { canRegister: true }, client: false },
  { template: 'pages/home.njk', label: 'signed-in', page: { signedIn: account }, client: false },
  setPassword('fresh', {}),
  ...['empty', 'too_short', 'too_long', 'too_common', 'same_as_login', 'mismatch', 'form_expired'].map(
    (problem) => setPassword(problem, { problem }),
  ),
  { template: 'pages/set-password-link.njk', label: 'used', page: { reason: 'used' } },
  {
    template: 'pages/set-password-link.njk',
    label: 'expired',
    page: { reason: 'expired', newLinkUrl: '/password/new' },
  },
  { template: 'pages/set-password-link.njk', label: 'unknown', page: { reason: 'unknown' } },
  { template: 'pages/password-set.njk', label: 'by a mailed link', page: {} },
  { template: 'pages/password-set.njk', label: 'done', page: { continueUrl: '/auth?client_id=panel' } },
  ...['ask', 'done', 'over'].map((kind) => ({
    template: 'pages/verify-email.njk',
    label: kind,
    page: { kind, action: '/verify-email/abc', email: account.login },
  })),
  ...(['change-email', 'undo-email'] as const).flatMap((name) =>
    ['ask', 'done', 'over', 'taken'].map((kind) => ({
      template: `pages/${name}.njk`,
      label: kind,
      page: { kind, action: `/${name}/abc`, email: account.login },
    })),
  ),
  confirmSignIn('asked', {}),
  confirmSignIn('unknown', { address: '', browser: '', system: '' }),
  ...['mismatch', 'no_number'].map((problem) => confirmSignIn(problem, { problem })),
  ...['approved', 'denied', 'mismatched', 'over'].map((result) => ({
    template: 'pages/confirm-sign-in-done.njk',
    label: result,
    page: { result, application: 'Zákaznický panel', lockUrl: 'https://id.hvezdny.example/not-me/abc' },
    client: false as const,
  })),
  ...['log_out', 'lock', 'keep_factor'].map((kind) => ({
    template: 'pages/ending.njk',
    label: kind,
    page: { kind, action: '/not-me/abc' },
    client: false as const,
  })),
  ...['log_out', 'lock', 'keep_factor', 'over'].map((kind) => ({
    template: 'pages/ended.njk',
    label: kind,
    page: { kind },
    client: false as const,
  })),
  lostDeviceLink('pages/lost-device.njk', 'fresh'),
  lostDeviceLink('pages/lost-device.njk', 'too-many', { problem: 'too_many_codes', retryAfterSeconds: 60 }),
  lostDeviceLink('pages/lost-device-code.njk', 'fresh'),
  ...['wrong_code', 'code_over', 'too_many_tries', 'proof_missing', 'proof_refused'].map((problem) =>
    lostDeviceLink('pages/lost-device-code.njk', problem, { problem }),
  ),
  registerWaiting('code', 'fresh'),
  ...['wrong_code', 'code_over'].map((problem) => registerWaiting('code', problem, { problem })),
  ...['too_many_messages', 'too_many_attempts'].map((problem) =>
    registerWaiting('code', problem, { problem, retryAfterSeconds: 1200 }),
  ),
  registerWaiting('mail', 'sent'),
  registerWaiting('mail', 'unsent', { isSent: false, problem: 'too_many_mails', retryAfterSeconds: 1200 }),
  registerWaiting('mail', 'done', { isDone: true }),
  registerWaiting('mail', 'done-link', { isDone: true, isPasswordMailed: true }),
  ...['ask', 'done', 'exists', 'over'].map((kind) => ({
    template: 'pages/activate.njk',
    label: kind,
    client: false as const,
    page: {
      kind,
      action: '/activate/abc',
      name: account.name,
      company: 'Hvězdy, s.r.o.',
      email: account.login,
      phone: '+420 ••• ••• 567',
      upstream: 'MojeID',
      identity: 'jana.novakova',
      continueHref: '/account',
      isPasswordMailed: true,
    },
  })),
  { template: 'pages/lost-device-off.njk', label: 'done', page: {}, client: false },
  { template: 'pages/lost-device-over.njk', label: 'over', page: {}, client: false },
  support('fresh', { email: '', text: '', contact: '' }),
  ...[
    'no_email',
    'no_text',
    'no_contact',
    'too_long',
    'too_many_requests',
    'proof_missing',
    'proof_refused',
  ].map((problem) => support(problem, { problem })),
  support('login', { kind: 'login', service: 'example.cz' }),
  support('no_service', { kind: 'login', service: '', problem: 'no_service', wrong: 'service' }),
  recover('fresh', { known: '', signIn: 'abc' }),
  ...['empty', 'too_long', 'proof_missing', 'proof_refused'].map((problem) => recover(problem, { problem })),
  recover('too_many_requests', { problem: 'too_many_requests', retryAfterSeconds: 900 }),
  ...[true, false].flatMap((sameBrowser): Sample[] => [
    {
      template: 'pages/recover-sent.njk',
      label: sameBrowser ? 'here' : 'anywhere',
      page: { minutes: 15, most: 3, sameBrowser },
      client: false,
    },
    {
      template: 'pages/recover-over.njk',
      label: sameBrowser ? 'here' : 'anywhere',
      page: { minutes: 15, sameBrowser },
      client: false,
    },
  ]),
  { template: 'pages/support-sent.njk', label: 'sent', page: {}, client: false },
  { template: 'pages/signed-out-everywhere.njk', label: 'done', page: {}, client: false },
  ...(['expired', 'finished', 'unknown'] as const).map((reason) => ({
    template: 'pages/sign-in-over.njk',
    label: reason,
    page: { reason, ...(reason === 'expired' && { continueUrl: '/auth?client_id=panel' }) },
  })),
  { template: 'pages/sign-in-over.njk', label: 'bare', page: { reason: 'unknown' }, client: false },
  { template: 'pages/sign-out.njk', label: 'asked', page: { action: '/session/end/confirm', xsrf: 'x1' } },
  { template: 'pages/signed-out.njk', label: 'client', page: {} },
  {
    template: 'pages/signed-out.njk',
    label: 'elsewhere',
    page: { wayOut: { label: 'MojeID', url: 'https://mojeid.cz/logout/' } },
  },
  { template: 'pages/signed-out.njk', label: 'bare', page: {}, client: false },
  { template: 'pages/still-signed-in.njk', label: 'client', page: {} },
  { template: 'pages/still-signed-in.njk', label: 'bare', page: {}, client: false },
  {
    template: 'pages/continue.njk',
    label: 'form-post',
    page: {
      action: 'https://panel.hvezdny.example/callback',
      fields: [{ name: 'code', value: 'secret' }],
      submitNow: true,
    },
  },
  error('not_found', 404),
  error('internal', 500, { retryUrl: '/', supportUrl: 'https://podpora.hvezdny.example/' }),
  error('oauth', 400, { oauthError: 'invalid_redirect_uri', description: 'redirect_uri did not match' }),
  error('oauth', 400, { oauthError: 'something_new' }),
];

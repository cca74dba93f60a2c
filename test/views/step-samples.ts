// Samples of the steps of an interaction: what a person passes through on the way to the application.

import { account, at, passkeyOffer, steps, upstreams, type Sample } from './sample-props.ts';

const password = (label: string, page: object, more: object = {}): Sample => ({
  template: 'steps/password.njk',
  label,
  page: {
    ...steps,
    login: '',
    recoverHref: '/recover?sign_in=abc',
    registerHref: '/register?from=abc',
    passkey: passkeyOffer,
    upstreams,
    upstreamAction: '/interaction/abc/upstream',
    ...page,
  },
  ...more,
});

const passkeyStep = (label: string, page: object): Sample => ({
  template: 'steps/passkey.njk',
  label,
  page: { ...steps, problem: '', passkey: passkeyOffer, first: true, alternatives: [], ...page },
});

const refusals = [
  'cancelled',
  'login_required',
  'interaction_required',
  'not_fresh',
  'stale_sign_in',
  'too_old_to_link',
  'level_unmet',
  'invalid',
  'unavailable',
  'off',
  'account_disabled',
] as const;

const upstream = (label: string, page: object = {}): Sample => ({
  template: 'steps/upstream.njk',
  label,
  page: {
    ...steps,
    problem: '',
    retryAfterSeconds: 0,
    upstreams,
    label: '',
    refused: '',
    isFresh: false,
    identity: '',
    isUnknown: false,
    registerHref: '',
    alternatives: [
      { id: 'password', href: '/interaction/abc/password' },
      { id: 'passkey', href: '/interaction/abc/passkey' },
    ],
    ...page,
  },
});

const pair = (label: string, page: object = {}): Sample => ({
  template: 'steps/pair.njk',
  label,
  page: {
    ...steps,
    problem: '',
    account,
    label: 'MojeID',
    identity: 'jana.novakova',
    serial: 'def',
    obstacle: '',
    canLink: true,
    ...page,
  },
});

const otpStep = (id: 'totp' | 'recovery-code', label: string, page: object = {}): Sample => ({
  template: `steps/${id}.njk`,
  label,
  page: {
    action: `/interaction/abc/${id}`,
    abortAction: '/interaction/abc/abort',
    alternatives: [
      { id: id === 'totp' ? 'recovery-code' : 'totp', href: '/interaction/abc/totp' },
      { id: 'passkey', href: '/interaction/abc/passkey' },
    ],
    problem: '',
    retryAfterSeconds: 0,
    ...page,
  },
});

const lostDevice = (label: string, page: object = {}): Sample => ({
  template: 'steps/lost-device.njk',
  label,
  page: {
    ...steps,
    possible: true,
    email: 'j•••@e•••.cz',
    phone: '+420 ••• ••• 123',
    expiresAt: '',
    supportHref: '/support/second-factor',
    alternatives: [],
    ...page,
  },
});

const emailLink = (label: string, page: object): Sample => ({
  template: 'steps/email-link.njk',
  label,
  page: {
    ...steps,
    action: '/interaction/abc/email-link',
    problem: '',
    state: 'waiting',
    number: '47',
    email: 'j•••@e•••.cz',
    isSent: true,
    sentAgain: false,
    canResend: true,
    refreshSeconds: 5,
    stateUrl: '/interaction/abc/email-link/state',
    pageUrl: '/interaction/abc/email-link',
    ...page,
  },
});

const consent = (label: string, page: object): Sample => ({
  template: 'steps/consent.njk',
  label,
  page: {
    ...steps,
    account,
    scopes: [],
    claims: [],
    resources: [],
    unvettedHosts: [],
    alreadyGranted: [],
    ...page,
  },
});

export const stepSamples: readonly Sample[] = [
  password('fresh', {}),
  password('wrong', { login: account.login, problem: 'wrong_credentials' }),
  password('off', { login: account.login, problem: 'password_off' }),
  password('paused', { login: account.login, problem: 'too_many_attempts', retryAfterSeconds: 240 }),
  password('paused-shortly', { login: account.login, problem: 'too_many_attempts', retryAfterSeconds: 5 }),
  password('paused-somewhat', { problem: 'too_many_attempts' }),
  password('empty', { problem: 'empty' }),
  password('expired', { problem: 'form_expired' }, { client: false }),
  upstream('chosen'),
  ...['off', 'unavailable'].map((problem) => upstream(problem, { problem })),
  upstream('paused', { problem: 'too_many_attempts', retryAfterSeconds: 240 }),
  ...refusals.map((refused) =>
    upstream(`refused-${refused}`, { refused, label: 'MojeID', isFresh: refused === 'not_fresh' }),
  ),
  upstream('level', { isLevelWanted: true }),
  upstream('level-unmet', { isLevelWanted: true, isDemanded: true, refused: 'level_unmet', label: 'MojeID' }),
  upstream('unknown', {
    isUnknown: true,
    label: 'MojeID',
    identity: 'jana.novakova',
    registerHref: '/register?from=abc&with=def',
  }),
  upstream('unknown-closed', { isUnknown: true, label: 'MojeID' }),
  pair('asked'),
  pair('linked', {
    isLinked: 'now',
    serial: 'def',
    rows: [
      { item: 'name', local: 'Jana N.', theirs: 'Jana Nováková', canTake: true },
      { item: 'phone', local: '+420602000222', theirs: '+420602000333', canTake: false },
    ],
  }),
  pair('news', {
    isLinked: 'before',
    serial: 'def',
    rows: [{ item: 'address', local: 'Nová 1, Brno', theirs: 'Stará 2, Praha', canTake: true }],
  }),
  ...['taken', 'occupied', 'off', 'changed', 'too_often', 'over'].map((problem) =>
    pair(problem, { problem, canLink: false }),
  ),
  pair('unverified', { obstacle: 'email_unverified', canLink: false }),
  passkeyStep('first', { alternatives: [{ id: 'password', href: '/interaction/abc/password' }] }),
  passkeyStep('second', { first: false, alternatives: [{ id: 'totp', href: '/interaction/abc/totp' }] }),
  ...['empty', 'not_accepted', 'not_verified', 'too_late', 'too_many_attempts'].map((problem) =>
    passkeyStep(problem, { problem }),
  ),
  ...(['totp', 'recovery-code'] as const).flatMap((id) => [
    otpStep(id, 'fresh'),
    otpStep(id, 'empty', { problem: 'empty' }),
    otpStep(id, 'wrong', { problem: 'wrong_code', alternatives: [] }),
    otpStep(id, 'paused', { problem: 'too_many_attempts', retryAfterSeconds: 840 }),
    otpStep(id, 'paused-somewhat', { problem: 'too_many_attempts' }),
  ]),
  lostDevice('fresh'),
  lostDevice('too-many', { problem: 'too_many_mails', retryAfterSeconds: 1800 }),
  lostDevice('sent', { expiresAt: at }),
  lostDevice('impossible', { possible: false, phone: '' }),
  emailLink('waiting', {}),
  emailLink('sent-again', { sentAgain: true }),
  emailLink('not-sent', { isSent: false }),
  emailLink('too-many', { problem: 'too_many_mails', retryAfterSeconds: 900 }),
  emailLink('no-more', { problem: 'no_more_mails', canResend: false }),
  emailLink('expired', { state: 'expired', number: '' }),
  emailLink('expired-too-many', { state: 'expired', number: '', problem: 'too_many_mails' }),
  emailLink('denied', { state: 'denied', number: '' }),
  consent('few', { scopes: ['openid', 'email'] }),
  consent('unvetted', { scopes: ['openid'], unvettedHosts: ['app.partner.example'] }),
  consent('all', {
    scopes: ['openid', 'profile', 'email', 'phone', 'address', 'customer', 'offline_access', 'dns:write'],
    claims: ['birthdate', 'https://example.cz/level'],
    resources: [{ indicator: 'https://api.hvezdny.example/v2', scopes: ['domains.read', 'domains.write'] }],
  }),
  consent('more', { scopes: ['offline_access'], alreadyGranted: ['openid', 'dns:read'] }),
  {
    template: 'steps/register.njk',
    label: 'asked',
    page: { ...steps, alternatives: [{ id: 'password', href: '/interaction/abc/password' }] },
  },
  {
    template: 'steps/select-account.njk',
    label: 'one',
    page: { action: '/interaction/abc/select-account', account },
  },
];

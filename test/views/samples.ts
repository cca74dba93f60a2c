// One or more sets of sample props for every template, in each of its states: what the view tests render.

import { createBrand } from '../../src/http/brand.ts';
import type { Locale } from '../../src/http/locale.ts';
import type { MailContext, PageContext } from '../../src/http/render.ts';

export const brand = createBrand({
  name: 'Hvězdný hosting',
  homeUrl: 'https://www.hvezdny.example/',
  supportUrl: 'mailto:podpora@hvezdny.example',
});

const client = {
  name: 'Zákaznický panel',
  uri: 'https://panel.hvezdny.example/',
  host: 'panel.hvezdny.example',
  policyUri: 'https://panel.hvezdny.example/soukromi',
  tosUri: 'https://panel.hvezdny.example/podminky',
};

const account = { name: 'Jana Nováková', login: 'jana.novakova@example.cz' };
const steps = { action: '/interaction/abc/password', abortAction: '/interaction/abc/abort' };
const at = new Date('2026-11-21T21:28:00Z');

/** A template with props for it; `client: false` renders it as reached without an application. */
export type Sample = { template: string; label: string; page: object; client?: false };

const password = (label: string, page: object, more: object = {}): Sample => ({
  template: 'steps/password.njk',
  label,
  page: { ...steps, login: '', ...page },
  ...more,
});

const consent = (label: string, page: object): Sample => ({
  template: 'steps/consent.njk',
  label,
  page: { ...steps, account, scopes: [], claims: [], resources: [], alreadyGranted: [], ...page },
});

const error = (code: string, status: number, page: object = {}): Sample => ({
  template: 'pages/error.njk',
  label: code,
  page: { code, status, ...page },
});

const setPassword = (label: string, page: object = {}): Sample => ({
  template: 'pages/set-password.njk',
  label,
  page: { action: '/password/abc', login: account.login, minLength: 12, ...page },
});

const relyingParty = {
  signInUrl: '/login',
  loginAgainUrl: '/login?prompt=login',
  silentUrl: '/login?prompt=none',
  signOutAction: '/logout',
};

export const samples: readonly Sample[] = [
  password('fresh', {}),
  password('wrong', { login: account.login, problem: 'wrong_credentials' }),
  password('paused', { login: account.login, problem: 'too_many_attempts', retryAfterSeconds: 240 }),
  password('paused-shortly', { login: account.login, problem: 'too_many_attempts', retryAfterSeconds: 5 }),
  password('paused-somewhat', { problem: 'too_many_attempts' }),
  password('empty', { problem: 'empty' }),
  password('expired', { problem: 'form_expired' }, { client: false }),
  consent('few', { scopes: ['openid', 'email'] }),
  consent('all', {
    scopes: ['openid', 'profile', 'email', 'phone', 'address', 'customer', 'offline_access', 'dns:write'],
    claims: ['birthdate', 'https://example.cz/level'],
    resources: [{ indicator: 'https://api.hvezdny.example/v2', scopes: ['domains.read', 'domains.write'] }],
  }),
  consent('more', { scopes: ['offline_access'], alreadyGranted: ['openid', 'dns:read'] }),
  {
    template: 'steps/select-account.njk',
    label: 'one',
    page: { action: '/interaction/abc/select-account', account },
  },
  error('not_found', 404),
  error('internal', 500, { retryUrl: '/', supportUrl: 'https://podpora.hvezdny.example/' }),
  error('oauth', 400, { oauthError: 'invalid_redirect_uri', description: 'redirect_uri did not match' }),
  error('oauth', 400, { oauthError: 'something_new' }),
  ...(['expired', 'finished', 'unknown'] as const).map((reason) => ({
    template: 'pages/sign-in-over.njk',
    label: reason,
    page: { reason, ...(reason === 'expired' && { continueUrl: '/auth?client_id=panel' }) },
  })),
  { template: 'pages/sign-in-over.njk', label: 'bare', page: { reason: 'unknown' }, client: false },
  { template: 'pages/sign-out.njk', label: 'asked', page: { action: '/session/end/confirm', xsrf: 'x1' } },
  { template: 'pages/signed-out.njk', label: 'client', page: {} },
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
  { template: 'pages/home.njk', label: 'visitor', page: {}, client: false },
  { template: 'pages/home.njk', label: 'signed-in', page: { signedIn: account }, client: false },
  setPassword('fresh', { suggestion: 'kolovrat-mosaz-jezero-42' }),
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
  { template: 'pages/password-set.njk', label: 'done', page: { continueUrl: '/auth?client_id=panel' } },
  { template: 'demo/relying-party.njk', label: 'signed-out', page: relyingParty },
  {
    template: 'demo/relying-party.njk',
    label: 'problem',
    page: { ...relyingParty, problem: { error: 'login_required', description: 'nobody is signed in' } },
  },
  {
    template: 'demo/relying-party.njk',
    label: 'signed-in',
    page: {
      ...relyingParty,
      signedIn: {
        account,
        claims: [
          { name: 'sub', value: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de' },
          { name: 'email', value: account.login },
          { name: 'email_verified', value: 'true' },
        ],
        tokens: [
          { name: 'alg', value: 'ES256' },
          { name: 'access_token', value: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'.repeat(3) },
        ],
      },
    },
  },
  { template: 'demo/inbox.njk', label: 'empty', page: { messages: [] } },
  {
    template: 'demo/inbox.njk',
    label: 'two',
    page: {
      messages: [
        {
          kind: 'mail',
          to: account.login,
          subject: 'Hvězdný hosting: nastavte si heslo',
          text: 'Dobrý den,\n\nnastavte si heslo:\nhttps://prihlaseni.hvezdny.example/password/KQ7v0uV2aYy0\n',
          htmlUrl: '/demo/inbox/1',
          at,
        },
        { kind: 'sms', to: '+420 601 234 567', text: 'Kód: 123456', at },
      ],
    },
  },
];

export const mailSamples: readonly { name: string; page: object }[] = [
  {
    name: 'set-password',
    page: { ...account, url: 'https://prihlaseni.hvezdny.example/password/KQ7v0uV2aYy0', expiresAt: at },
  },
  { name: 'password-changed', page: { name: account.name, when: at } },
];

export const pageContext = (sample: Sample, locale: Locale): PageContext => ({
  locale,
  languages: [
    { code: 'cs', name: 'Čeština', href: '?lang=cs', current: locale === 'cs' },
    { code: 'en', name: 'English', href: '/language/en', current: locale === 'en' },
  ],
  brand: brand.page,
  client: sample.client === false ? undefined : client,
  requestId: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  csrf: 'csrf-token',
  page: sample.page,
});

export const mailContext = (page: object, locale: Locale): MailContext => ({
  locale,
  brand: brand.mail,
  page,
});

// One or more sets of sample props for every letter: what the view tests render.

import { customerChanges } from '../../src/domain/customers/customer-notices.ts';
import { credentialChanges } from '../../src/domain/messages/credential-notices.ts';
import { account, at, client, obscure } from './sample-props.ts';

const ONE_TIME = 'https://prihlaseni.hvezdny.example/lost-device/KQ7v0uV2aYy0';
const PASSWORD = 'https://prihlaseni.hvezdny.example/account/security/password';

const signInLetter = {
  ...account,
  when: at,
  address: '192.0.2.7',
  organisation: 'Hvězdné sítě, a.s.',
  country: 'CZ',
  browser: 'Firefox 141',
  system: 'Linux',
  application: client.name,
  methods: ['password', 'totp'],
  upstream: '',
  listEntry: '',
  logOutUrl: 'https://id.hvezdny.example/logout-all/abc',
  lockUrl: 'https://id.hvezdny.example/not-me/abc',
};

const guesses = { count: 23, since: at, lastAt: at, lastAddress: '198.51.100.23', lastBrowser: 'Chrome 140' };

export const mailSamples: readonly { name: string; page: object }[] = [
  {
    name: 'activate',
    page: {
      email: account.login,
      url: 'https://prihlaseni.hvezdny.example/activate/KQ7v0uV2aYy0',
      expiresAt: at,
    },
  },
  {
    name: 'registration-exists',
    page: { ...account, email: account.login, signInUrl: 'https://prihlaseni.hvezdny.example/account' },
  },
  {
    name: 'verify-email',
    page: { ...account, url: 'https://prihlaseni.hvezdny.example/verify-email/KQ7v0uV2aYy0', expiresAt: at },
  },
  ...['192.0.2.7', ''].map((address) => ({
    name: 'second-factor-failed',
    page: {
      ...account,
      when: at,
      address,
      browser: address && 'Firefox 141, Linux',
      lockUrl: 'https://prihlaseni.hvezdny.example/not-me/KQ7v0uV2aYy0',
    },
  })),
  {
    name: 'change-email',
    page: {
      from: 'j•••@e•••.cz',
      url: 'https://prihlaseni.hvezdny.example/change-email/KQ7v0uV2aYy0',
      expiresAt: at,
    },
  },
  { name: 'email-taken', page: { ...account, when: at } },
  ...['https://prihlaseni.hvezdny.example/undo-email/KQ7v0uV2aYy0', ''].map((undoUrl) => ({
    name: 'email-changed',
    page: {
      to: 'jana@novakova.example',
      when: at,
      address: undoUrl && '192.0.2.7',
      browser: undoUrl && 'Firefox 141, Linux',
      undoUrl,
      expiresAt: at,
    },
  })),
  ...credentialChanges.map((change, index) => ({
    name: 'credential-changed',
    page: {
      name: account.name,
      change,
      detail: index % 2 === 0 ? '' : '192.0.2.0/24',
      isInterrupted: index % 3 === 0,
      when: at,
      address: index % 2 === 0 ? '' : '192.0.2.7',
      browser: index % 2 === 0 ? '' : 'Firefox 140, Linux',
      lockUrl: 'https://id.hvezdny.example/not-me/abc',
    },
  })),
  {
    name: 'set-password',
    page: { ...account, url: 'https://prihlaseni.hvezdny.example/password/KQ7v0uV2aYy0', expiresAt: at },
  },
  { name: 'sign-in', page: signInLetter },
  { name: 'guessed-sign-in', page: { ...signInLetter, guesses } },
  {
    name: 'guessed-sign-in',
    page: { ...signInLetter, guesses: { ...guesses, lastAddress: '', lastBrowser: '' } },
  },
  {
    name: 'sign-in',
    page: { ...signInLetter, ...obscure, organisation: '', upstream: 'MojeID', listEntry: '192.0.2.0/24' },
  },
  {
    name: 'account-locked',
    page: {
      ...account,
      url: 'https://id.hvezdny.example/set-password/KQ7v0uV2aYy0',
      expiresAt: at,
      days: 7,
      newcomers: [
        {
          customer: { name: 'Novák s.r.o.', number: '100042' },
          joined: ['Petr Cizí (petr@cizi.example)'],
          invited: ['dalsi@cizi.example'],
          more: 3,
        },
      ],
    },
  },
  ...[
    { isForbidden: false, upstreams: ['MojeID'], hasPasskey: false },
    { isForbidden: true, upstreams: ['MojeID', 'Univerzita'], hasPasskey: true },
    { isForbidden: true, upstreams: [], hasPasskey: false },
  ].map((ways) => ({
    name: 'account-secured',
    page: {
      ...account,
      ...ways,
      days: 7,
      newcomers: [],
      signInUrl: 'https://id.hvezdny.example/account',
      supportUrl: 'https://id.hvezdny.example/support/login',
    },
  })),
  ...(
    [
      [true, true],
      [false, true],
      [false, false],
    ] as const
  ).map(([isFull, hasPasskey]) => ({
    name: 'recover-elsewhere',
    page: {
      ...account,
      upstreams: isFull ? ['MojeID', 'Univerzita'] : [],
      hasPasskey,
      signInUrl: 'https://id.hvezdny.example/account',
      supportUrl: 'https://id.hvezdny.example/support/login',
      address: isFull ? '192.0.2.7' : '',
      browser: isFull ? 'Firefox 141, Linux' : '',
    },
  })),
  {
    name: 'password-changed',
    page: { name: account.name, when: at, lockUrl: 'https://id.hvezdny.example/not-me/KQ7v0uV2aYy0' },
  },
  {
    name: 'lost-device',
    page: { ...account, url: ONE_TIME, passwordUrl: PASSWORD, expiresAt: at },
  },
  ...[at, ''].map((when) => ({
    name: 'totp-removal',
    page: { ...account, url: ONE_TIME, reason: 'občanský průkaz na pobočce', when },
  })),
  { name: 'totp-removal-refused', page: { ...account, passwordUrl: PASSWORD } },
  ...(['owner', 'clients', 'support', 'auditor'] as const).map((key) => ({
    name: 'operator-role',
    page: {
      ...account,
      isGiven: key !== 'auditor',
      role: { key },
      detail: key === 'clients' ? '' : 'nový kolega',
    },
  })),
  {
    name: 'support-request',
    page: {
      id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
      email: account.login,
      text: 'Přišla jsem o telefon.\nDo pošty se nedostanu.',
      contact: '+420 601 234 567',
      when: at,
      address: '192.0.2.7',
    },
  },
  {
    name: 'support-request',
    page: {
      id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
      kind: 'login',
      service: 'example.cz',
      text: 'Nevím, jaký e-mail jsme zadali.',
      contact: '+420 601 234 567',
      when: at,
      address: '',
    },
  },
  ...['account', 'reply'].map((kind) => ({
    name: 'support-request',
    page: {
      id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
      kind,
      email: account.login,
      service: 'Web stojí',
      text: 'Od rána nic nejde.',
      contact: account.login,
      when: at,
      address: '192.0.2.7',
    },
  })),
  {
    name: 'support-answer',
    page: {
      ...account,
      subject: 'Web stojí',
      text: 'Už to jede.\nOmlouváme se.',
      url: 'https://prihlaseni.hvezdny.example/account/support/019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
    },
  },
  ...[true, false].map((sameBrowser) => ({
    name: 'recover',
    page: {
      ...account,
      url: 'https://prihlaseni.hvezdny.example/recover/KQ7v0uV2aYy0',
      expiresAt: at,
      sameBrowser,
      address: sameBrowser ? '192.0.2.7' : '',
      browser: sameBrowser ? 'Firefox 141, Linux' : '',
    },
  })),
  ...['https://prihlaseni.hvezdny.example/recover', ''].map((url) => ({
    name: 'password-off',
    page: { ...account, count: 100, when: at, url },
  })),
  { name: 'test', page: { when: at } },
  ...[
    {
      address: '31.15.10.7',
      browser: 'Firefox 141',
      system: 'Windows',
      organisation: 'Síť s.r.o.',
      country: 'CZ',
    },
    { address: '', browser: '', system: '', organisation: '', country: '' },
  ].map((origin) => ({
    name: 'confirm-sign-in',
    page: {
      name: account.name,
      when: at,
      ...origin,
      application: 'Zákaznický panel',
      url: 'https://id.hvezdny.example/confirm-sign-in/abc',
      expiresAt: at,
      logOutUrl: 'https://id.hvezdny.example/logout-all/abc',
      lockUrl: 'https://id.hvezdny.example/not-me/abc',
    },
  })),
  ...[
    { name: 'viewer', label: '' },
    { name: 'accountant', label: 'Účetní' },
  ].map((role) => ({
    name: 'invitation',
    page: {
      customer: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
      inviter: account.name,
      role,
      url: 'https://prihlaseni.hvezdny.example/invitation/KQ7v0uV2aYy0',
      expiresAt: at,
    },
  })),
  ...Object.keys(customerChanges).map((change, index) => ({
    name: 'customer-notice',
    page: {
      change,
      customer: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
      isInterrupted: index % 3 === 0,
      whom: index % 2 ? '' : 'Petr Svoboda (petr@example.cz)',
      by: index % 2 ? '' : account.name,
      role: index % 2 ? { name: '', label: '' } : { name: 'manager', label: '' },
      fields: change === 'data_changed' ? ['name', 'ico', 'invoice_email'].map((key) => ({ key })) : [],
      lockUrl: index % 2 ? signInLetter.lockUrl : '',
      reason: index % 2 ? 'Nejde mu pošta' : '',
      until: index % 2 ? at : undefined,
      when: at,
      url: 'https://prihlaseni.hvezdny.example/account/customer',
    },
  })),
  {
    name: 'confirm-contact',
    page: {
      customer: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
      kinds: [{ key: 'members' }, { key: 'closing' }],
      url: 'https://prihlaseni.hvezdny.example/contact/KQ7v0uV2aYy0',
      expiresAt: at,
    },
  },
  {
    name: 'closing-request',
    page: {
      customer: { name: 'Květinářství U Lípy s.r.o.', number: '100123' },
      who: `${account.name} (${account.login})`,
      when: at,
      url: 'https://prihlaseni.hvezdny.example/admin/queues/closings',
    },
  },
];

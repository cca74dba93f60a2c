// Samples of the console's dashboard, bans, webhooks and keys.

import { consoleFrame } from './console-samples.ts';
import { at, type Sample } from './sample-props.ts';

const when = at.toISOString();
const id = '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';

const watchPage = (template: string, label: string, path: string, props: object): Sample => ({
  template: `admin/${template}.njk`,
  label,
  page: { ...consoleFrame(path), ...props },
});

const dashboard = {
  filters: ['hour', 'day', 'month'].map((key, index) => ({
    key,
    href: `/admin/dashboard?show=${key}`,
    current: index === 1,
  })),
  range: { key: 'day' },
  chart: { width: 720, height: 160, bars: [], most: 1 },
  held: { width: 720, height: 160, bars: [], most: 1 },
  fromAt: when,
  untilAt: when,
  signedIn: 0,
  refused: 0,
  totals: [],
  throttled: 0,
  registrations: 0,
  recoveries: 0,
  texts: 0,
  textsHeld: 0,
  networks: [],
  stock: false,
  waiting: false,
  queues: [],
};
const ban = {
  range: '192.0.2.0/24',
  reason: 'guessing',
  by: `operator:${id}`,
  createdAt: when,
  endsAt: when,
  href: '/admin/bans/192.0.2.0/remove',
};
const bans = {
  firstHref: '/admin/bans',
  nextHref: '/admin/bans?after=192.0.2.0',
  rows: [ban, { ...ban, endsAt: '' }],
  mayWrite: true,
};
const hook = {
  href: `/admin/webhooks/${id}`,
  url: 'https://hooks.example/vratny',
  events: 'account.*',
  enabled: true,
  description: 'billing',
};
const hooks = {
  rows: [hook, { ...hook, enabled: false, description: '' }],
  mayWrite: true,
};
const delivery = {
  eventId: id,
  type: 'account.created',
  at: when,
  delivered: true,
  status: 204,
  milliseconds: 31,
  error: '',
  hint: { key: '' },
  nextAt: '',
};
const one = {
  trail: [{ text: hook.url, href: '' }],
  action: `/admin/webhooks/${id}`,
  url: hook.url,
  events: 'account.*',
  enabled: true,
  description: '',
  endsAt: when,
  rows: [
    delivery,
    ...[
      'refused',
      'not_there',
      'gone',
      'slow_down',
      'server',
      'other',
      'redirect',
      'timeout',
      'not_allowed',
      'no_answer',
    ].map((hint) => ({
      ...delivery,
      delivered: false,
      status: '',
      error: 'no answer',
      hint: { key: hint },
      nextAt: hint === 'server' ? when : '',
    })),
  ],
  mayWrite: true,
  firstHref: '',
  nextHref: `/admin/webhooks/${id}?after=x`,
};

export const consoleWatchSamples: readonly Sample[] = [
  watchPage('dashboard', 'nothing yet', '/admin/dashboard', dashboard),
  watchPage('dashboard', 'busy', '/admin/dashboard', {
    ...dashboard,
    waiting: {
      supportOpen: '100+',
      supportTaken: '3',
      closingsRequested: '1',
      closingsChecked: '2',
      totpRemovals: '0',
    },
    chart: {
      width: 720,
      height: 160,
      most: 12,
      bars: ['good', 'bad'].map((key, index) => ({ key, x: 30 * index, y: 20, width: 22.5, height: 140 })),
    },
    totals: [
      { result: 'signed_in', parts: ['password', 'totp'], count: 10, share: 100 },
      { result: 'refused', parts: ['wrong_password'], count: 2, share: 20 },
      { result: 'refused', parts: [], count: 1, share: 10 },
    ],
    throttled: 7,
    texts: 1000,
    textsHeld: 12,
    held: {
      width: 720,
      height: 160,
      most: 7,
      bars: [{ key: 'bad', x: 0, y: 0, width: 22.5, height: 160 }],
    },
    networks: [{ network: '192.0.2.0/24', count: 7, at: when, share: 100 }],
    stock: {
      at: when,
      accounts: 120,
      secondFactor: 60,
      totp: 50,
      passkey: 20,
      hashes: 99,
      course: {
        fromAt: when,
        days: 3,
        secondFactor: { width: 720, height: 160, points: '0,96 360,80 720,64' },
        hashes: { width: 720, height: 160, points: '0,120 360,40 720,2' },
      },
    },
    queues: ['mail', 'sms', 'logout', 'webhook'].map((key) => ({
      channel: { key },
      waiting: 1,
      failed: 0,
      waitingShare: 100,
      failedShare: 0,
    })),
  }),
  watchPage('dashboard', 'first day', '/admin/dashboard', {
    ...dashboard,
    stock: { at: when, accounts: 1, secondFactor: 0, totp: 0, passkey: 0, hashes: 100, course: false },
  }),
  watchPage('bans', 'some', '/admin/bans', { ...bans, notice: 'ban_added' }),
  watchPage('bans', 'none', '/admin/bans', { ...bans, rows: [], mayWrite: false }),
  watchPage('webhooks', 'some', '/admin/webhooks', hooks),
  watchPage('webhooks', 'none', '/admin/webhooks', { ...hooks, rows: [], mayWrite: false }),
  watchPage('webhook', 'on', '/admin/webhooks/x', one),
  watchPage('webhook', 'off', '/admin/webhooks/x', {
    ...one,
    enabled: false,
    endsAt: '',
    rows: [],
    mayWrite: false,
    notice: 'webhook_is_off',
  }),
  watchPage('webhook-secret', 'new', '/admin/webhooks/x', {
    url: hook.url,
    secret: 'whsec_abc',
    nextHref: hook.href,
  }),
  watchPage('keys', 'all', '/admin/keys', {
    rows: ['active', 'next', 'retired'].map((state, index) => ({
      kid: `key-${index}`,
      alg: 'ES256',
      state,
      activeFrom: when,
      removedAt: index === 2 ? when : '',
      href: `/admin/keys/key-${index}/revoke`,
    })),
    mayWrite: true,
    notice: 'keys_rotated',
  }),
  watchPage('keys', 'read only', '/admin/keys', { rows: [], mayWrite: false }),
];

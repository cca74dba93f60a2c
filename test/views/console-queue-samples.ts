// Samples of the console's queues: requests to support, requests to close a customer, what was not delivered.

import { consolePage, last, pages } from './console-list-samples.ts';
import { account, at, type Sample } from './sample-props.ts';

const id = '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';
const when = at.toISOString();
const filters = (...keys: string[]) =>
  keys.map((key, index) => ({ key, href: `/admin/queues?show=${key}`, current: index === 0 }));

const request = {
  subject: 'Web stojí',
  kind: { key: 'account' },
  action: `/admin/queues/${id}`,
  state: 'taken',
  text: 'Od rána nic nejde.',
  contact: '+420 601 234 567',
  email: account.login,
  service: '',
  at: when,
  address: '192.0.2.7',
  accountHref: `/admin/accounts/${id}`,
  searchHref: '',
  server: 'web1.example',
  access: 'change',
  hasPassword: true,
  messages: [
    { by: 'operator', at: when, text: 'Díváme se na to.' },
    { by: 'person', at: when, text: 'Děkuji.' },
  ],
  takenBy: 'Petra Dvořáková',
  isMine: true,
  canTake: false,
  canAnswer: true,
  canClose: true,
  revealHref: `/admin/queues/${id}/password`,
  typed: '',
  longest: 8000,
};
const closing = {
  href: '/admin/customers/100001',
  number: '100001',
  name: 'Květiny s.r.o.',
  at: when,
  accountHref: `/admin/accounts/${id}`,
  said: '',
  checkHref: '/admin/queues/closings/100001/check',
  refuseHref: '/admin/queues/closings/100001/refuse',
  closeHref: '',
};

export const consoleQueueSamples: readonly Sample[] = [
  consolePage('support-requests', 'open', '/admin/queues', {
    filters: filters('open', 'taken', 'answered', 'closed'),
    rows: ['second_factor', 'login', 'account'].map((key, index) => ({
      href: `/admin/queues/${id}`,
      subject: key === 'account' ? 'Web stojí' : '',
      kind: { key },
      who: account.login,
      at: when,
      takenBy: index ? 'Petra Dvořáková' : '',
    })),
    ...pages,
  }),
  consolePage('support-requests', 'empty', '/admin/queues', {
    filters: filters('closed', 'open'),
    rows: [],
    ...last,
  }),
  consolePage('support-request', 'mine', '/admin/queues', { ...request, notice: 'request_taken' }),
  consolePage('support-request', 'of nobody', '/admin/queues', {
    ...request,
    subject: '',
    kind: { key: 'second_factor' },
    state: 'open',
    service: 'kvetiny.example',
    accountHref: '',
    searchHref: '/admin/search?q=jana%40example.cz',
    server: '',
    access: '',
    hasPassword: false,
    messages: [],
    takenBy: '',
    isMine: false,
    canTake: true,
    canAnswer: false,
    revealHref: '',
  }),
  consolePage('support-request', 'closed', '/admin/queues', {
    ...request,
    state: 'closed',
    email: '',
    address: '',
    access: '',
    hasPassword: false,
    canAnswer: false,
    canClose: false,
    revealHref: '',
  }),
  consolePage('support-request', 'to be taken', '/admin/queues', {
    ...request,
    canTake: true,
    revealHref: '',
  }),
  ...['closed', 'taken', 'not_taken', 'bad_text', 'full'].map((problem) =>
    consolePage('support-request', problem, '/admin/queues', { ...request, problem, typed: 'x' }),
  ),
  consolePage('server-password', 'shown', '/admin/queues', {
    server: 'web1.example',
    password: 'r00t <b>',
    nextHref: `/admin/queues/${id}`,
  }),
  consolePage('closings', 'waiting', '/admin/queues/closings', {
    filters: filters('requested', 'checked', 'refused', 'closed'),
    rows: [closing, { ...closing, checkHref: '', closeHref: '/admin/queues/closings/100001/close' }],
    notice: 'closing_refused',
  }),
  consolePage('closings', 'refused', '/admin/queues/closings', {
    filters: filters('refused', 'requested'),
    rows: [{ ...closing, said: 'dluh', checkHref: '', refuseHref: '' }],
  }),
  consolePage('closings', 'none', '/admin/queues/closings', { filters: filters('checked'), rows: [] }),
  consolePage('totp-removals', 'waiting', '/admin/queues/totp-removals', {
    filters: filters('requested', 'waiting', 'done', 'stopped', 'refused'),
    rows: [
      {
        href: `/admin/accounts/${id}`,
        name: account.name,
        login: account.login,
        evidence: 'občanský průkaz',
        askedBy: 'Petra Dvořáková',
        at: when,
        approvedBy: '',
        nextAt: '',
        endedBy: '',
        said: '',
        approveHref: `/admin/queues/totp-removals/${id}/approve`,
        refuseHref: `/admin/queues/totp-removals/${id}/refuse`,
      },
      {
        href: `/admin/accounts/${id}`,
        name: account.name,
        login: '',
        evidence: 'občanský průkaz',
        askedBy: 'Petra Dvořáková',
        at: when,
        approvedBy: 'Jan Novák',
        nextAt: when,
        endedBy: 'system',
        said: 'used meanwhile',
        approveHref: '',
        refuseHref: '',
      },
    ],
    notice: 'removal_approved',
  }),
  consolePage('totp-removals', 'none', '/admin/queues/totp-removals', {
    filters: filters('done'),
    rows: [],
  }),
  consolePage('messages', 'failed', '/admin/queues/messages', {
    filters: filters('failed', 'waiting'),
    channels: filters('all', 'mail', 'sms', 'logout', 'webhook'),
    rows: ['mail', 'sms', 'logout', 'webhook'].map((key, index) => ({
      retryAction: `/admin/queues/messages/${id}/retry`,
      giveUpAction: `/admin/queues/messages/${id}/give-up`,
      channel: { key },
      to: account.login,
      attempts: 7,
      createdAt: when,
      nextAt: index ? '' : when,
      lastError: index ? 'the mail server refused it' : '',
    })),
    mayWrite: true,
    ...pages,
  }),
  consolePage('messages', 'none', '/admin/queues/messages', {
    filters: filters('failed', 'waiting'),
    channels: filters('logout', 'all'),
    rows: [],
    mayWrite: false,
    ...last,
  }),
];

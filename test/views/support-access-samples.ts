// Samples of support access: the person's pages, the console's, and how pages look while support is there.

import { consoleFrame } from './console-samples.ts';
import { account, accountFrame, at, type Sample } from './sample-props.ts';

const id = '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';
const PAGE = '/account/customer/support-access';
const reason = 'Faktura za říjen nejde otevřít, hlášení 4711';
const use = { since: at, reason, until: at };
const row = { endAction: `${PAGE}/${id}/end`, name: account.name, until: at, inside: [] };
const bar = { by: 'Petra Dvořáková', reason, until: at };

/** What somebody allows, as the console lists it. */
export const supportAllowance = {
  name: account.name,
  href: `/admin/accounts/${id}`,
  customer: '100001 Květiny s.r.o.',
  customerHref: '/admin/customers/100001',
  until: at,
  inside: [{ by: 'Petra Dvořáková', reason, since: at }],
  enterHref: `/admin/support-access/${id}/enter`,
  endHref: `/admin/support-access/${id}/end`,
};

const own = (label: string, page: object): Sample => ({
  template: 'account/support-access.njk',
  label,
  page: {
    ...accountFrame(PAGE),
    customerId: id,
    own: false,
    others: [],
    mayWrite: true,
    isStaff: false,
    hours: 24,
    ...page,
  },
});

const list = (label: string, page: object): Sample => ({
  template: 'admin/support-access.njk',
  label,
  page: {
    ...consoleFrame('/admin/support-access'),
    rows: [],
    mayWrite: true,
    isInside: false,
    firstHref: '',
    nextHref: '',
    ...page,
  },
});

export const supportAccessSamples: readonly Sample[] = [
  own('off', {}),
  own('on', { own: row, notice: 'support_allowed' }),
  own('inside', {
    own: { ...row, inside: [use] },
    others: [{ ...row, name: 'Petr Svoboda', inside: [use] }],
  }),
  own('viewer', { mayWrite: false, others: [row] }),
  own('staff', { isStaff: true, notice: 'support_access_over' }),
  {
    template: 'account/support-access-allow.njk',
    label: 'asked',
    page: {
      ...accountFrame(PAGE),
      customerId: id,
      customer: { name: 'Květiny s.r.o.', number: '100001' },
      hours: 24,
    },
  },
  {
    template: 'account/not-for-support.njk',
    label: 'refused',
    page: { ...accountFrame('/account/security/password'), support: bar },
  },
  { template: 'pages/support-over.njk', label: 'over', client: false, page: {} },
  list('none', {}),
  list('some', {
    rows: [supportAllowance, { ...supportAllowance, inside: [] }],
    support: { of: account.name, reason, until: at },
  }),
  list('elsewhere', { rows: [supportAllowance], mayWrite: false, isInside: true, notice: 'support_left' }),
];

// Samples of the account pages about linked identities and signing in without the password.

import { account, accountFrame, at, proof, type Sample } from './sample-props.ts';

const PAGE = '/account/security/identities';

const identities = (label: string, page: object = {}): Sample => ({
  template: 'account/identities.njk',
  label,
  page: { ...accountFrame(PAGE), passwordOff: false, identities: [], ...page },
});

const row = (name: string, label: string, more: object) => ({
  href: `${PAGE}/${name}`,
  label,
  isOn: true,
  isLinked: true,
  username: '',
  ...more,
});

const identity = (label: string, page: object = {}): Sample => ({
  template: 'account/identity.njk',
  label,
  page: {
    ...accountFrame(`${PAGE}/mojeid`),
    ...proof,
    action: `${PAGE}/mojeid`,
    label: 'MojeID',
    kind: 'mojeid',
    isOn: true,
    link: undefined,
    obstacle: '',
    signIns: [],
    ...page,
  },
});

const link = {
  username: 'jana.novakova',
  linkedAt: at,
  lastUsedAt: at,
  acr: 'http://eidas.europa.eu/LoA/substantial',
  level: 'substantial',
};

const linkIdentity = (label: string, page: object): Sample => ({
  template: 'account/link-identity.njk',
  label,
  page: {
    ...accountFrame('/account/security/link-identity'),
    state: 'ask',
    action: '/account/security/link-identity',
    label: 'MojeID',
    identity: 'jana.novakova',
    who: account,
    serial: 'def',
    refused: '',
    backHref: `${PAGE}/mojeid`,
    ...page,
  },
});

const differences = (label: string, rows: readonly object[], more: object = {}): Sample => ({
  template: 'account/differences.njk',
  label,
  page: {
    ...accountFrame('/account/security/differences'),
    action: '/account/security/differences',
    label: 'MojeID',
    serial: 'def',
    rows,
    ...more,
  },
});

const difference = (item: string, local: string, theirs: string, canTake = true) => ({
  item,
  local,
  theirs,
  canTake,
});

const passwordSignIn = (label: string, page: object = {}): Sample => ({
  template: 'account/password-sign-in.njk',
  label,
  page: {
    ...accountFrame('/account/security/password-sign-in'),
    ...proof,
    isOff: false,
    labels: ['MojeID'],
    means: [],
    refused: '',
    ...page,
  },
});

export const identitySamples: readonly Sample[] = [
  identities('none'),
  identities('some', {
    passwordOff: true,
    identities: [
      row('mojeid', 'MojeID', { username: 'jana.novakova' }),
      row('university', 'Univerzita', { isOn: false }),
      row('other', 'Jiný dům', { isLinked: false }),
    ],
  }),
  identity('free'),
  identity('unverified', { obstacle: 'email_unverified' }),
  identity('linked', {
    link,
    signIns: [
      { href: '/account/history/abc', at, address: '31.15.10.7', agent: 'Firefox', application: 'Panel' },
      { href: '/account/history/def', at, address: '', agent: '', application: 'Panel' },
    ],
  }),
  identity('linked-off', {
    link: { ...link, username: '', lastUsedAt: '', acr: '', level: '' },
    isOn: false,
  }),
  identity('linked-otherwise', { link: { ...link, acr: 'urn:another:level', level: '' } }),
  ...['last_way_in', 'wrong_password', 'wrong_code', 'too_many_attempts'].map((problem) =>
    identity(problem, { link, problem, retryAfterSeconds: 240 }),
  ),
  ...['off', 'unavailable'].map((problem) => identity(`free-${problem}`, { problem })),
  linkIdentity('asked', {}),
  ...[
    'taken',
    'occupied',
    'email_unverified',
    'off',
    'changed',
    'too_often',
    'over',
    'late',
    'cancelled',
    'not_fresh',
  ].map((refused) => linkIdentity(refused, { state: 'refused', refused })),
  differences('all', [
    difference('name', 'Jana Nováková', 'Jana Dvořáková'),
    difference(
      'email',
      'jana@hvezdny.example',
      'jana.dvorakova.soukroma.posta@velmi-dlouha-domena.example',
      false,
    ),
    difference('phone', '+420601234567', '+420602000333', false),
    difference('address', '', 'Nová 1, 602 00 Brno, CZ'),
  ]),
  differences('company', [], {
    customer: { id: 'c1', name: 'Květinářství U Lípy s.r.o.', number: '100123' },
    customerRows: [
      difference('company', 'Petr Svoboda', 'Květinářství U Lípy s.r.o.'),
      difference('ico', '', '27074358'),
      difference('dic', '', 'CZ27074358'),
      difference('billing_address', 'Stará 1, 110 00 Praha, CZ', 'Lipová 12, 602 00 Brno, CZ'),
    ],
  }),
  passwordSignIn('on', { means: ['passkey', 'phone'] }),
  passwordSignIn('off', { isOff: true, means: ['phone'], asksPassword: false }),
  ...['not_linked', 'no_means', 'not_fresh', 'changed'].map((refused) =>
    passwordSignIn(refused, { refused }),
  ),
  passwordSignIn('wrong', { problem: 'wrong_code' }),
];

// Samples of the account where people manage what they prove themselves by: passkeys, codes, phone and addresses.

import { account, accountFrame, at, passkeyOffer, proof, type Sample } from './sample-props.ts';

const ownPasskeys = (label: string, page: object): Sample => ({
  template: 'account/passkeys.njk',
  label,
  page: {
    ...accountFrame('/account/security/passkeys'),
    passkeys: [],
    isFull: false,
    most: 20,
    ...proof,
    ...page,
  },
});

const ownPasskey = (label: string, page: object): Sample => ({
  template: 'account/passkey.njk',
  label,
  page: {
    ...accountFrame('/account/security/passkeys/abc'),
    action: '/account/security/passkeys/abc',
    name: 'Pracovní notebook',
    synced: true,
    userVerified: true,
    createdAt: at,
    lastUsedAt: at,
    longest: 60,
    ...proof,
    ...page,
  },
});

const ownPage = (name: string, path: string, label: string, page: object = {}): Sample => ({
  template: `account/${name}.njk`,
  label,
  page: { ...accountFrame(`/account/security/${path}`), ...proof, ...page },
});

const email = (label: string, page: object): Sample =>
  ownPage('email', 'email', label, {
    email: account.login,
    isVerified: true,
    pending: '',
    typed: '',
    refused: '',
    ...page,
  });
const password = (label: string, page: object): Sample =>
  ownPage('password', 'password', label, {
    minLength: 12,
    words: ['jana', account.login],
    refused: '',
    ...page,
  });
const login = (label: string, page: object): Sample =>
  ownPage('login', 'login', label, {
    current: '',
    email: account.login,
    typed: '',
    longest: 60,
    refused: '',
    ...page,
  });

const totpKey = {
  uri: 'otpauth://totp/Hosting:jana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hosting',
  keyText: 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ',
  qr: { size: 29, path: 'M4 4h7v1h-7zM12 4h2v1h-2z' },
};

const addresses = (label: string, page: object): Sample => ({
  template: 'account/addresses.njk',
  label,
  page: {
    ...accountFrame('/account/security/addresses'),
    entries: [],
    here: { address: '31.15.10.7', place: '31.15.10.7', problem: '' },
    hereUrl: '/account/security/addresses?add=here#add',
    action: '/account/security/addresses#add',
    typed: { range: '', note: '', ends: '' },
    most: 20,
    prefixV4: 16,
    prefixV6: 48,
    longestNote: 80,
    today: '2026-11-21',
    hasPassword: true,
    hasTotp: true,
    isOperator: false,
    ...page,
  },
});

const listed = (range: string, more: object = {}) => ({
  id: 'a',
  range,
  note: '',
  addedAt: at,
  lastUsedAt: '',
  endsAt: '',
  isOver: false,
  wider: '',
  removeAction: '/account/security/addresses/a/remove',
  widerUrl: '/account/security/addresses?add=a#add',
  ...more,
});

export const accountProofSamples: readonly Sample[] = [
  ownPasskeys('empty', { asksPassword: false, asksCode: false }),
  ownPasskeys('two', {
    notice: 'passkey_added',
    passkeys: [
      { href: '/account/security/passkeys/a', name: 'Telefon', synced: true, createdAt: at, lastUsedAt: at },
      { href: '/account/security/passkeys/b', name: 'Klíč', synced: false, createdAt: at, lastUsedAt: '' },
    ],
  }),
  ownPasskeys('full', { isFull: true, notice: 'passkey_removed' }),
  ...['wrong_password', 'wrong_code', 'too_many_attempts', 'too_late', 'not_accepted', 'full'].map(
    (problem) =>
      ownPasskeys(problem, { problem, retryAfterSeconds: problem === 'too_many_attempts' ? 30 : 0 }),
  ),
  ownPasskey('synced', { notice: 'passkey_renamed' }),
  ownPasskey('device', { synced: false, userVerified: false, lastUsedAt: '', asksCode: false }),
  ...['no_name', 'last_way_in', 'wrong_password', 'wrong_code'].map((problem) =>
    ownPasskey(problem, { problem }),
  ),
  {
    template: 'account/passkey-new.njk',
    label: 'ask',
    page: {
      ...accountFrame('/account/security/passkeys'),
      options: passkeyOffer.options,
      name: 'Firefox 141, Windows',
      longest: 60,
    },
  },
  ownPage('totp', 'totp', 'lacking', {
    isOn: false,
    removal: false,
    phoneMissing: true,
    emailMissing: false,
  }),
  ownPage('totp', 'totp', 'off', {
    isOn: false,
    removal: false,
    phoneMissing: false,
    emailMissing: false,
    notice: 'totp_off',
  }),
  ownPage('totp', 'totp', 'on', { isOn: true, removal: false, activatedAt: at, codesLeft: 9 }),
  ownPage('totp', 'totp', 'stays on', {
    isOn: true,
    removal: false,
    activatedAt: at,
    codesLeft: 9,
    notice: 'removal_stopped',
  }),
  ownPage('totp', 'totp', 'to be taken off', {
    isOn: true,
    removal: { evidence: 'občanský průkaz', at, when: '' },
    activatedAt: at,
    codesLeft: 9,
  }),
  ...(['off', 'anew'] as const).flatMap((kind) => [
    ownPage('totp-proof', `totp/${kind}`, kind, { kind }),
    ownPage('totp-proof', `totp/${kind}`, `${kind}-wrong`, { kind, problem: 'wrong_password' }),
  ]),
  ownPage('totp-setup', 'totp/setup', 'fresh', totpKey),
  ...['wrong_password', 'wrong_code', 'key_over'].map((problem) =>
    ownPage('totp-setup', 'totp/setup', problem, { ...totpKey, problem }),
  ),
  ownPage('totp-setup', 'totp/setup', 'paused', {
    ...totpKey,
    problem: 'too_many_attempts',
    retryAfterSeconds: 60,
  }),
  ownPage('recovery-codes', 'recovery-codes', 'many', { left: 9 }),
  ownPage('recovery-codes', 'recovery-codes', 'few', { left: 1, problem: 'wrong_code' }),
  ...[true, false].map((isFirst) =>
    ownPage('recovery-codes-new', 'recovery-codes', isFirst ? 'first' : 'renewed', {
      isFirst,
      codes: Array.from({ length: 10 }, (_, index) => `7K3M-9QXT-VW2${index}-H5RD`),
    }),
  ),
  ownPage('phone', 'phone', 'none', { phone: '', isVerified: false, typed: '', asksCode: false }),
  ownPage('phone', 'phone', 'verified', { phone: '+420 601 234 567', isVerified: true, typed: '' }),
  ...['no_number', 'phone_country', 'phone_not_mobile', 'wrong_password', 'wrong_code'].map((problem) =>
    ownPage('phone', 'phone', problem, { phone: '+420601', isVerified: false, typed: '601', problem }),
  ),
  ...['too_many_attempts', 'too_many_messages'].map((problem) =>
    ownPage('phone', 'phone', problem, {
      phone: '',
      isVerified: false,
      typed: '601 234 567',
      problem,
      retryAfterSeconds: 600,
    }),
  ),
  ...['', 'wrong_code', 'too_many_attempts', 'too_many_messages'].map((problem) =>
    ownPage('phone-code', 'phone/code', problem || 'fresh', {
      phone: '+420 601 234 567',
      problem,
      retryAfterSeconds: problem.startsWith('too') ? 600 : 0,
    }),
  ),
  ownPage('phone-code', 'phone/code', 'over', { phone: '', problem: 'code_over' }),
  email('open', { isVerified: false }),
  email('sent', { isVerified: false, notice: 'email_link_sent' }),
  email('verified', {}),
  email('paused', { isVerified: false, problem: 'too_many_messages', retryAfterSeconds: 3000 }),
  email('waiting', { pending: 'jana@novakova.example', notice: 'email_change_sent' }),
  ...['no_email', 'same_email'].map((problem) =>
    email(problem, { problem, refused: problem, typed: 'jana at example' }),
  ),
  email('wrong_password', { problem: 'wrong_password', typed: 'jana@novakova.example' }),
  password('fresh', {}),
  password('first', { asksPassword: false, asksCode: false }),
  ...[
    'too_short',
    'too_long',
    'same_as_login',
    'same_as_name',
    'same_as_brand',
    'too_common',
    'breached',
    'exposed',
  ].map((refused) => password(refused, { problem: refused, refused })),
  ...['mismatch', 'unchanged'].map((refused) => password(refused, { problem: refused, refused })),
  ...['wrong_password', 'wrong_code'].map((problem) => password(problem, { problem })),
  password('over', { notice: 'password_over' }),
  login('none', {}),
  login('own', { current: 'jana', typed: 'jana' }),
  ...['bad_login', 'same_login', 'login_taken', 'too_many_names'].map((problem) =>
    login(problem, { problem, refused: problem, typed: 'jana n', retryAfterSeconds: 3000 }),
  ),
  login('wrong_code', { problem: 'wrong_code', typed: 'jana' }),
  addresses('empty', {}),
  addresses('listed', {
    notice: 'address_added',
    here: { address: '31.15.10.7', place: '31.15.10.7', problem: 'duplicate' },
    entries: [
      listed('31.15.10.7', { note: 'kancelář', lastUsedAt: at, endsAt: at }),
      listed('2a02:8308:1:2::5', { wider: '2a02:8308:1:2::/64' }),
      listed('31.15.0.0/16', { isOver: true, endsAt: at }),
    ],
  }),
  addresses('without-factor', {
    hasTotp: false,
    hasPassword: false,
    here: { address: '', place: '', problem: 'unknown' },
  }),
  addresses('operator', {
    isOperator: true,
    here: { address: '10.0.0.5', place: '10.0.0.5', problem: 'private' },
  }),
  ...[true, false].map((isForbidden) =>
    ownPage('recovery', 'recovery', isForbidden ? 'forbidden' : 'allowed', {
      isForbidden,
      problem: '',
      retryAfterSeconds: 0,
    }),
  ),
  ...[
    'not_an_address',
    'too_wide',
    'private',
    'reserved',
    'shared',
    'duplicate',
    'full',
    'note_too_long',
    'ends_invalid',
    'ends_past',
    'wrong_password',
    'wrong_code',
    'throttled',
  ].map((problem) =>
    addresses(problem, { problem, typed: { range: '31.15.10.0/24', note: 'kancelář', ends: '2026-12-24' } }),
  ),
];

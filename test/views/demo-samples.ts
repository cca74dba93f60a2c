// Samples of the pages of the demo: its application, and the inbox of what it would have sent.

import { account, at, type Sample } from './sample-props.ts';

const relyingParty = {
  accountUrl: 'http://localhost:3000/account',
  signInUrl: '/login',
  loginAgainUrl: '/login?prompt=login',
  silentUrl: '/login?prompt=none',
  signOutAction: '/logout',
  televisionUrl: '/tv',
};

const mojeidPeople = ['a', 'd', 'h'].map((id) => ({
  id,
  name: id === 'h' ? `<script>alert('x')</script> ${'Dlouhatánský'.repeat(6)}` : 'Petra Dvořáková',
  username: `petra.${id}`,
  levels: [],
  url: `/?person=${id}`,
}));
const service = { host: 'id.example.cz' };
const mojeidSamples: readonly Sample[] = [
  {
    template: 'demo/mojeid/login.njk',
    label: 'cancelled',
    page: {
      action: '/login/?request=x',
      service,
      levels: ['phr'],
      people: mojeidPeople,
      problem: 'cancelled',
    },
  },
  {
    template: 'demo/mojeid/consent.njk',
    label: 'items',
    page: {
      action: '/consent/?request=x',
      service: { ...service, name: 'Hvězdný hosting' },
      person: { name: 'Petra Dvořáková', username: 'petra.dvorakova' },
      items: [
        { claim: 'email', value: 'petra@example.cz', required: true, ticked: true },
        { claim: 'address', value: '{"street_address":"Dlouhá 7"}', required: false, ticked: false },
      ],
    },
  },
  {
    template: 'demo/mojeid/home.njk',
    label: 'one-person',
    page: {
      issuer: 'http://127.0.0.1:3002/oidc/',
      person: 'a',
      people: mojeidPeople,
      faults: [
        { name: 'id-token-expired', on: true },
        { name: 'userinfo-slow', on: false },
      ],
      signedIn: { name: 'Petra Dvořáková', at },
    },
  },
  { template: 'demo/mojeid/logout.njk', label: 'signed-in', page: { signedIn: true } },
  { template: 'demo/mojeid/logout.njk', label: 'signed-out', page: { signedIn: false } },
  { template: 'demo/mojeid/services.njk', label: 'none', page: { services: [] } },
  {
    template: 'demo/mojeid/services.njk',
    label: 'one',
    page: {
      services: [
        {
          id: 'vratny',
          name: 'Vrátný',
          redirectUris: ['http://localhost:3000/callback/mojeid'],
          authMethod: 'client_secret_basic',
          fullAccess: false,
        },
      ],
    },
  },
];

export const demoSamples: readonly Sample[] = [
  ...mojeidSamples,
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
  ...[
    { kind: 'off' },
    {
      kind: 'code',
      userCode: 'WDJB-MJHT',
      url: 'http://localhost:3000/device',
      qr: { size: 29, path: 'M4 4h7v1h-7zM4 5h1v5h-1z' },
    },
    { kind: 'on', name: account.name, email: account.login },
    { kind: 'problem', error: 'expired_token' },
  ].map((screen) => ({
    template: 'demo/television.njk',
    label: screen.kind,
    page: { action: '/tv', ...screen },
  })),
  {
    template: 'demo/authenticator.njk',
    label: 'two',
    page: {
      codes: [
        { name: 'Petra Dvořáková', login: 'petra', code: '123456', seconds: 21 },
        { name: 'Sam Keeper', login: 'sam', code: '654321', seconds: 1 },
      ],
    },
  },
  { template: 'demo/webhooks.njk', label: 'empty', page: { events: [] } },
  {
    template: 'demo/webhooks.njk',
    label: 'events',
    page: {
      events: [1, 3].map((times) => ({
        id: `evt_019a7e0c-5a60-7d1f-9d42-3a77c2f1b6d${times}`,
        type: 'credential.changed',
        at,
        body: '{"type":"credential.changed","data":{"account_id":"019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de"}}',
        times,
      })),
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

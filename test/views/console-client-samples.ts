// Samples of the console's clients: list, form, secret, one client, and what it has to be told.

import { app, consolePage, last, pages } from './console-list-samples.ts';
import { at, type Sample } from './sample-props.ts';

const when = at.toISOString();
const clientForm = (label: string, props: object): Sample =>
  consolePage('client-form', label, '/admin/clients/new', {
    purpose: { key: 'web' },
    isNew: true,
    name: '',
    action: '/admin/clients/new',
    backHref: '/admin/clients',
    firstParty: false,
    version: '1',
    reason: '',
    longest: 500,
    proof: '',
    fields: ['client_name', 'redirect_uris', 'backchannel_logout_uri', 'scope'].map((key) => ({
      key,
      isList: key === 'redirect_uris',
      longest: 2048,
      required: key === 'client_name',
      value: '',
      problem: '',
      about: '',
    })),
    ...props,
  });
const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];
const authentication = (label: string, props: object = {}): Sample =>
  consolePage('client-authentication', label, '/admin/clients/panel/authentication', {
    key: 'client_authentication',
    action: '/admin/clients/panel/authentication',
    backHref: '/admin/clients/panel',
    name: 'Panel',
    detail: 'panel',
    version: '1',
    reason: '',
    longest: 500,
    proof: '',
    methods: methods.map((key) => ({
      key,
      chosen: key === 'client_secret_basic',
      isPresent: key === 'none',
    })),
    method: { problem: '' },
    keys: { value: '', problem: '' },
    keysUri: { value: '', problem: '' },
    ...props,
  });
const problems = [
  'uri_space',
  'uri_relative',
  'uri_fragment',
  'uri_credentials',
  'uri_http',
  'uri_scheme',
  'uri_private_scheme',
  'uri_missing',
  'scope',
  'colour',
  'other',
];

const registration = {
  ...last,
  isOn: true,
  endpoint: 'https://id.example.com/client-registration',
  rows: [],
  policies: [{ name: 'partners', chosen: true }],
  note: '',
  uses: '1',
  days: '7',
  mayWrite: true,
};

const oneClient = {
  ...app,
  path: '/admin/clients/panel',
  inFile: false,
  mayWrite: true,
  hasSecret: true,
  secrets: [
    { at: when, endsAt: '' },
    { at: when, endsAt: when },
  ],
  disabledReason: 'abuse',
  disabledAt: when,
  createdAt: when,
  updatedAt: when,
  method: { key: 'client_secret_basic' },
  grants: 'authorization_code refresh_token',
  keyIds: [],
  keysUri: '',
  fields: [{ key: 'redirect_uris', value: 'https://panel.example/callback' }],
};

export const consoleClientSamples: readonly Sample[] = [
  consolePage('clients', 'some', '/admin/clients', {
    clientQuery: 'panel',
    rows: [
      app,
      ...['spa', 'native', 'machine', 'device'].map((key) => ({
        ...app,
        key,
        disabled: false,
        firstParty: false,
      })),
    ],
    mayWrite: true,
    ...pages,
  }),
  consolePage('clients', 'none', '/admin/clients', { clientQuery: '', rows: [], mayWrite: false, ...last }),
  consolePage('client-purpose', 'all', '/admin/clients/new', {
    purposes: ['web', 'spa', 'native', 'machine', 'device'].map((key) => ({
      key,
      href: `/admin/clients/new?purpose=${key}`,
    })),
  }),
  clientForm('new', {}),
  clientForm('edit', {
    isNew: false,
    name: 'Panel',
    firstParty: true,
    purpose: { key: 'spa' },
    proof: 'form',
  }),
  clientForm('sign in', { isNew: false, name: 'Panel', proof: 'sign_in' }),
  ...problems.map((problem) =>
    clientForm(problem, {
      problem: 'fields',
      fields: [
        { key: 'redirect_uris', isList: true, required: true, value: 'http://x', problem, about: 'http://x' },
        {
          key: 'accent_color',
          isList: false,
          longest: 2048,
          required: false,
          value: 'red',
          problem,
          about: '',
        },
      ],
    }),
  ),
  authentication('secret'),
  authentication('sign in', { proof: 'sign_in' }),
  ...['missing', 'private', 'short', 'unreadable', 'other', 'choose', 'uri', 'both'].map((problem) =>
    authentication(problem, {
      problem: 'fields',
      proof: 'form',
      method: { problem: problem === 'other' || problem === 'choose' ? problem : '' },
      keys: { value: '{"keys": []}', problem },
      keysUri: { value: 'http://x', problem },
    }),
  ),
  ...methods.map((method) =>
    consolePage('client', method, '/admin/clients/panel', {
      ...oneClient,
      method: { key: method },
      notice: '',
    }),
  ),
  consolePage('client-secret', 'new', '/admin/clients/panel', {
    name: 'Panel',
    clientId: 'panel',
    secret: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    nextHref: '/admin/clients/panel/tester',
  }),
  consolePage('client', 'web', '/admin/clients/panel', { ...oneClient, notice: 'client_changed' }),
  consolePage('client', 'in file', '/admin/clients/panel', {
    ...app,
    disabled: false,
    firstParty: false,
    path: '/admin/clients/panel',
    inFile: true,
    mayWrite: false,
    hasSecret: false,
    secrets: [],
    disabledReason: '',
    disabledAt: '',
    createdAt: when,
    updatedAt: when,
    method: { key: 'private_key_jwt' },
    grants: 'authorization_code',
    keyIds: ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'],
    keysUri: 'https://panel.example/jwks',
    fields: [],
  }),
  consolePage('client-tester', 'web', '/admin/clients/panel/tester', {
    name: 'Panel',
    clientId: 'panel',
    endpoints: ['issuer', 'discovery', 'authorization', 'token', 'userinfo', 'jwks', 'logout'].map((key) => ({
      key,
      value: 'https://id.example.com',
    })),
    hasSecret: true,
    snippets: [{ name: 'oauth2-proxy', text: 'client_secret = "THE_SECRET"' }],
  }),
  consolePage('registration-tokens', 'some', '/admin/clients/registration', {
    ...registration,
    ...pages,
    rows: [
      {
        id: '019a7e0c',
        note: 'Partner portal',
        policyName: 'partners',
        usesLeft: 3,
        uses: 10,
        by: 'operator:019a',
        endsAt: when,
      },
    ],
  }),
  consolePage('registration-tokens', 'off', '/admin/clients/registration', {
    ...registration,
    isOn: false,
    policies: [],
    mayWrite: false,
  }),
  ...['policy', 'uses', 'days'].map((problem) =>
    consolePage('registration-tokens', problem, '/admin/clients/registration', { ...registration, problem }),
  ),
  consolePage('registration-token', 'made', '/admin/clients/registration', {
    token: 'vratny_iat_dGhpcyBpcyBhIHNhbXBsZSBvZiBhIHRva2Vu',
    endpoint: 'https://id.example.com/client-registration',
    uses: 10,
    endsAt: when,
    nextHref: '/admin/clients/registration',
  }),
];

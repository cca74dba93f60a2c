// Samples of the pages of the demo: its application, and the inbox of what it would have sent.

import { account, at, type Sample } from './sample-props.ts';

const relyingParty = {
  accountUrl: 'http://localhost:3000/account',
  signInUrl: '/login',
  loginAgainUrl: '/login?prompt=login',
  silentUrl: '/login?prompt=none',
  signOutAction: '/logout',
};

export const demoSamples: readonly Sample[] = [
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

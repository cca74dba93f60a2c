// Every step passes the contract of steps; what is special to one is told below it.

import { expect, test } from 'vitest';
import type { Facts } from '../../interactions/facts.ts';
import type { Visit } from '../../interactions/step.ts';
import { createConsentStep } from '../../interactions/steps/consent.ts';
import { createPasswordStep } from '../../interactions/steps/password.ts';
import { createSelectAccountStep } from '../../interactions/steps/select-account.ts';
import { createBrowsers } from '../../src/domain/browsers.ts';
import { createConsents } from '../../src/domain/consents.ts';
import { createPasswordSignIn } from '../../src/domain/password-sign-in.ts';
import { createThrottles } from '../../src/domain/throttle.ts';
import { silentLog } from '../../src/lib/log.ts';
import { atSignIn, signedIn } from '../support/journeys.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';
import { stepContract } from './step-contract.ts';

const EMAIL = 'eva@example.cz';

/** A visit of Eva to a client that is not of the house. */
async function visitOfEva(world: World, more: Partial<Facts> = {}): Promise<Visit> {
  const { metadata } = await world.createClient({ first_party: false });
  const found = await world.core.accounts.findByIdentifier(EMAIL);
  const id = found?.id ?? (await world.createAccount({ email: EMAIL })).id;
  return {
    facts: {
      prompt: 'login',
      proofs: new Map(),
      accountId: undefined,
      signedInAs: id,
      missing: {
        scopes: ['openid', 'email'],
        claims: ['name'],
        resources: { 'https://api.example': ['read'] },
      },
      loginHint: undefined,
      ...more,
    },
    client: metadata,
    locale: 'en',
    address: '192.0.2.1',
    browserId: 'a browser',
    form: {},
  };
}

const passwordStep = ({ core, store }: World) => {
  const { accounts, clock, hasher } = core;
  const passwordSignIn = createPasswordSignIn({
    accounts,
    hasher,
    clock,
    browsers: createBrowsers(store, clock),
    throttles: createThrottles(store, clock),
    log: silentLog,
  });
  return createPasswordStep({ passwordSignIn, accounts });
};

stepContract('password', {
  create: async (world) => ({ step: passwordStep(world), visit: await visitOfEva(world) }),
  reach: async (world) => atSignIn(world, await world.createClient()),
  right: { login: EMAIL, password: PASSWORD },
  passes: ({ password }) => password === PASSWORD,
  takesSecrets: true,
});

stepContract('consent', {
  create: async (world) => {
    const { core, store } = world;
    const consents = createConsents(store, core.clock, core.endings);
    const visit = await visitOfEva(world, { prompt: 'consent' });
    return { step: createConsentStep({ accounts: core.accounts, consents }), visit };
  },
  reach: async (world) => {
    const browser = await signedIn(world, await world.createClient(), EMAIL);
    return browser.open(world.authorizeUrl(await world.createClient({ first_party: false })));
  },
  right: { choice: 'allow' },
  passes: ({ choice }) => choice === 'allow',
  takesSecrets: false,
});

stepContract('select-account', {
  create: async (world) => {
    const visit = await visitOfEva(world, { prompt: 'select_account' });
    return { step: createSelectAccountStep({ accounts: world.core.accounts }), visit };
  },
  reach: async (world) => {
    const client = await world.createClient();
    const browser = await signedIn(world, client, EMAIL);
    return browser.open(world.authorizeUrl(client, { prompt: 'select_account' }));
  },
  right: { choice: 'continue' },
  passes: ({ choice }) => choice === 'continue' || choice === 'other',
  takesSecrets: false,
});

test('the password page starts with the name that the client hints, else with who is signed in, else empty', async () => {
  const world = await openWorld();
  const step = passwordStep(world);
  const visit = await visitOfEva(world);
  const shown = async (facts: Partial<Facts>) => {
    const outcome = await step.start({ ...visit, facts: { ...visit.facts, ...facts } });
    return outcome.kind === 'show' ? outcome.props!['login'] : outcome.kind;
  };
  expect(await shown({})).toBe(EMAIL);
  expect(await shown({ loginHint: 'jan' })).toBe('jan');
  expect(await shown({ loginHint: 'x'.repeat(5000) })).toBe('x'.repeat(254));
  expect(await shown({ signedInAs: undefined })).toBe('');
  expect(await shown({ prompt: 'select_account' })).toBe('');
  expect(await shown({ signedInAs: 'gone' })).toBe('');
  await world.close();
});

test('choosing another account proves none, so that the policy asks for one', async () => {
  const world = await openWorld();
  const step = createSelectAccountStep({ accounts: world.core.accounts });
  const visit = await visitOfEva(world, { prompt: 'select_account' });
  expect(await step.submit({ ...visit, form: { choice: 'other' } })).toEqual({ kind: 'proved' });
  await world.close();
});

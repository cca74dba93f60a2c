// Eva, whom the tests of steps are about: a visit of hers, and the password step that she begins with.

import type { Facts } from '../../interactions/facts.ts';
import type { Visit } from '../../interactions/step.ts';
import { createPasswordStep } from '../../interactions/steps/password.ts';
import { createThrottles } from '../../src/domain/limits/throttle.ts';
import { createPasswordSignIn } from '../../src/domain/passwords/password-sign-in.ts';
import { createBrowsers } from '../../src/domain/sign-ins/browsers.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { World } from '../support/world.ts';

export const EMAIL = 'eva@example.cz';

/** A visit of Eva to a client that is not of the house. */
export async function visitOfEva(world: World, more: Partial<Facts> = {}): Promise<Visit> {
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
      level: { wanted: [], isDemanded: false, multiFactor: false },
      freshWithinSeconds: undefined,
      isPairing: false,
      isComparing: false,
      account: undefined,
      ...more,
    },
    client: metadata,
    locale: 'en',
    address: '192.0.2.1',
    browserId: 'a browser',
    uid: 'an interaction',
    userAgent: '',
    form: {},
  };
}

export const passwordStep = ({ core, store }: World) => {
  const { accounts, clock, hasher } = core;
  const passwordSignIn = createPasswordSignIn({
    accounts,
    hasher,
    clock,
    browsers: createBrowsers(store, clock),
    throttles: createThrottles(store, clock),
    failedPasswords: core.failedPasswords,
    log: silentLog,
  });
  return createPasswordStep({
    passwordSignIn,
    accounts,
    addressLists: core.addressLists,
    history: core.history,
    registrations: core.registrations,
  });
};

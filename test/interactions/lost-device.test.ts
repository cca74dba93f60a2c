// Who is offered "I lost my device": whoever has proved the password of an account with a second factor, nobody else.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccountFacts } from '../../interactions/facts.ts';
import type { Step, StepId, Visit } from '../../interactions/step.ts';
import { createLostDeviceStep } from '../../interactions/steps/lost-device.ts';
import { turnOnTotp } from '../support/second-factor.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let step: Step;
let accountId: string;
beforeAll(async () => {
  world = await openWorld();
  const { accounts, lostDevice } = world.core;
  step = createLostDeviceStep({ lostDevice, accounts });
  ({ id: accountId } = await world.createAccount());
  await turnOnTotp(world.core, accountId);
});
afterAll(() => world.close());

async function visit(hasTotp: boolean, proved: readonly StepId[]): Promise<Visit> {
  const account: AccountFacts = {
    hasTotp,
    hasPasskey: true,
    isOperator: false,
    listedBy: undefined,
    confirmationDue: false,
  };
  return {
    facts: {
      prompt: 'login',
      proofs: new Map(proved.map((id) => [id, { accountId, at: new Date() }])),
      accountId: proved.length > 0 ? accountId : undefined,
      signedInAs: undefined,
      missing: { scopes: [], claims: [], resources: {} },
      loginHint: undefined,
      level: { wanted: [], isDemanded: false, multiFactor: false },
      freshWithinSeconds: undefined,
      isPairing: false,
      isComparing: false,
      account: proved.length > 0 ? account : undefined,
    },
    client: (await world.createClient()).metadata,
    locale: 'en',
    uid: 'a sign-in',
    address: '192.0.2.1',
    browserId: 'a browser',
    userAgent: '',
    form: { act: 'send' },
  };
}

test.for<[boolean, StepId[], boolean]>([
  [true, ['password'], true],
  [true, ['select-account', 'password'], true],
  // A passkey is a device at hand; without the password two of the three proofs would be left (A53).
  [true, ['passkey'], false],
  [false, ['password'], false],
  [true, [], false],
])('with a second factor: %s, having proved %j: %s', async ([hasTotp, proved, offered]) => {
  const asked = await visit(hasTotp, proved);
  expect(await step.isOffered!(asked)).toBe(offered);
  // What is not offered does nothing, even when its form is sent.
  expect((await step.submit(asked)).kind).toBe(offered ? 'show' : 'again');
  expect((await step.start(asked)).kind).toBe(offered ? 'show' : 'again');
});

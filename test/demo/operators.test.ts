// The demo's operators have their second factor on, whenever the demo is started.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedOperators } from '../../src/demo/operators.ts';
import { STEP_SECONDS } from '../../src/domain/factors/time-codes.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('a start in the last moment of a time step leaves no operator without a second factor', async () => {
  const { core } = world;
  const time = core.clock.now().getTime();
  let looks = 0;
  // Who looks for the first time sees the end of one step, and everybody later the next.
  const clock = {
    ...core.clock,
    now: () => new Date(looks++ === 0 ? time - STEP_SECONDS * 1000 : time),
  };
  const codes = await seedOperators({ ...core, clock }, () => core.hasher.hash('a password of the demo'));
  for (const { login } of await codes())
    expect(await core.totp.isOn((await core.accounts.findByIdentifier(login))!.id)).toBe(true);
  expect((await codes()).map(({ login }) => login)).toEqual(['petra', 'sam']);
});

// What an operator sets for the lists of trusted addresses, from the environment to the rule.

import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('shared servers and proxies are refused, private ranges only taken in an intranet, and fewer entries', async () => {
  const world = await openWorld({
    env: {
      VRATNY_TRUSTED_PROXIES: '127.0.0.1, 81.2.69.160',
      VRATNY_ADDRESS_LIST_NEVER: '31.15.10.0/24',
      VRATNY_ADDRESS_LIST_PRIVATE: 'true',
      VRATNY_ADDRESS_LIST_MAX: '2',
      VRATNY_ADDRESS_LIST_MIN_V4: '24',
      VRATNY_ADDRESS_LIST_MIN_V6: '64',
    },
  });
  const add = async (range: string) => {
    const outcome = await world.core.addressLists.add('eva', { range });
    return outcome.kind === 'added' ? 'added' : outcome.problem;
  };
  expect(await add('31.15.10.7')).toBe('shared');
  expect(await add('81.2.69.160')).toBe('shared');
  expect(await add('81.2.69.0/24')).toBe('shared');
  expect(await add('10.1.2.0/23')).toBe('too_wide');
  expect(await add('2a02:8308:1:2::/63')).toBe('too_wide');
  expect(await add('10.1.2.0/24')).toBe('added');
  expect(await add('2a02:8308:1:2::/64')).toBe('added');
  expect(await add('31.15.11.1')).toBe('full');
  await world.close();
});

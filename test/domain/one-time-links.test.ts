// How long mailed links live, to the millisecond: the numbers that were agreed, not those that the code happens to have.

import { expect, test } from 'vitest';
import { createAccounts } from '../../src/domain/accounts/accounts.ts';
import { createOneTimeLinks, linkLives, type LinkPurpose } from '../../src/domain/one-time-links.ts';
import { manualClock, memoryStore } from '../support/rules.ts';

const [MINUTE, DAY] = [60_000, 86_400_000];

test.each<[string, LinkPurpose, number]>([
  ['S11: a link for a forgotten password, 15 minutes', 'recover', 15 * MINUTE],
  ['S51: a link for a lost device, 5 minutes', 'lost-device', 5 * MINUTE],
  ['S56: a link that signs out everywhere, 7 days', 'logout-all', 7 * DAY],
  ['S43: the link of somebody who was not it, 7 days', 'not-me', 7 * DAY],
  ['S3: a link that sets a password, 7 days', 'set-password', 7 * DAY],
  ['S48: a link that verifies an address, 24 hours', 'verify-email', DAY],
  ['S59: a link that keeps the authenticator app, 15 days', 'keep-second-factor', 15 * DAY],
])('%s', async (_name, purpose, life) => {
  const clock = manualClock();
  const store = await memoryStore(clock);
  const accounts = createAccounts(store, clock, () => Promise.resolve());
  const links = createOneTimeLinks(store, clock, accounts);
  const account = await accounts.create({ email: 'jana@example.cz', emailVerified: true, name: 'Jana' });
  const { secret, expiresAt } = await links.issue(purpose, account);
  expect(expiresAt.getTime() - clock.now().getTime()).toBe(life);
  clock.advance(life - 1);
  expect((await links.peek(purpose, secret))?.id).toBe(account.id);
  clock.advance(1);
  expect(await links.peek(purpose, secret)).toBeUndefined();
  expect(await links.redeem(purpose, secret)).toBeUndefined();
  await store.close();
});

test('there is no other link', () => {
  expect(Object.keys(linkLives)).toHaveLength(7);
});

// Which mailed links outlive a change of credentials: those that only end or lock, and no others.

import { beforeEach, describe, expect, test } from 'vitest';
import { createAccounts, type Accounts, type StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import { createOneTimeLinks, linkLives, type OneTimeLinks } from '../../../src/domain/one-time-links.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

const clock = manualClock();
const protecting = { 'logout-all': 7, 'not-me': 7, 'keep-second-factor': 15 } as const;
const rows = Object.entries(protecting) as [keyof typeof protecting, number][];
let accounts: Accounts;
let links: OneTimeLinks;
let eva: StoredAccount;

beforeEach(async () => {
  const store = await memoryStore(clock);
  accounts = createAccounts(store, clock);
  links = createOneTimeLinks(store, clock, accounts);
  eva = await newAccount(store, clock, { email: 'eva@example.cz' });
});

const isGood = async (purpose: keyof typeof linkLives, secret: string) =>
  (await links.peek(purpose, secret)) !== undefined;
const changeCredentials = () =>
  accounts.change(eva.id, ({ credentialVersion }) => ({ credentialVersion: credentialVersion + 1 }));

describe.each(rows)('a %s link', (purpose, days) => {
  test(`is good for ${days} days`, async () => {
    expect(linkLives[purpose]).toBe(days * 86_400);
    const { secret, expiresAt } = await links.issue(purpose, eva);
    expect(expiresAt.getTime() - clock.now().getTime()).toBe(days * 86_400_000);
    clock.advance(days * 86_400_000 - 1);
    expect(await isGood(purpose, secret)).toBe(true);
    clock.advance(1);
    expect(await isGood(purpose, secret)).toBe(false);
  });

  test('outlives changed credentials and the voiding of others', async () => {
    const { secret } = await links.issue(purpose, eva);
    await changeCredentials();
    await links.voidAll(eva.id);
    expect((await links.redeem(purpose, secret))?.id).toBe(eva.id);
    expect(await links.redeem(purpose, secret)).toBeUndefined();
  });

  test('is void for a disabled account', async () => {
    const { secret } = await links.issue(purpose, eva);
    await accounts.change(eva.id, () => ({ status: 'disabled' }));
    expect(await links.redeem(purpose, secret)).toBeUndefined();
  });

  test('is good for nothing else', async () => {
    const { secret } = await links.issue(purpose, eva);
    for (const other of Object.keys(linkLives) as (keyof typeof linkLives)[]) {
      if (other === purpose) continue;
      expect([other, await links.redeem(other, secret)]).toEqual([other, undefined]);
    }
    expect(await isGood(purpose, secret)).toBe(true);
  });
});

test('every other link ends with the credentials it was made under, and when links are voided', async () => {
  const others = (Object.keys(linkLives) as (keyof typeof linkLives)[]).filter(
    (purpose) => !(purpose in protecting),
  );
  expect(others).toContain('set-password');
  for (const purpose of others) {
    const account = (await accounts.get(eva.id))!;
    const [voided, outdated] = [await links.issue(purpose, account), await links.issue(purpose, account)];
    await links.voidAll(eva.id);
    expect([purpose, await isGood(purpose, voided.secret)]).toEqual([purpose, false]);
    await changeCredentials();
    expect([purpose, await isGood(purpose, outdated.secret)]).toEqual([purpose, false]);
  }
});

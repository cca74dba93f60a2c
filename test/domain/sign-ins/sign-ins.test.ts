// Sign-ins, links and consents: what is proved, what is used up, what is remembered.

import { beforeEach, describe, expect, test } from 'vitest';
import { createAccounts } from '../../../src/domain/accounts/accounts.ts';
import { createConsents } from '../../../src/domain/clients/consents.ts';
import { createEndings } from '../../../src/domain/sign-ins/endings.ts';
import { createOneTimeLinks, linkLives } from '../../../src/domain/one-time-links.ts';
import { createSignIns } from '../../../src/domain/sign-ins/sign-ins.ts';
import type { Store } from '../../../src/ports/store.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

const clock = manualClock();
let store: Store;
beforeEach(async () => {
  store = await memoryStore(clock);
});

describe('a sign-in', () => {
  const request = { clientId: 'panel', params: { state: 'st' } };
  const steps = (signIn: { doc: { proofs: readonly { step: string; accountId?: string }[] } }) =>
    signIn.doc.proofs.map(({ step, accountId }) => `${step}:${accountId ?? ''}`);

  test('belongs to the browser that began it, and no other learns of it', async () => {
    const signIns = createSignIns(store, clock);
    await signIns.open('uid', 'one', request);
    expect((await signIns.open('uid', 'one', request)).version).toBe(
      (await signIns.find('uid', 'one'))!.version,
    );
    await expect(signIns.open('uid', 'two', request)).rejects.toMatchObject({ code: 'foreign_browser' });
    expect(await signIns.find('uid', 'two')).toBeUndefined();
    await expect(signIns.prove('uid', 'two', { step: 'password', accountId: 'a' })).rejects.toMatchObject({
      code: 'sign_in_over',
    });
    const [first, second] = await Promise.allSettled([
      signIns.open('contested', 'one', request),
      signIns.open('contested', 'two', request),
    ]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('never adds up proofs of two accounts', async () => {
    const signIns = createSignIns(store, clock);
    await signIns.open('uid', 'one', request);
    await signIns.prove('uid', 'one', { step: 'password', accountId: 'eva' });
    expect(steps(await signIns.prove('uid', 'one', { step: 'totp', accountId: 'jan' }))).toEqual([
      'totp:jan',
    ]);
    expect(steps(await signIns.prove('uid', 'one', { step: 'password', accountId: 'jan' }))).toEqual([
      'totp:jan',
      'password:jan',
    ]);
  });

  test('keeps a proof without an account beside those with one, and one proof a step', async () => {
    const signIns = createSignIns(store, clock);
    await signIns.open('uid', 'one', request);
    await signIns.prove('uid', 'one', { step: 'select-account' });
    await signIns.prove('uid', 'one', { step: 'password', accountId: 'eva' });
    clock.advance(1000);
    const again = await signIns.prove('uid', 'one', { step: 'password', accountId: 'eva' });
    expect(steps(again)).toEqual(['select-account:', 'password:eva']);
    expect(again.doc.proofs.at(-1)!.at).toBe(clock.now().toISOString());
  });

  test('takes proofs that come at the same moment one after the other', async () => {
    const signIns = createSignIns(store, clock);
    await signIns.open('uid', 'one', request);
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((step) => signIns.prove('uid', 'one', { step, accountId: 'eva' })),
    );
    expect(steps((await signIns.find('uid', 'one'))!).sort()).toEqual([
      'a:eva',
      'b:eva',
      'c:eva',
      'd:eva',
      'e:eva',
    ]);
  });

  test('is forgotten a day after it was last touched, and stores neither its id nor the browser’s', async () => {
    const signIns = createSignIns(store, clock);
    await signIns.open('a-secret-uid', 'a-browser-id', request);
    const [row] = await store.collection({ name: 'sign_ins' }).list(undefined, { limit: 10 });
    expect(JSON.stringify(row)).not.toMatch(/a-secret-uid|a-browser-id/);
    clock.advance(86_400_000);
    expect(await signIns.find('a-secret-uid', 'a-browser-id')).toBeUndefined();
  });
});

describe('a one-time link', () => {
  const setUp = async () => {
    const account = await newAccount(store, clock, { email: 'eva@example.cz' });
    const accounts = createAccounts(store, clock);
    return { account, accounts, links: createOneTimeLinks(store, clock, accounts) };
  };

  test('may be looked at often and is used once, by one of 50', async () => {
    const { account, links } = await setUp();
    const { secret } = await links.issue('set-password', account);
    for (let look = 0; look < 10; look += 1)
      expect((await links.peek('set-password', secret))?.id).toBe(account.id);
    const uses = await Promise.all(Array.from({ length: 50 }, () => links.redeem('set-password', secret)));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await links.peek('set-password', secret)).toBeUndefined();
  });

  test('carries 256 random bits and is stored as a hash (C7)', async () => {
    const { account, links } = await setUp();
    const secrets = new Set<string>();
    for (let index = 0; index < 20; index += 1)
      secrets.add((await links.issue('set-password', account)).secret);
    expect(secrets.size).toBe(20);
    const stored = JSON.stringify(
      await store.collection({ name: 'one_time_links' }).list(undefined, { limit: 100 }),
    );
    for (const secret of secrets) {
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
      expect(stored).not.toContain(secret);
    }
  });

  test('ends with its time, with a change of credentials, with its account, and with all of its kind', async () => {
    const { account, accounts, links } = await setUp();
    const issue = async () => (await links.issue('set-password', (await accounts.get(account.id))!)).secret;
    const isGood = async (secret: string) => (await links.peek('set-password', secret)) !== undefined;

    const old = await issue();
    clock.advance(linkLives['set-password'] * 1000 - 1);
    expect(await isGood(old)).toBe(true);
    clock.advance(1);
    expect(await isGood(old)).toBe(false);

    const before = await issue();
    await accounts.change(account.id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
    expect(await isGood(before)).toBe(false);

    const disabled = await issue();
    await accounts.change(account.id, () => ({ status: 'disabled' }));
    expect(await isGood(disabled)).toBe(false);
    expect(await links.redeem('set-password', disabled)).toBeUndefined();
    await accounts.change(account.id, () => ({ status: 'active' }));
    expect(await isGood(disabled)).toBe(true);

    await links.voidAll(account.id);
    expect(await isGood(disabled)).toBe(false);
  });

  test('is good for its own purpose only', async () => {
    const { account, links } = await setUp();
    const { secret } = await links.issue('set-password', account);
    expect(await links.redeem('another-purpose' as 'set-password', secret)).toBeUndefined();
    expect(await links.peek('set-password', secret)).toBeDefined();
  });
});

describe('a consent', () => {
  const createAll = () =>
    createConsents(
      store,
      clock,
      createEndings(store, () => Promise.resolve()),
    );
  const some = {
    scopes: ['openid', 'email'],
    claims: ['name'],
    resources: { 'https://api.example': ['read'] },
  };

  test('grows with what is allowed and forgets nothing', async () => {
    const consents = createAll();
    await consents.allow('eva', 'panel', some);
    await consents.allow('eva', 'panel', {
      scopes: ['phone', 'email'],
      claims: [],
      resources: { 'https://api.example': ['write'], 'https://mail.example': ['send'] },
    });
    expect(await consents.find('eva', 'panel')).toMatchObject({
      scopes: ['openid', 'email', 'phone'],
      claims: ['name'],
      resources: { 'https://api.example': ['read', 'write'], 'https://mail.example': ['send'] },
    });
  });

  test('of one person and client says nothing of another', async () => {
    const consents = createAll();
    await consents.allow('eva', 'panel', some);
    expect(await consents.find('eva', 'mail')).toBeUndefined();
    expect(await consents.find('jan', 'panel')).toBeUndefined();
  });

  test('given in several tabs at once keeps all of it', async () => {
    const consents = createAll();
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((scope) =>
        consents.allow('eva', 'panel', { scopes: [scope], claims: [], resources: {} }),
      ),
    );
    expect([...(await consents.find('eva', 'panel'))!.scopes].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('that is withdrawn is gone', async () => {
    const consents = createAll();
    await consents.allow('eva', 'panel', some);
    await consents.withdraw('eva', 'panel');
    expect(await consents.find('eva', 'panel')).toBeUndefined();
  });
});

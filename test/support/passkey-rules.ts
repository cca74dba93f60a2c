// The rules of passkeys over a storage and a clock that stands still: two people, authenticators in software, and
// answers bent as a test wants them.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { createAccounts, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import { allShapes } from '../../src/domain/collections.ts';
import { createPasskeyCeremonies } from '../../src/domain/factors/passkey-ceremonies.ts';
import type { AuditEvent } from '../../src/domain/audit/audit-entry.ts';
import { createPasskeySignIn, type PasskeyOutcome } from '../../src/domain/factors/passkey-sign-in.ts';
import { createPasskeys } from '../../src/domain/factors/passkeys.ts';
import { createThrottles } from '../../src/domain/limits/throttle.ts';
import { createWebauthnChallenges } from '../../src/domain/factors/webauthn-challenges.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Store } from '../../src/ports/store.ts';
import { dropDatabase } from './mongo-database.ts';
import { manualClock } from './rules.ts';
import { SoftwareAuthenticator, type Bent } from './software-authenticator.ts';

export const ISSUER = 'https://id.example.cz';
export const UID = 'interaction-1';
export const SESSION = 'session-1';
export const KEY = Buffer.alloc(32, 7);

/** What a sign-in asks for; by default any passkey that tells who it is. */
export type Asked = { uid?: string; accountId?: string; mustVerify?: boolean };

export const asking = ({ uid = UID, accountId, mustVerify = false }: Asked = {}) => ({
  uid,
  accountId,
  mustVerify,
});

/** An answer that the rules refuse. */
export const refused = (problem: string): PasskeyOutcome =>
  expect.objectContaining({ kind: 'refused', problem }) as PasskeyOutcome;

export const newKey = (flags: ConstructorParameters<typeof SoftwareAuthenticator>[1] = {}) =>
  new SoftwareAuthenticator(ISSUER, flags);

/** The rules for the tests of the present `describe`; two people of their own for each test. */
export function passkeyRules(newStorage: () => string) {
  const clock = manualClock();
  let storage: string;
  let store: Store;
  let rules: ReturnType<typeof rulesOver>;
  const noted: AuditEvent[] = [];
  let eva: StoredAccount;
  let jan: StoredAccount;

  function rulesOver(over: Store, keys: readonly Buffer[] = [KEY]) {
    const accounts = createAccounts(over, clock);
    const passkeys = createPasskeys(over, clock);
    const challenges = createWebauthnChallenges(over, clock, keys);
    const ceremonies = createPasskeyCeremonies({ issuer: ISSUER, name: 'Hvězdný hosting', challenges });
    const throttles = createThrottles(over, clock);
    const audit = { note: (event: AuditEvent) => Promise.resolve(noted.push(event) > 0) };
    const signIn = createPasskeySignIn({ accounts, passkeys, ceremonies, throttles, audit, log: silentLog });
    return { accounts, passkeys, challenges, ceremonies, signIn };
  }

  beforeAll(async () => {
    storage = newStorage();
    store = await openStore(storage, { now: () => clock.now().getTime() });
    await store.prepare(allShapes);
    rules = rulesOver(store);
  });
  beforeEach(async () => {
    // Failures of the test before are forgotten.
    clock.advance(7_200_000);
    const fields = { emailVerified: true, passwordHash: 'hash:right' };
    const domain = `${randomBytes(8).toString('hex')}.cz`;
    eva = await rules.accounts.create({ ...fields, email: `eva@${domain}`, name: 'Eva Dvořáková' });
    jan = await rules.accounts.create({ ...fields, email: `jan@${domain}` });
  });
  afterAll(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  const creationOptions = async (account: StoredAccount, subject = SESSION) =>
    JSON.stringify(rules.ceremonies.creationOptions(account, await rules.passkeys.list(account.id), subject));

  /** Registers a passkey as the account page does. */
  async function register(account: StoredAccount, authenticator: SoftwareAuthenticator, bent: Bent = {}) {
    const options = await creationOptions(account);
    const made = await rules.ceremonies.verifyCreation(authenticator.create(options, bent), SESSION);
    return rules.passkeys.add(account.id, made, 'Key');
  }

  return {
    clock,
    get store() {
      return store;
    },
    get rules() {
      return rules;
    },
    /** What went into the audit log. */
    noted,
    get eva() {
      return eva;
    },
    get jan() {
      return jan;
    },
    /** Another node over the same storage, perhaps with other secrets. */
    otherNode: (...keys: Buffer[]) => rulesOver(store, keys.length > 0 ? keys : undefined),
    creationOptions,
    register,

    async registered(account: StoredAccount, flags = {}): Promise<SoftwareAuthenticator> {
      const authenticator = newKey(flags);
      expect(await register(account, authenticator)).toBe('added');
      return authenticator;
    },

    /** Signs in with whatever the authenticator answers. */
    async signIn(
      authenticator: SoftwareAuthenticator,
      bent: Bent = {},
      asked: Asked = {},
      answered: Asked = asked,
    ): Promise<PasskeyOutcome> {
      const credential = authenticator.get(await rules.signIn.options(asking(asked)), bent);
      return rules.signIn.prove({ ...asking(answered), credential, address: '192.0.2.1' });
    },
  };
}

// The rules that guard an account, joined: how people prove who they are, what is remembered and told of it, and how
// everything ends.

import type { Clock } from '../ports/clock.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { BreachedPasswords } from '../ports/breached-passwords.ts';
import type { Networks } from '../ports/networks.ts';
import type { OldSystem } from '../ports/old-system.ts';
import type { Store } from '../ports/store.ts';
import type { Log } from '../lib/log.ts';
import type { Sealer } from '../lib/seal.ts';
import { describeAgent } from '../lib/user-agent.ts';
import type { Accounts } from './accounts/accounts.ts';
import { createChangeLogin } from './accounts/change-login.ts';
import { createEmailChangeLetters } from './accounts/email-change-letters.ts';
import { createEmailChanges } from './accounts/email-changes.ts';
import { createLazyMigration } from './accounts/lazy-migration.ts';
import type { Openings } from './accounts/openings.ts';
import { createVerifyEmail } from './accounts/verify-email.ts';
import type { Audit } from './audit/audit.ts';
import type { Customers } from './customers/customers.ts';
import type { Domains } from './customers/domains.ts';
import { createFactorRules, type FactorSettings } from './factors/factor-rules.ts';
import type { Identities } from './federation/identities.ts';
import { createProofOfWork } from './limits/proof-of-work.ts';
import { createQuotas } from './limits/quotas.ts';
import { createThrottles } from './limits/throttle.ts';
import { createCredentialNotices } from './messages/credential-notices.ts';
import type { Letters } from './messages/letters.ts';
import { createOneTimeLinks } from './one-time-links.ts';
import { createFailedPasswords } from './passwords/failed-passwords.ts';
import { createPasswordRules, type PasswordSettings } from './passwords/password-rules.ts';
import type { Endings } from './sign-ins/endings.ts';
import { createMailedEndings, type EndOnLock } from './sign-ins/mailed-endings.ts';
import { createReauthentication } from './sign-ins/reauthentication.ts';
import { createSignInRules, type SignInSettings } from './sign-ins/sign-in-rules.ts';
import type { Signals } from './signals.ts';
import type { Unfinished } from './unfinished.ts';

/** What the configuration says of it. */
export type GuardSettings = SignInSettings &
  FactorSettings &
  PasswordSettings & { readonly powMaxNumber: number };

/** The rules over a store; `keysFor` derives the keys of a purpose, the current one first. */
export function createGuard(parts: {
  store: Store;
  clock: Clock;
  hasher: Hasher;
  sealer: Sealer;
  networks: Networks;
  firstTries: Pick<BreachedPasswords, 'has'>;
  breachedPasswords: readonly BreachedPasswords[];
  accounts: Accounts;
  customers: Customers;
  endings: Endings;
  letters: Letters;
  audit: Audit;
  unfinished: Unfinished;
  /** Hears of every attempt. */
  signals: Signals;
  log: Log;
  openings: Openings;
  /** Asked at sign-in for names that are unknown here. */
  oldSystem: OldSystem | undefined;
  domains: Domains;
  /** What goes with the lock of an account beside its ways to sign in, if it was made since then. */
  endOnLock: EndOnLock;
  identities: Identities;
  keysFor: (purpose: string) => Buffer[];
  settings: GuardSettings;
}) {
  const { store, clock, accounts, identities, letters, audit, keysFor, settings } = parts;
  const limits = {
    throttles: createThrottles(store, clock),
    quotas: createQuotas(store, clock),
    proofOfWork: createProofOfWork(store, clock, {
      keys: keysFor('proofs of work'),
      maxNumber: settings.powMaxNumber,
    }),
  };
  const { quotas } = limits;
  const links = createOneTimeLinks(store, clock, accounts);
  const failedPasswords = createFailedPasswords(parts);
  const signIns = createSignInRules({ ...parts, quotas, links, failedPasswords });
  const { history, addressLists, signOutEverywhere } = signIns;

  /** What the rules of every way to sign in stand on; `lockUrl` goes into each letter about a change. */
  const ground = { ...parts, ...limits, ...signIns, links, lockUrl: signIns.endingLinks.lockUrl };
  const credentialNotices = createCredentialNotices({ ...ground, describeAgent });
  const factors = createFactorRules({
    ...ground,
    credentialNotices,
    isLinked: identities.isLinked,
    isPasswordUsable: failedPasswords.isUsable,
  });
  const { totp, recoveryCodes, passkeys } = factors;
  const { oldSystem } = parts;
  const passwords = createPasswordRules({
    ...ground,
    lazyMigration: oldSystem && createLazyMigration({ ...parts, oldSystem }),
    passkeys,
    isTotpOn: totp.isOn,
    failedPasswords,
  });
  const { setPassword, passwordSignIn } = passwords;
  return {
    ...limits,
    links,
    ...signIns,
    credentialNotices,
    failedPasswords,
    ...factors,
    ...passwords,
    verifyEmail: createVerifyEmail({ accounts, links, letters, quotas }),
    changeLogin: createChangeLogin({ accounts, quotas }),
    emailChanges: createEmailChanges({
      ...ground,
      letters: createEmailChangeLetters({ letters, credentialNotices, describeAgent, audit, clock }),
    }),
    mailedEndings: createMailedEndings({
      ...parts,
      links,
      setPassword,
      signOutEverywhere,
      passkeys,
      addressLists,
    }),
    reauthentication: createReauthentication({
      passwordSignIn,
      failedPasswords,
      totp,
      recoveryCodes,
      history,
      alarm: factors.secondFactorAlarm,
      credentialNotices,
      clientName: settings.brandName,
      clock,
    }),
  };
}

export type Guard = ReturnType<typeof createGuard>;

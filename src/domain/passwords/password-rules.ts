// Passwords, joined: how one is chosen and changed, how it signs in, and how a forgotten one is replaced.

import type { BreachedPasswords } from '../../ports/breached-passwords.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Log } from '../../lib/log.ts';
import { describeAgent } from '../../lib/user-agent.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { LazyMigration } from '../accounts/lazy-migration.ts';
import type { Audit } from '../audit/audit.ts';
import type { Customers } from '../customers/customers.ts';
import type { Domains } from '../customers/domains.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { Identities } from '../federation/identities.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Throttles } from '../limits/throttle.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { Browsers } from '../sign-ins/browsers.ts';
import type { EndOlder } from '../sign-ins/end-older.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import type { Signals } from '../signals.ts';
import type { Unfinished } from '../unfinished.ts';
import { createChangePassword } from './change-password.ts';
import type { FailedPasswordCounter } from './failed-passwords.ts';
import { createNewPasswords, type PasswordPolicy } from './new-passwords.ts';
import { createPasswordSignIn } from './password-sign-in.ts';
import { createRecovery } from './recovery.ts';
import { createSetPassword } from './set-password.ts';

/** What the configuration says of it. */
export type PasswordSettings = {
  readonly issuer: string;
  readonly brandName: string;
  readonly passwords: PasswordPolicy;
  /** Whether a mailed link works only where it was asked for. */
  readonly resetSameBrowser: boolean;
};

/** The rules over the accounts. */
export function createPasswordRules(parts: {
  clock: Clock;
  hasher: Hasher;
  firstTries: Pick<BreachedPasswords, 'has'>;
  breachedPasswords: readonly BreachedPasswords[];
  accounts: Accounts;
  customers: Customers;
  domains: Domains;
  identities: Identities;
  /** Brings accounts from an old system while they sign in, where one is asked. */
  lazyMigration: LazyMigration | undefined;
  passkeys: Passkeys;
  isTotpOn: (accountId: string) => Promise<boolean>;
  failedPasswords: FailedPasswordCounter;
  throttles: Throttles;
  quotas: Quotas;
  proofOfWork: ProofOfWork;
  links: OneTimeLinks;
  letters: Letters;
  /** A link that ends everything and has a new password set. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  browsers: Browsers;
  endOlder: EndOlder;
  signOutEverywhere: SignOutEverywhere;
  audit: Audit;
  unfinished: Unfinished;
  /** Hears of every attempt. */
  signals: Signals;
  log: Log;
  settings: PasswordSettings;
}) {
  const { settings } = parts;
  const newPasswords = createNewPasswords({
    ...parts,
    policy: settings.passwords,
    house: [settings.brandName, new URL(settings.issuer).hostname],
  });
  const setPassword = createSetPassword({ ...parts, newPasswords });
  return {
    newPasswords,
    changePassword: createChangePassword({ ...parts, newPasswords }),
    setPassword,
    passwordSignIn: createPasswordSignIn(parts),
    recovery: createRecovery({
      ...parts,
      setPassword,
      describeAgent,
      sameBrowser: settings.resetSameBrowser,
    }),
  };
}

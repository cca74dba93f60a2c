// What proves a person beside the password, joined: codes of an app, recovery codes, codes by text message, passkeys;
// and what is done when one is guessed at or lost.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import type { Sealer } from '../../lib/seal.ts';
import { describeAgent } from '../../lib/user-agent.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Throttles } from '../limits/throttle.ts';
import type { CredentialNotices } from '../messages/credential-notices.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import type { Signals } from '../signals.ts';
import { createLostDevice } from './lost-device.ts';
import { createPasskeyProofs } from './passkey-proofs.ts';
import { createPasskeys } from './passkeys.ts';
import { createPhoneCodes, type MostTexts } from './phone-codes.ts';
import { createRecoveryCodes } from './recovery-codes.ts';
import { createSecondFactorAlarm } from './second-factor-alarm.ts';
import { createSecondFactors } from './second-factors.ts';
import { createTotp } from './totp.ts';

/** What the configuration says of it. */
export type FactorSettings = {
  readonly issuer: string;
  readonly brandName: string;
  /** How long what staff has set or verified takes no second factor off, in seconds. */
  readonly staffWait: number;
  readonly texts: MostTexts;
};

/** The rules over a store; `keysFor` derives the keys of a purpose, the current one first. */
export function createFactorRules(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  accounts: Accounts;
  throttles: Throttles;
  quotas: Quotas;
  proofOfWork: ProofOfWork;
  links: OneTimeLinks;
  letters: Letters;
  credentialNotices: CredentialNotices;
  /** A link that ends everything and has a new password set. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  signOutEverywhere: SignOutEverywhere;
  /** Whether the person can come by an upstream, or with the password: the last way in is not taken off. */
  isLinked: (accountId: string) => Promise<boolean>;
  isPasswordUsable: (account: StoredAccount) => Promise<boolean>;
  audit: Audit;
  signals: Signals;
  log: Log;
  keysFor: (purpose: string) => Buffer[];
  settings: FactorSettings;
}) {
  const { store, clock, throttles, keysFor, settings } = parts;
  const secondFactors = createSecondFactors(store, throttles);
  const totp = createTotp({ ...parts, secondFactors });
  const phoneCodes = createPhoneCodes({ ...parts, most: settings.texts, keys: keysFor('phone codes') });
  const passkeys = createPasskeys(store, clock, parts.isLinked, parts.isPasswordUsable);
  return {
    totp,
    recoveryCodes: createRecoveryCodes(secondFactors, clock),
    phoneCodes,
    secondFactorAlarm: createSecondFactorAlarm({ ...parts, describeAgent }),
    lostDevice: createLostDevice({ ...parts, totp, phoneCodes, staffWaitSeconds: settings.staffWait }),
    passkeys,
    /** Whether the account has anything that proves its person beside the password. */
    hasSecondFactor: async (accountId: string): Promise<boolean> =>
      (await totp.isOn(accountId)) || (await passkeys.has(accountId)),
    ...createPasskeyProofs({ ...parts, passkeys, keys: keysFor('passkey challenges') }),
  };
}

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
import type { Audit } from './audit/audit.ts';
import type { AddressRules } from './sign-ins/address-rules.ts';
import type { Customers } from './customers/customers.ts';
import type { Domains } from './customers/domains.ts';
import type { Endings } from './sign-ins/endings.ts';
import type { Letters } from './messages/letters.ts';
import type { Openings } from './accounts/openings.ts';
import type { Identities } from './federation/identities.ts';
import { createNewPasswords, type PasswordPolicy } from './passwords/new-passwords.ts';
import { createAddressLists } from './sign-ins/address-lists.ts';
import { createBrowsers } from './sign-ins/browsers.ts';
import { createChangeLogin } from './accounts/change-login.ts';
import { createChangePassword } from './passwords/change-password.ts';
import { createConfirmationLetter } from './sign-ins/confirmation-letter.ts';
import { createConfirmations } from './sign-ins/confirmations.ts';
import { createCredentialNotices } from './messages/credential-notices.ts';
import { createEmailChangeLetters } from './accounts/email-change-letters.ts';
import { createEmailChanges } from './accounts/email-changes.ts';
import { createEndOlder } from './sign-ins/end-older.ts';
import { createEndingLinks } from './sign-ins/ending-links.ts';
import { createFailedPasswords } from './passwords/failed-passwords.ts';
import { createHistory } from './sign-ins/history.ts';
import { createLazyMigration } from './accounts/lazy-migration.ts';
import { createLostDevice } from './factors/lost-device.ts';
import { createMailedEndings, type EndOnLock } from './sign-ins/mailed-endings.ts';
import { createOneTimeLinks } from './one-time-links.ts';
import { createOpenMarks } from './sign-ins/open-marks.ts';
import { createPasskeyProofs } from './factors/passkey-proofs.ts';
import { createPasskeys } from './factors/passkeys.ts';
import { createPasswordSignIn } from './passwords/password-sign-in.ts';
import { createPhoneCodes, type MostTexts } from './factors/phone-codes.ts';
import { createProofOfWork } from './limits/proof-of-work.ts';
import { createQuotas } from './limits/quotas.ts';
import { createReauthentication } from './sign-ins/reauthentication.ts';
import { createRecovery } from './passwords/recovery.ts';
import { createRecoveryCodes } from './factors/recovery-codes.ts';
import { createSecondFactorAlarm } from './factors/second-factor-alarm.ts';
import { createSecondFactors } from './factors/second-factors.ts';
import { createSetPassword } from './passwords/set-password.ts';
import { createSightings } from './sign-ins/sightings.ts';
import { createSignInNotices } from './sign-ins/sign-in-notices.ts';
import { createSignInRecorder } from './sign-ins/sign-in-recorder.ts';
import { createSignOutEverywhere } from './sign-ins/sign-out-everywhere.ts';
import type { Signals } from './signals.ts';
import type { Unfinished } from './unfinished.ts';
import { createThrottles } from './limits/throttle.ts';
import { createTotp } from './factors/totp.ts';
import { createVerifyEmail } from './accounts/verify-email.ts';

/** What the configuration says of it. Durations are in seconds. */
export type GuardSettings = {
  readonly issuer: string;
  readonly brandName: string;
  readonly addressLists: AddressRules;
  readonly historyLife: number;
  readonly passwords: PasswordPolicy;
  readonly powMaxNumber: number;
  readonly resetSameBrowser: boolean;
  /** How long what staff has set or verified takes no second factor off. */
  readonly staffWait: number;
  readonly texts: MostTexts;
};

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
  const { store, clock, hasher, sealer, networks, accounts, endings, letters, audit, signals, log } = parts;
  const { keysFor, settings } = parts;
  const browsers = createBrowsers(store, clock);
  const addressLists = createAddressLists(store, clock, settings.addressLists);
  const throttles = createThrottles(store, clock);
  const quotas = createQuotas(store, clock);
  const links = createOneTimeLinks(store, clock, accounts);
  const secondFactors = createSecondFactors(store, throttles);
  const totp = createTotp({ store, clock, sealer, accounts, secondFactors });
  const recoveryCodes = createRecoveryCodes(secondFactors, clock);
  const phoneCodes = createPhoneCodes({
    ...parts,
    throttles,
    quotas,
    most: settings.texts,
    keys: keysFor('phone codes'),
  });
  const verifyEmail = createVerifyEmail({ accounts, links, letters, quotas });
  const kept = { store, clock, lifeSeconds: settings.historyLife };
  const history = createHistory({ ...kept, networks, quotas, signals });
  const sightings = createSightings(kept);
  const openMarks = createOpenMarks(keysFor('open browsers'));
  const signInNotices = createSignInNotices({ history, sightings, openMarks });
  const endingLinks = createEndingLinks({ links, letters });
  const confirmations = createConfirmations({
    store,
    clock,
    accounts,
    quotas,
    mail: createConfirmationLetter({ letters, endingLinks, networks }),
    record: async ({ accountId, address, userAgent, clientId, clientName, methods }, reason) => {
      const attempt = { address, browserId: undefined, userAgent, clientId, clientName };
      await history.record({ ...attempt, accountId, methods, result: 'refused', reason });
    },
  });
  const endOlder = createEndOlder(endings, links);
  const security = { letters, lockUrl: endingLinks.lockUrl, describeAgent, clock };
  const credentialNotices = createCredentialNotices({ ...parts, ...security, endOlder });
  const secondFactorAlarm = createSecondFactorAlarm({ ...security, accounts, quotas });
  const signInRecorder = createSignInRecorder({
    history,
    sightings,
    notices: signInNotices,
    openMarks,
    endingLinks,
    letters,
    quotas,
    audit,
    signals,
  });
  const signOutEverywhere = createSignOutEverywhere({ accounts, endings, browsers, sightings, clock });
  const newPasswords = createNewPasswords({
    ...parts,
    policy: settings.passwords,
    house: [settings.brandName, new URL(settings.issuer).hostname],
    isTotpOn: totp.isOn,
  });
  const changePassword = createChangePassword({ accounts, browsers, hasher, endOlder, newPasswords, clock });
  const changeLogin = createChangeLogin({ accounts, quotas });
  const emailChanges = createEmailChanges({
    store,
    clock,
    accounts,
    links,
    quotas,
    letters: createEmailChangeLetters({ letters, credentialNotices, describeAgent, audit, clock }),
    signOutEverywhere,
    unfinished: parts.unfinished,
    log,
  });
  const setPassword = createSetPassword({
    accounts,
    links,
    browsers,
    hasher,
    signOutEverywhere,
    identities: parts.identities,
    ...security,
    audit,
    unfinished: parts.unfinished,
    newPasswords,
    clock,
  });
  const proofOfWork = createProofOfWork(store, clock, {
    keys: keysFor('proofs of work'),
    maxNumber: settings.powMaxNumber,
  });
  const lostDevice = createLostDevice({
    ...parts,
    links,
    quotas,
    totp,
    phoneCodes,
    proofOfWork,
    signOutEverywhere,
    credentialNotices,
    staffWaitSeconds: settings.staffWait,
  });
  const failedPasswords = createFailedPasswords({ store, letters, audit, clock, log });
  const passkeys = createPasskeys(store, clock, parts.identities.isLinked, failedPasswords.isUsable);
  const mailedEndings = createMailedEndings({
    accounts,
    links,
    setPassword,
    signOutEverywhere,
    passkeys,
    addressLists,
    endOnLock: parts.endOnLock,
    identities: parts.identities,
    letters,
    audit,
    unfinished: parts.unfinished,
    clock,
  });
  const { oldSystem, openings } = parts;
  const lazyMigration =
    oldSystem && createLazyMigration({ oldSystem, store, accounts, openings, hasher, audit, clock, log });
  const passwordSignIn = createPasswordSignIn({
    accounts,
    clock,
    log,
    browsers,
    throttles,
    failedPasswords,
    hasher,
    lazyMigration,
    signals,
  });
  const recovery = createRecovery({
    accounts,
    domains: parts.domains,
    browsers,
    links,
    setPassword,
    letters,
    quotas,
    proofOfWork,
    describeAgent,
    clock,
    log,
    sameBrowser: settings.resetSameBrowser,
    identities: parts.identities,
    passkeys,
  });
  const passkeyProofs = createPasskeyProofs({
    store,
    clock,
    keys: keysFor('passkey challenges'),
    settings,
    accounts,
    passkeys,
    throttles,
    audit,
    log,
  });
  const reauthentication = createReauthentication({
    passwordSignIn,
    failedPasswords,
    totp,
    recoveryCodes,
    history,
    alarm: secondFactorAlarm,
    credentialNotices,
    clientName: settings.brandName,
    clock,
  });

  return {
    browsers,
    addressLists,
    throttles,
    quotas,
    links,
    totp,
    recoveryCodes,
    phoneCodes,
    verifyEmail,
    history,
    sightings,
    signInNotices,
    endOlder,
    endingLinks,
    confirmations,
    credentialNotices,
    secondFactorAlarm,
    signInRecorder,
    signOutEverywhere,
    newPasswords,
    changePassword,
    changeLogin,
    emailChanges,
    setPassword,
    recovery,
    failedPasswords,
    proofOfWork,
    lostDevice,
    passkeys,
    mailedEndings,
    passwordSignIn,
    ...passkeyProofs,
    reauthentication,
  };
}

export type Guard = ReturnType<typeof createGuard>;

// The one-time code of an authenticator app (S47–S50, S54): switched on with a code of the key that was just shown,
// each time step accepted once, switched off at once.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Account, Accounts, StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';
import type { CodeOutcome, SecondFactor, SecondFactors } from './second-factors.ts';
import { sixDigits, STEP_SECONDS, timeCodes } from './time-codes.ts';

/** A key that is shown to a session and not yet in use. */
export type TotpEnrolment = {
  readonly accountId: string;
  /** Base32, sealed for this enrolment. */
  readonly key: string;
  /** `activatedAt` of the key in use that it is to take the place of; absent where there is none. */
  readonly replaces?: string;
};

export type TotpActivation =
  | { readonly kind: 'active'; readonly recoveryCodes: readonly string[] }
  | { readonly kind: 'wrong' }
  /** There is no key to activate: it is too old, used, or the account has changed. */
  | { readonly kind: 'over' };

/** How long a shown key waits for its first code. */
export const ENROLMENT_LIFE_SECONDS = 900;

/** What an account still lacks for a second factor (S48): without both there would be no way back from a lost device. */
export const missingForTotp = (account: Account): ('phone' | 'email')[] => [
  ...(account.phone !== undefined && account.phoneVerified ? [] : (['phone'] as const)),
  ...(account.emailVerified ? [] : (['email'] as const)),
];

/** One-time codes of accounts. */
export function createTotp(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  accounts: Accounts;
  secondFactors: SecondFactors;
}) {
  const { store, clock, sealer, accounts, secondFactors } = parts;
  const enrolments = store.collection(collections.totpEnrolments);
  const keyContext = (accountId: string) => `second_factors/${accountId}`;
  const enrolmentContext = (id: string) => `totp_enrolments/${id}`;

  const nowText = () => clock.now().toISOString();

  /** Voids what was begun under the credentials as they were. */
  const outdate = (accountId: string) =>
    accounts.change(accountId, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));

  /** A fresh key in the place of the one that the session was shown before; returned once. */
  async function showNewKey(
    id: string,
    enrolment: Omit<TotpEnrolment, 'key'>,
    expiresAt: Date,
  ): Promise<string> {
    const key = (await timeCodes()).newKey();
    await enrolments.put(id, { ...enrolment, key: sealer.seal(key, enrolmentContext(id)) }, expiresAt);
    return key;
  }

  const endOfEnrolment = () => new Date(clock.now().getTime() + ENROLMENT_LIFE_SECONDS * 1000);

  return {
    isOn: async (accountId: string): Promise<boolean> => (await secondFactors.get(accountId)) !== undefined,

    /** Since when it is on, when a code was last right, and how many recovery codes are left; `undefined`: it is off. */
    async state(
      accountId: string,
    ): Promise<{ activatedAt: Date; usedAt: Date; codesLeft: number } | undefined> {
      const factor = await secondFactors.get(accountId);
      return (
        factor && {
          activatedAt: new Date(factor.activatedAt),
          // The step of the first code is used up by switching it on.
          usedAt: new Date(factor.provedAt ?? factor.lastStep * STEP_SECONDS * 1000),
          codesLeft: factor.recoveryCodes.length,
        }
      );
    },

    /** Lets the session set up another key while one is in use. Only after the present one was proved. */
    async allowRenewal(accountId: string, sessionUid: string): Promise<void> {
      const factor = await secondFactors.get(accountId);
      if (!factor) return;
      await showNewKey(digest(sessionUid), { accountId, replaces: factor.activatedAt }, endOfEnrolment());
    },

    /**
     * A new key to show in this session, base32, which voids the one shown before. `undefined` when the account lacks
     * what a second factor needs, or has one that the session was not allowed to replace.
     */
    async begin({ id: accountId, doc }: StoredAccount, sessionUid: string): Promise<string | undefined> {
      if (missingForTotp(doc).length > 0) return undefined;
      const id = digest(sessionUid);
      const factor = await secondFactors.get(accountId);
      if (!factor) return showNewKey(id, { accountId }, endOfEnrolment());
      const allowed = await enrolments.get(id);
      if (allowed?.doc.accountId !== accountId || allowed.doc.replaces !== factor.activatedAt)
        return undefined;
      return showNewKey(
        id,
        { accountId, replaces: factor.activatedAt },
        allowed.expiresAt ?? endOfEnrolment(),
      );
    },

    /** Names the key that the session was shown last, while it waits for its code; empty when none does. */
    async shown({ id: accountId }: StoredAccount, sessionUid: string): Promise<string> {
      const seen = await enrolments.get(digest(sessionUid));
      return seen?.doc.accountId === accountId ? digest(seen.doc.key) : '';
    },

    /**
     * Puts the shown key to use if the code is one of it. A wrong code voids the key (S50). The step of the code is
     * used up by this, and the recovery codes, returned once, take the place of all earlier ones.
     */
    async activate(account: StoredAccount, sessionUid: string, typed: string): Promise<TotpActivation> {
      const id = digest(sessionUid);
      const seen = await enrolments.get(id);
      if (!seen || seen.doc.accountId !== account.id || missingForTotp(account.doc).length > 0)
        return { kind: 'over' };
      const { matchingStep } = await timeCodes();
      const key = sealer.open(seen.doc.key, enrolmentContext(id));
      const code = sixDigits(typed);
      const step = code === undefined ? undefined : matchingStep(key, code, clock.now(), 0);
      const { replaces } = seen.doc;
      if (step === undefined) {
        const voided = { accountId: account.id, ...(replaces === undefined ? {} : { replaces }) };
        await showNewKey(id, voided, seen.expiresAt ?? endOfEnrolment());
        return { kind: 'wrong' };
      }
      // Another tab may have been shown another key meanwhile, or have activated this one.
      if ((await enrolments.take(id))?.version !== seen.version) return { kind: 'over' };

      const recoveryCodes = newRecoveryCodes();
      const factor: SecondFactor = {
        key: sealer.seal(key, keyContext(account.id)),
        lastStep: step,
        activatedAt: clock.now().toISOString(),
        recoveryCodes: recoveryCodes.map((text) => recoveryCodeHash(account.id, text)),
      };
      const activated = await secondFactors.update(account.id, (present) =>
        present?.activatedAt === replaces ? { result: true, write: { doc: factor } } : { result: false },
      );
      if (!activated) return { kind: 'over' };
      await Promise.all([secondFactors.forgive(account.id), outdate(account.id)]);
      return { kind: 'active', recoveryCodes };
    },

    /** Tries a code. Of many tries with codes of one time step exactly one is right, on whichever node. */
    async verify(accountId: string, typed: string): Promise<CodeOutcome> {
      const code = sixDigits(typed);
      if (code === undefined) return { kind: 'malformed' };
      const { matchingStep } = await timeCodes();
      return secondFactors.judge(accountId, () =>
        secondFactors.update(accountId, (factor) => {
          if (!factor) return { result: false };
          const key = sealer.open(factor.key, keyContext(accountId));
          const lastStep = matchingStep(key, code, clock.now(), factor.lastStep);
          if (lastStep === undefined) return { result: false };
          // Sealed anew, so that keys in use move on to the present secret by themselves.
          return {
            result: true,
            write: {
              doc: { ...factor, key: sealer.seal(key, keyContext(accountId)), lastStep, provedAt: nowText() },
            },
          };
        }),
      );
    },

    /** Switches it off, with its recovery codes; whether it was on. Of many callers at once one is told so. */
    async turnOff(accountId: string): Promise<boolean> {
      if (!(await secondFactors.remove(accountId))) return false;
      await outdate(accountId);
      return true;
    },
  };
}

export type Totp = ReturnType<typeof createTotp>;

// The passkey proof: who it is, or that it is who they said. Strangers learn nothing from a refusal; only a network
// is slowed down, since a passkey cannot be guessed and must let its owner in whatever strangers try (C15).

import type { Log } from '../../lib/log.ts';
import { networkOf } from '../../lib/address.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import { PasskeyRefused, type Assertion } from './passkey-answers.ts';
import { userHandleOf, type AssertionFacts, type PasskeyCeremonies } from './passkey-ceremonies.ts';
import type { Passkeys, StoredPasskey } from './passkeys.ts';
import type { CounterKey, Policy, Throttles } from '../limits/throttle.ts';

/** Failures from a /32 or /64, and from a /24 or /48 around it. */
export const passkeyPolicies = {
  network: { free: 20, longestDelaySeconds: 60, forgetAfterSeconds: 3_600 },
  wide: { free: 200, longestDelaySeconds: 30, forgetAfterSeconds: 3_600 },
} satisfies Record<string, Policy>;

export type PasskeyAttempt = {
  /** What the browser made of the passkey, JSON. */
  readonly credential: string;
  /** The interaction that it was asked in. */
  readonly uid: string;
  /** Who the person has proved to be; then a passkey of nobody else will do. */
  readonly accountId?: string | undefined;
  /** Whether the passkey must have checked who holds it. */
  readonly mustVerify: boolean;
  readonly address: string | undefined;
};

export type PasskeyOutcome =
  | {
      readonly kind: 'proved';
      readonly accountId: string;
      readonly userVerified: boolean;
      readonly deviceBound: boolean;
    }
  /** `accountId` names whose passkey it was, where that is known; never for the page. */
  | {
      readonly kind: 'refused';
      readonly problem: 'not_accepted' | 'too_late' | 'not_verified';
      readonly accountId?: string | undefined;
    }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

const refused = (
  problem: 'not_accepted' | 'too_late' | 'not_verified',
  accountId?: string,
): PasskeyOutcome => ({
  kind: 'refused',
  problem,
  accountId,
});

/** Sign-in by passkey. */
export function createPasskeySignIn(parts: {
  accounts: Accounts;
  passkeys: Passkeys;
  ceremonies: PasskeyCeremonies;
  throttles: Throttles;
  audit: Pick<Audit, 'note'>;
  log: Log;
}) {
  const { accounts, passkeys, ceremonies, throttles, audit, log } = parts;

  const isActive = async (id: string): Promise<boolean> => (await accounts.get(id))?.doc.status === 'active';

  /** W10: the passkey is of the account that it names, and of the one that is being proved. */
  function checkOwner(given: Assertion, { doc }: StoredPasskey, accountId: string | undefined): void {
    const { userHandle } = given.response;
    const named =
      userHandle === undefined || userHandle === null || userHandle === '' ? undefined : userHandle;
    // Without an account the passkey is the only one that tells whose it is, and it always does (§7.2 step 6).
    if (named === undefined ? accountId === undefined : named !== userHandleOf(doc.accountId)) {
      throw new PasskeyRefused('the passkey names another account, or none');
    }
    if (accountId !== undefined && accountId !== doc.accountId) {
      throw new PasskeyRefused('the passkey of another account');
    }
  }

  async function prove(attempt: PasskeyAttempt): Promise<PasskeyOutcome> {
    const { accountId, mustVerify } = attempt;
    let passkey: StoredPasskey | undefined;
    let facts: AssertionFacts;
    try {
      const given = ceremonies.readAssertion(attempt.credential);
      passkey = await passkeys.find(given.id);
      facts = await ceremonies.verifyAssertion(given, passkey?.doc, askedIn(attempt));
      checkOwner(given, passkey!, accountId);
    } catch (error) {
      if (!(error instanceof PasskeyRefused)) throw error;
      // Whose sign-in it is, if that is known; else whose passkey was shown.
      const whose = accountId ?? passkey?.doc.accountId;
      log.info({ account: whose, reason: error.message }, 'passkey refused');
      return refused(error.late ? 'too_late' : 'not_accepted', whose);
    }
    const { id, doc } = passkey!;
    const used = await passkeys.recordUse(id, { counter: facts.counter, backedUp: facts.backedUp });
    if (used === 'counter_back') {
      log.warn(
        { account: doc.accountId, passkey: id },
        'the counter of a passkey went back: there may be a copy',
      );
      await audit.note({
        action: 'credential.passkey_doubted',
        actor: { kind: 'system' },
        accountId: doc.accountId,
        target: id,
        after: { name: doc.name },
      });
    }
    if (used !== 'recorded' || !(await isActive(doc.accountId)))
      return refused('not_accepted', doc.accountId);
    const { userVerified } = facts;
    if (mustVerify && !userVerified) return refused('not_verified', doc.accountId);
    const deviceBound = doc.deviceType === 'singleDevice';
    return { kind: 'proved', accountId: doc.accountId, userVerified, deviceBound };
  }

  return {
    /** What the browser is to be asked, as JSON. The same for every visitor as long as no account is proved (W12). */
    async options(asked: Pick<PasskeyAttempt, 'uid' | 'accountId' | 'mustVerify'>): Promise<string> {
      const { accountId, mustVerify } = asked;
      const options = ceremonies.requestOptions({
        ...askedIn(asked),
        allow: accountId === undefined ? [] : await passkeys.list(accountId),
        userVerification: accountId === undefined || mustVerify ? 'required' : 'discouraged',
      });
      return JSON.stringify(options);
    },

    /** Judges one assertion. */
    async prove(attempt: PasskeyAttempt): Promise<PasskeyOutcome> {
      const keys = counters(attempt.address);
      const retryAfterSeconds = await throttles.admit(keys);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      let fails = false;
      try {
        const outcome = await prove(attempt);
        fails = outcome.kind === 'refused' && outcome.problem === 'not_accepted';
        return outcome;
      } finally {
        if (!fails) await throttles.giveBack(keys);
      }
    },
  };
}

export type PasskeySignIn = ReturnType<typeof createPasskeySignIn>;

/** A challenge of one interaction, and of one account in it, is no good for any other. */
const askedIn = ({ uid, accountId }: Pick<PasskeyAttempt, 'uid' | 'accountId'>) =>
  accountId === undefined
    ? ({ purpose: 'sign-in', subject: uid } as const)
    : ({ purpose: 'second-factor', subject: `${uid}\n${accountId}` } as const);

function counters(address: string | undefined): CounterKey[] {
  const near = address === undefined ? 'unknown' : networkOf(address, { v4: 32, v6: 64 });
  const far = address === undefined ? 'unknown' : networkOf(address, { v4: 24, v6: 48 });
  return [
    { id: `passkey:network:${near}`, policy: passkeyPolicies.network },
    { id: `passkey:wide:${far}`, policy: passkeyPolicies.wide },
  ];
}

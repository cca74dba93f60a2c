// Proving anew who one is, inside a session, before something that weakens or moves the account. The counters are
// those of sign-in, so that a stolen session is no place to guess at.

import type { Clock } from '../../ports/clock.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { UPSTREAM_METHOD } from '../federation/upstream-sign-in.ts';
import type { CredentialNotices } from '../messages/credential-notices.ts';
import type { History, RefusalReason } from './history.ts';
import { ACCOUNT_CLIENT } from '../clients/own-client.ts';
import { PASSWORD_INPUT_LIMIT } from '../passwords/passwords.ts';
import type { FailedPasswordCounter } from '../passwords/failed-passwords.ts';
import type { PasswordSignIn } from '../passwords/password-sign-in.ts';
import type { RecoveryCodes } from '../factors/recovery-codes.ts';
import type { SecondFactorAlarm } from '../factors/second-factor-alarm.ts';
import { sixDigits } from '../factors/time-codes.ts';
import type { Totp } from '../factors/totp.ts';

export type ReauthenticationAttempt = {
  readonly account: StoredAccount;
  readonly session: { readonly authTime: number; readonly amr: readonly string[] };
  readonly password: string;
  /** A code of the app or a recovery code; looked at only when `needsCode`. */
  readonly code: string;
  /** Whether the second factor is asked too, if it is on. */
  readonly needsCode?: boolean;
  /** The browser's long-lived id, and the client's address when it can be told. */
  readonly browserId: string;
  readonly address: string | undefined;
  readonly userAgent: string;
};

export type ReauthenticationOutcome =
  | { readonly kind: 'proved' }
  | { readonly kind: 'wrong_password' }
  | { readonly kind: 'wrong_code' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** How old a sign-in by other means may be that stands in for the password of an account without one, in seconds. */
const FRESH_SECONDS = 300;
/** What a passkey is called in `amr` (RFC 8176 §2), and a linked identity. */
const otherMethods = ['hwk', 'swk', UPSTREAM_METHOD];

/** Proofs inside a session. */
export function createReauthentication(parts: {
  passwordSignIn: Pick<PasswordSignIn, 'prove'>;
  failedPasswords: Pick<FailedPasswordCounter, 'isUsable'>;
  totp: Pick<Totp, 'isOn' | 'verify'>;
  recoveryCodes: Pick<RecoveryCodes, 'use'>;
  history: Pick<History, 'record'>;
  alarm: SecondFactorAlarm;
  credentialNotices: Pick<CredentialNotices, 'tell'>;
  /** What the account pages are called in the history. */
  clientName: string;
  clock: Clock;
}) {
  const {
    passwordSignIn,
    failedPasswords,
    totp,
    recoveryCodes,
    history,
    alarm,
    credentialNotices,
    clientName,
    clock,
  } = parts;

  /** Into the history: a stolen session is as good a place to guess at as the sign-in page. */
  const refused = ({ account, ...from }: ReauthenticationAttempt, reason: RefusalReason) =>
    history.record({
      address: from.address,
      browserId: from.browserId,
      userAgent: from.userAgent,
      clientId: ACCOUNT_CLIENT,
      clientName,
      accountId: account.id,
      result: 'refused',
      reason,
    });

  const isFresh = ({ authTime, amr }: ReauthenticationAttempt['session']): boolean => {
    const age = clock.now().getTime() / 1000 - authTime;
    return (
      age >= -FRESH_SECONDS && age <= FRESH_SECONDS && amr.some((method) => otherMethods.includes(method))
    );
  };

  async function provePassword(attempt: ReauthenticationAttempt): Promise<ReauthenticationOutcome> {
    const { account, session, password, browserId, address, userAgent } = attempt;
    const onRefused = (_id: string, reason: RefusalReason) => refused(attempt, reason);
    if (!(await failedPasswords.isUsable(account)))
      return { kind: isFresh(session) ? 'proved' : 'wrong_password' };
    // Neither can be right, so neither is counted.
    if (password === '' || password.length > PASSWORD_INPUT_LIMIT) return { kind: 'wrong_password' };
    const identifier = account.doc.login ?? account.doc.email;
    const from = { address, browserId, userAgent };
    const outcome = await passwordSignIn.prove({ identifier, password, ...from, onRefused });
    if (outcome.kind === 'throttled')
      return { kind: 'throttled', retryAfterSeconds: outcome.retryAfterSeconds };
    return {
      kind: outcome.kind === 'proved' && outcome.accountId === account.id ? 'proved' : 'wrong_password',
    };
  }

  async function proveCode(attempt: ReauthenticationAttempt): Promise<ReauthenticationOutcome> {
    const { account, code } = attempt;
    const isRecoveryCode = sixDigits(code) === undefined;
    const outcome = await (isRecoveryCode
      ? recoveryCodes.use(account.id, code)
      : totp.verify(account.id, code));
    switch (outcome.kind) {
      case 'proved':
        if (isRecoveryCode) await credentialNotices.tell(account, 'recovery_code_used', attempt);
        return outcome;
      case 'malformed':
        return { kind: 'wrong_code' };
      case 'wrong':
        await refused(attempt, 'wrong_code');
        await alarm(account.id, attempt);
        return { kind: 'wrong_code' };
      case 'throttled':
        await refused(attempt, 'throttled');
        return outcome;
      default:
        return outcome satisfies never;
    }
  }

  return {
    /** Whether the password is asked: there is one, and too many wrong ones have not switched it off. */
    asksPassword: (account: StoredAccount): Promise<boolean> => failedPasswords.isUsable(account),

    /**
     * The password always; an account without one, or whose one is switched off, is proved by a sign-in with a passkey or
     * a linked identity at most five minutes ago. The
     * code too when `needsCode` and the second factor is on, but only after the right password: nothing is told of a
     * code to who does not know that.
     */
    async prove(attempt: ReauthenticationAttempt): Promise<ReauthenticationOutcome> {
      const { account, needsCode = false } = attempt;
      const first = await provePassword(attempt);
      if (first.kind !== 'proved' || !needsCode || !(await totp.isOn(account.id))) return first;
      return proveCode(attempt);
    },
  };
}

export type Reauthentication = ReturnType<typeof createReauthentication>;

// Proving anew who one is, inside a session, before something that weakens or moves the account. The counters are
// those of sign-in, so that a stolen session is no place to guess at.

import type { Clock } from '../ports/clock.ts';
import type { StoredAccount } from './accounts.ts';
import { PASSWORD_INPUT_LIMIT } from './passwords.ts';
import type { PasswordSignIn } from './password-sign-in.ts';
import type { RecoveryCodes } from './recovery-codes.ts';
import type { CodeOutcome } from './second-factors.ts';
import { sixDigits } from './time-codes.ts';
import type { Totp } from './totp.ts';

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
};

export type ReauthenticationOutcome =
  | { readonly kind: 'proved' }
  | { readonly kind: 'wrong_password' }
  | { readonly kind: 'wrong_code' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** How old a sign-in by passkey may be that stands in for the password of an account without one, in seconds. */
const FRESH_SECONDS = 300;
/** What a passkey is called in `amr` (RFC 8176 §2). */
const passkeyMethods = ['hwk', 'swk'];

/** Proofs inside a session. */
export function createReauthentication(parts: {
  passwordSignIn: Pick<PasswordSignIn, 'prove'>;
  totp: Pick<Totp, 'isOn' | 'verify'>;
  recoveryCodes: Pick<RecoveryCodes, 'use'>;
  clock: Clock;
}) {
  const { passwordSignIn, totp, recoveryCodes, clock } = parts;

  const isFresh = ({ authTime, amr }: ReauthenticationAttempt['session']): boolean => {
    const age = clock.now().getTime() / 1000 - authTime;
    return (
      age >= -FRESH_SECONDS && age <= FRESH_SECONDS && amr.some((method) => passkeyMethods.includes(method))
    );
  };

  async function provePassword(attempt: ReauthenticationAttempt): Promise<ReauthenticationOutcome> {
    const { account, session, password, browserId, address } = attempt;
    if (account.doc.passwordHash === undefined)
      return { kind: isFresh(session) ? 'proved' : 'wrong_password' };
    // Neither can be right, so neither is counted.
    if (password === '' || password.length > PASSWORD_INPUT_LIMIT) return { kind: 'wrong_password' };
    const identifier = account.doc.login ?? account.doc.email;
    const outcome = await passwordSignIn.prove({ identifier, password, address, browserId });
    if (outcome.kind === 'throttled')
      return { kind: 'throttled', retryAfterSeconds: outcome.retryAfterSeconds };
    return {
      kind: outcome.kind === 'proved' && outcome.accountId === account.id ? 'proved' : 'wrong_password',
    };
  }

  const proveCode = (accountId: string, code: string): Promise<CodeOutcome> =>
    sixDigits(code) === undefined ? recoveryCodes.use(accountId, code) : totp.verify(accountId, code);

  return {
    /**
     * The password always; an account without one is proved by a sign-in with a passkey at most five minutes ago. The
     * code too when `needsCode` and the second factor is on, but only after the right password: nothing is told of a
     * code to who does not know that.
     */
    async prove(attempt: ReauthenticationAttempt): Promise<ReauthenticationOutcome> {
      const { account, code, needsCode = false } = attempt;
      const first = await provePassword(attempt);
      if (first.kind !== 'proved' || !needsCode || !(await totp.isOn(account.id))) return first;
      const second = await proveCode(account.id, code);
      return second.kind === 'wrong' || second.kind === 'malformed' ? { kind: 'wrong_code' } : second;
    },
  };
}

export type Reauthentication = ReturnType<typeof createReauthentication>;

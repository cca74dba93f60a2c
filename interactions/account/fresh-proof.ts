// Asking on an account page who the person is once more, before something that weakens or moves the account.

import type { Reauthentication } from '../../src/domain/sign-ins/reauthentication.ts';
import type { Totp } from '../../src/domain/factors/totp.ts';
import type { AccountVisit } from './frame.ts';

/** What a page shows again: a locale key under `account.proof.problem` or its own, and the wait when it says 429. */
export type Problem =
  | { readonly problem: string }
  | { readonly problem: string; readonly retryAfterSeconds: number; readonly status: 429 };

/** A problem that is over after some seconds. */
export const wait = (problem: string, retryAfterSeconds: number): Problem => ({
  problem,
  retryAfterSeconds,
  status: 429,
});

/** Whoever is asked: a visit to a page of the account or of the console. */
export type Prover = Pick<
  AccountVisit,
  'account' | 'session' | 'form' | 'browserId' | 'address' | 'userAgent' | 'signInAgain'
>;

/** The proof of a form with the fields `password` and `code`. */
export function createFreshProof(parts: { reauthentication: Reauthentication; totp: Pick<Totp, 'isOn'> }) {
  const { reauthentication, totp } = parts;
  return {
    /** Which fields such a form needs. */
    fields: async ({ account }: Pick<Prover, 'account'>) => ({
      asksPassword: await reauthentication.asksPassword(account),
      asksCode: await totp.isOn(account.id),
    }),

    /**
     * Judges the form: `undefined` when it proves the person, else what to show. Who has no password that can be used signs in again
     * and comes back to `path`; then the answer is `answered`.
     */
    async judge(
      visit: Prover,
      { path, needsCode }: { path: string; needsCode: boolean },
    ): Promise<Problem | 'answered' | undefined> {
      const { account, session, form, browserId, address, userAgent } = visit;
      const { password = '', code = '' } = form;
      const proof = { account, session, password, code, needsCode, browserId, address, userAgent };
      const outcome = await reauthentication.prove(proof);
      if (outcome.kind === 'proved') return undefined;
      if (outcome.kind === 'throttled') return wait('too_many_attempts', outcome.retryAfterSeconds);
      if (outcome.kind === 'wrong_password' && !(await reauthentication.asksPassword(account))) {
        visit.signInAgain(path);
        return 'answered';
      }
      return { problem: outcome.kind };
    },
  };
}

export type FreshProof = ReturnType<typeof createFreshProof>;

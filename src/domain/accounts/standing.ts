// Whether what began earlier, a session, a token, a sign-in, still stands for an account: it may have been locked, or given
// another credential, since then.

import type { Account } from './accounts.ts';

/** The change to an account that ends whatever began before now. */
export const endingAll = (now: Date): Pick<Account, 'sessionsValidFrom'> => ({
  sessionsValidFrom: now.getTime() / 1000,
});

/**
 * Whether something that began at `since` (seconds since 1970) still stands for the account. Removing what is stored
 * is not enough: a request that has read it before may write it back.
 */
export const standsFor = (account: Account, since: number | undefined): boolean =>
  account.status === 'active' && (since === undefined || since >= Math.floor(account.sessionsValidFrom ?? 0));

/** Whether what was proved at this very moment still stands for the account: tokens count in seconds, proofs do not. */
export const isStillProved = (account: Account, at: Date): boolean =>
  account.status === 'active' &&
  at.getTime() / 1000 >= Math.max(account.sessionsValidFrom ?? 0, account.proofsValidFrom ?? 0);

/** What a finished sign-in holds of the account it is for, as it goes on to the engine. */
export type Standing = {
  /** Milliseconds since 1970: the earliest of its proofs. */
  readonly provedAt: number;
  /** That of the account when it was proved. */
  readonly credentialVersion: number;
};

/**
 * Whether a sign-in that was finished still holds: between its end and the moment when the browser takes it up, the
 * account may have been locked, or given another credential.
 */
export const stillHolds = (
  account: Account | undefined,
  { provedAt, credentialVersion }: Standing,
): boolean =>
  account !== undefined &&
  account.credentialVersion === credentialVersion &&
  isStillProved(account, new Date(provedAt));

// A second factor for tests: an authenticator app, and accounts that have it on.

import { generateSync } from 'otplib';
import { STEP_SECONDS } from '../../src/domain/factors/time-codes.ts';
import type { Core } from '../../src/core.ts';

/** What an app shows for a key at a moment; `steps` later or earlier. */
export const appCode = (key: string, at: Date, steps = 0): string =>
  generateSync({
    strategy: 'hotp',
    secret: key,
    counter: Math.floor(at.getTime() / 1000 / STEP_SECONDS) + steps,
  });

/** A code that is none of those around the moment. */
export function wrongCode(key: string, at: Date): string {
  const right = [-2, -1, 0, 1, 2].map((steps) => appCode(key, at, steps));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code))!;
}

/**
 * Switches the second factor on for an account, with phone and e-mail verified, as if it had been done a minute ago:
 * the code of the present step can be used. The key is base32.
 */
export async function turnOnTotp(
  { accounts, totp, clock }: Pick<Core, 'accounts' | 'totp' | 'clock'>,
  accountId: string,
): Promise<{ key: string; recoveryCodes: readonly string[] }> {
  const account = await accounts.change(accountId, (doc) => ({
    emailVerified: true,
    phone: doc.phone ?? '+420601234567',
    phoneVerified: true,
  }));
  const session = `session of ${accountId}`;
  const activate = async () => {
    const key = await totp.begin(account, session);
    if (key === undefined) throw new Error('the second factor is on already');
    // The step before: its code is used up by this, and the present one is not.
    return { key, outcome: await totp.activate(account, session, appCode(key, clock.now(), -1)) };
  };
  let { key, outcome } = await activate();
  // A step has ended in between, and the code was of the one before the last.
  if (outcome.kind === 'wrong') ({ key, outcome } = await activate());
  if (outcome.kind !== 'active') throw new Error(`not switched on: ${outcome.kind}`);
  return { key, recoveryCodes: outcome.recoveryCodes };
}

// Telling a person that somebody who knows their password failed at their second factor (ASVS 6.3.5): the one letter
// that may well mean a stolen password.

import type { Clock } from '../../ports/clock.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Letters } from '../messages/letters.ts';
import type { Quotas } from '../limits/quotas.ts';

/** Letters about wrong second factors, one an hour for an account at most. */
export function createSecondFactorAlarm(parts: {
  accounts: Accounts;
  letters: Pick<Letters, 'send'>;
  quotas: Quotas;
  /** A link that ends everything and has a new password set. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  describeAgent: (userAgent: string) => string;
  clock: Clock;
}) {
  const { accounts, letters, quotas, lockUrl, describeAgent, clock } = parts;
  return async function alarm(
    accountId: string,
    from: { readonly address: string | undefined; readonly userAgent: string },
  ): Promise<void> {
    const account = await accounts.get(accountId);
    if (!account) return;
    const once = { id: `second-factor-alarm:${accountId}`, limit: 1, windowSeconds: 3600 };
    if ((await quotas.spend([once])) > 0) return;
    await letters.send(account, 'security', 'second-factor-failed', {
      when: clock.now(),
      address: from.address ?? '',
      browser: describeAgent(from.userAgent),
      lockUrl: await lockUrl(account),
    });
  };
}

export type SecondFactorAlarm = ReturnType<typeof createSecondFactorAlarm>;

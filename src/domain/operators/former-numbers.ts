// A number that staff has taken out of an account is told so by text message: whoever still has it may be the person.

import type { Log } from '../../lib/log.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import type { Unfinished } from '../unfinished.ts';

/** How many such messages one account causes: a program must not send them by the thousand. */
export const formerNumberQuota = { limit: 5, windowSeconds: 86_400 } as const;

/** Tells former numbers. */
export function createFormerNumbers(parts: {
  accounts: Pick<Accounts, 'get'>;
  letters: Pick<Letters, 'text' | 'url'>;
  quotas: Quotas;
  unfinished: Unfinished;
  log: Log;
}) {
  const { accounts, letters, quotas, unfinished, log } = parts;

  async function tell(account: StoredAccount, phone: string): Promise<void> {
    const allowance = { id: `former-number:${account.id}`, ...formerNumberQuota };
    if ((await quotas.spend([allowance])) > 0)
      return log.warn({ account: account.id }, 'a former number is not told: too many today');
    await letters.text(account, 'contactChanged', { url: letters.url('/account/security') }, phone);
  }

  const moving = unfinished.kind<{ accountId: string; phone: string }>(
    'former_number',
    async ({ accountId, phone }) => {
      const account = await accounts.get(accountId);
      if (account && account.doc.phone !== phone) await tell(account, phone);
    },
  );

  return {
    /** Does what takes the number out of the account; a verified one is told then, even if the process dies. */
    during({ id, doc }: StoredAccount, work: () => Promise<StoredAccount>): Promise<StoredAccount> {
      const { phone, phoneVerified } = doc;
      if (phone === undefined || phoneVerified !== true) return work();
      return moving({ accountId: id, phone }, async (leave) => {
        const changed = await work();
        await tell(changed, phone).catch((error: unknown) => {
          log.error({ account: id, error }, 'a former number is not told yet');
          leave();
        });
        return changed;
      });
    },
  };
}

export type FormerNumbers = ReturnType<typeof createFormerNumbers>;

// Proving an e-mail address by a mailed link (S48): whoever follows it and presses its button reads that mailbox.

import type { Accounts, StoredAccount } from './accounts.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { Quotas } from '../limits/quotas.ts';

export type VerificationSending =
  { readonly kind: 'sent' } | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** The use of `verify-email` links. A link is void once the address or any credential has changed. */
export function createVerifyEmail(parts: {
  accounts: Accounts;
  links: OneTimeLinks;
  letters: Letters;
  quotas: Quotas;
}) {
  const { accounts, links, letters, quotas } = parts;
  return {
    /** Mails a link to the address on file; three an hour. */
    async mail(account: StoredAccount): Promise<VerificationSending> {
      const hourly = { id: `verify-email:${account.id}`, limit: 3, windowSeconds: 3600 };
      const retryAfterSeconds = await quotas.spend([hourly]);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      const { secret, expiresAt } = await links.issue('verify-email', account);
      const url = letters.url(`/verify-email/${secret}`);
      await letters.send(account, 'account', 'verify-email', { url, expiresAt });
      return { kind: 'sent' };
    },

    /** Whose link it is; nothing is used up. */
    peek: (secret: string): Promise<StoredAccount | undefined> => links.peek('verify-email', secret),

    /** Uses the link up and takes the address for verified; `undefined` when the link is no longer good. */
    async use(secret: string): Promise<StoredAccount | undefined> {
      const account = await links.redeem('verify-email', secret);
      if (!account) return undefined;
      const { emailKey } = account.doc;
      const verified = await accounts.change(account.id, (doc) =>
        // Another address has come in between: that one was not proved.
        doc.emailKey === emailKey ? { emailVerified: true } : {},
      );
      return verified.doc.emailKey === emailKey ? verified : undefined;
    },
  };
}

export type VerifyEmail = ReturnType<typeof createVerifyEmail>;

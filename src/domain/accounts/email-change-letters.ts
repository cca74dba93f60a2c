// The letters of a change of address: to the new one, to the old one, and to the owner of one that is taken; and its
// entry in the audit log.

import { maskEmail } from '../../lib/mask.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoredAccount } from './accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { ChangedFrom, CredentialNotices } from '../messages/credential-notices.ts';
import type { Letters } from '../messages/letters.ts';

type Link = { readonly secret: string; readonly expiresAt: Date };

/** Letters about changes of addresses. All are put into the outbox; nobody waits for a mail server. */
export function createEmailChangeLetters(parts: {
  letters: Letters;
  credentialNotices: CredentialNotices;
  describeAgent: (userAgent: string) => string;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
}) {
  const { letters, credentialNotices, describeAgent, audit, clock } = parts;
  return {
    /** The link that confirms the new address. It may be a stranger's, mistyped: only the owner knows the account by it. */
    async askNewAddress(account: StoredAccount, to: string, { secret, expiresAt }: Link): Promise<void> {
      const url = letters.url(`/change-email/${secret}`);
      const props = { from: maskEmail(account.doc.email), url, expiresAt };
      await letters.toAddress(to, 'account', 'change-email', props, account.doc.locale);
    },

    /** Somebody wanted this person's address for another account. Which one is nobody's business. */
    async tellOwner(owner: StoredAccount): Promise<void> {
      await letters.send(owner, 'security', 'email-taken', { when: clock.now() });
    },

    /**
     * The old address gets the way back, the new one only the news: it must bring whoever has it no power. Of what staff
     * has asked for the phone hears, too. Whether it is in the audit log as well.
     */
    async tellBoth(
      account: StoredAccount,
      {
        from,
        to,
        undo,
        by,
        byStaff,
      }: { from: string; to: string; undo: Link; by: ChangedFrom; byStaff: true | undefined },
    ): Promise<boolean> {
      const props = {
        when: clock.now(),
        address: by.address ?? '',
        browser: describeAgent(by.userAgent),
      };
      const { locale } = account.doc;
      const { secret, expiresAt } = undo;
      const way = { undoUrl: letters.url(`/undo-email/${secret}`), expiresAt };
      // The old mailbox may have changed hands, and need not learn the new one in full.
      const old = { ...props, to: maskEmail(to), ...way };
      await letters.toAddress(from, 'security', 'email-changed', old, locale);
      await letters.post(account, 'security', 'email-changed', { ...props, to, undoUrl: '' });
      if (byStaff && account.doc.phoneVerified === true)
        await letters.text(account, 'contactChanged', { url: letters.url('/account/security') });
      return audit.note({
        action: 'credential.email_changed',
        actor: { kind: 'person', accountId: account.id },
        accountId: account.id,
        before: { email: from },
        after: { email: to, ...(byStaff ? { detail: 'asked for by staff' } : {}) },
        ...by,
      });
    },

    /**
     * The address that is back is told, with the link that locks: whoever moved it may know the password. Whether that is
     * done, and in the audit log.
     */
    tellUndone: (account: StoredAccount, by: ChangedFrom): Promise<boolean> =>
      credentialNotices.tell(account, 'email_restored', by),

    /** The address could not come back, and everything has ended all the same. Whether that is in the audit log. */
    noteEnded: (accountId: string, by: ChangedFrom): Promise<boolean> =>
      audit.note({
        action: 'account.signed_out_everywhere',
        actor: { kind: 'person', accountId },
        accountId,
        after: { way: 'mailed_link' },
        ...by,
      }),
  };
}

export type EmailChangeLetters = ReturnType<typeof createEmailChangeLetters>;

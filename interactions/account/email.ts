// The e-mail address: whether it is verified, and the link that verifies it (S48).

import type { VerifyEmail } from '../../src/domain/verify-email.ts';
import { wait, type Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/email';

/** GET and POST /account/security/email */
export function createEmailPage(verifyEmail: VerifyEmail) {
  function show(visit: AccountVisit, problem?: Problem): void {
    const { email, emailVerified } = visit.account.doc;
    visit.show('account/email.njk', { email, isVerified: emailVerified }, problem);
  }
  return {
    show: (visit: AccountVisit): void => show(visit),

    async send(visit: AccountVisit): Promise<void> {
      if (visit.account.doc.emailVerified) return visit.goTo(PAGE);
      const sent = await verifyEmail.mail(visit.account);
      if (sent.kind === 'sent') return visit.goTo(PAGE, 'email_link_sent');
      return show(visit, wait('too_many_messages', sent.retryAfterSeconds));
    },
  };
}

export type EmailPage = ReturnType<typeof createEmailPage>;

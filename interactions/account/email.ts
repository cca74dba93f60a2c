// The e-mail address: whether it is verified, the link that verifies it (S48), and another address in its place (S69).

import type { EmailChanges } from '../../src/domain/accounts/email-changes.ts';
import type { VerifyEmail } from '../../src/domain/accounts/verify-email.ts';
import { wait, type FreshProof, type Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/email';
const ownProblems: readonly string[] = ['no_email', 'same_email'];

/** GET and POST /account/security/email, and the forms under it */
export function createEmailPage(parts: {
  verifyEmail: VerifyEmail;
  emailChanges: EmailChanges;
  freshProof: FreshProof;
}) {
  const { verifyEmail, emailChanges, freshProof } = parts;

  async function show(visit: AccountVisit, problem?: Problem, typed = ''): Promise<void> {
    const { email, emailVerified } = visit.account.doc;
    const isOwn = problem !== undefined && ownProblems.includes(problem.problem);
    visit.show(
      'account/email.njk',
      {
        email,
        isVerified: emailVerified,
        pending: (await emailChanges.pending(visit.account)) ?? '',
        typed,
        refused: isOwn ? problem.problem : '',
        ...(await freshProof.fields(visit)),
      },
      problem,
    );
  }

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit),

    async send(visit: AccountVisit): Promise<void> {
      if (visit.account.doc.emailVerified) return visit.goTo(PAGE);
      const sent = await verifyEmail.mail(visit.account);
      if (sent.kind === 'sent') return visit.goTo(PAGE, 'email_link_sent');
      return show(visit, wait('too_many_messages', sent.retryAfterSeconds));
    },

    /** POST /account/security/email/change: a link goes to the new address, and nothing changes yet. */
    async change(visit: AccountVisit): Promise<void> {
      const typed = (visit.form['email'] ?? '').slice(0, 300);
      // Before the proof: a code is not to be spent on a slip.
      const refused = emailChanges.judge(visit.account, typed);
      if (refused !== undefined) return show(visit, { problem: refused }, typed);
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, problem, typed);
      const outcome = await emailChanges.ask(visit.account, typed);
      if (outcome.kind === 'asked') return visit.goTo(PAGE, 'email_change_sent');
      if (outcome.kind === 'refused') return show(visit, { problem: outcome.problem }, typed);
      return show(visit, wait('too_many_messages', outcome.retryAfterSeconds), typed);
    },

    /** POST /account/security/email/cancel: the address stays as it is, which needs no proof. */
    async cancel(visit: AccountVisit): Promise<void> {
      await emailChanges.cancel(visit.account);
      visit.goTo(PAGE, 'email_change_cancelled');
    },
  };
}

export type EmailPage = ReturnType<typeof createEmailPage>;

// Whether a new password can be asked for by mail (S67). Less of that shuts out who has the mailbox, and with them who
// has forgotten the password, so both ways ask for a fresh proof and are told.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/recovery';

/** GET and POST /account/security/recovery */
export function createRecoveryPage(parts: {
  accounts: Pick<Accounts, 'change'>;
  credentialNotices: Pick<CredentialNotices, 'keep'>;
  freshProof: FreshProof;
}) {
  const { accounts, credentialNotices, freshProof } = parts;

  async function show(visit: AccountVisit, problem?: Problem): Promise<void> {
    const isForbidden = visit.account.doc.resetForbidden === true;
    visit.show('account/recovery.njk', { isForbidden, ...(await freshProof.fields(visit)) }, problem);
  }

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit),

    async submit(visit: AccountVisit): Promise<void> {
      // What the person saw, not the other of what is stored: a form sent twice changes it once.
      const resetForbidden = visit.form['wanted'] === 'forbid';
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, problem);
      const change = resetForbidden ? 'reset_forbidden' : 'reset_allowed';
      await credentialNotices.keep(visit.account, change, visit, async (tell) => {
        let isOther = false;
        const account = await accounts.change(visit.account.id, (doc) => {
          isOther = (doc.resetForbidden === true) !== resetForbidden;
          return { resetForbidden };
        });
        if (isOther) await tell(account);
      });
      visit.goTo(PAGE, change);
    },
  };
}

export type RecoveryPage = ReturnType<typeof createRecoveryPage>;

// The password: changing it with the old one, or setting the first one after a fresh sign-in with a passkey (S27).

import type { ChangePassword, NewPasswordProblem } from '../../src/domain/passwords/change-password.ts';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import { hasPassword } from '../../src/domain/accounts/accounts.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/password';

/** GET and POST /account/security/password */
export function createPasswordPage(parts: {
  changePassword: ChangePassword;
  freshProof: FreshProof;
  credentialNotices: CredentialNotices;
}) {
  const { changePassword, freshProof, credentialNotices } = parts;

  async function show(
    visit: AccountVisit,
    problem?: Problem,
    refused: NewPasswordProblem | '' = '',
  ): Promise<void> {
    const { account } = visit;
    const { minLength } = await changePassword.rulesFor(account);
    visit.show(
      'account/password.njk',
      {
        minLength,
        words: [account.doc.login ?? '', account.doc.email],
        refused,
        ...(await freshProof.fields(visit)),
      },
      refused === '' ? problem : { problem: refused },
    );
  }

  const prove = (visit: AccountVisit) => freshProof.judge(visit, { path: PAGE, needsCode: true });

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit),

    async submit(visit: AccountVisit): Promise<void> {
      const { account, session, form, browserId } = visit;
      const { new_password: password = '', repeat = '', password: typed = '' } = form;
      const { asksPassword } = await freshProof.fields(visit);
      // Who has none that can be used may be sent to sign in anew: there is no code to spend, and nothing to judge before that.
      const early = asksPassword ? undefined : await prove(visit);
      if (early === 'answered') return;
      if (early !== undefined) return show(visit, early);
      const refused = await changePassword.judge(account, { password, repeated: repeat, typed });
      if (refused !== undefined) return show(visit, undefined, refused);
      const problem = asksPassword ? await prove(visit) : undefined;
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, problem);
      const change = hasPassword(account.doc) ? 'password_changed' : 'password_set';
      const changed = await credentialNotices.keep(
        account,
        change,
        visit,
        async (tell) => {
          const now = await changePassword.set(account, password, { sessionUid: session.uid, browserId });
          if (now !== undefined) await tell(now);
          return now;
        },
        { endsOlder: { keptSession: session.uid } },
      );
      if (changed === undefined) return visit.goTo(PAGE, 'password_over');
      visit.goTo('/account/security', 'password_changed');
    },
  };
}

export type PasswordPage = ReturnType<typeof createPasswordPage>;

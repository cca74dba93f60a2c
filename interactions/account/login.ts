// The own login name: setting, changing and giving it up (S69).

import { LOGIN_LIMIT, type ChangeLogin } from '../../src/domain/accounts/change-login.ts';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import { wait, type FreshProof, type Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/login';
const ownProblems: readonly string[] = ['bad_login', 'same_login', 'login_taken', 'too_many_names'];

/** GET and POST /account/security/login */
export function createLoginPage(parts: {
  changeLogin: ChangeLogin;
  freshProof: FreshProof;
  credentialNotices: CredentialNotices;
}) {
  const { changeLogin, freshProof, credentialNotices } = parts;

  async function show(visit: AccountVisit, typed: string, problem?: Problem): Promise<void> {
    const { login = '', email } = visit.account.doc;
    const isOwn = problem !== undefined && ownProblems.includes(problem.problem);
    visit.show(
      'account/login.njk',
      {
        current: login,
        email,
        typed,
        longest: LOGIN_LIMIT,
        refused: isOwn ? problem.problem : '',
        ...(await freshProof.fields(visit)),
      },
      problem,
    );
  }

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit, visit.account.doc.login ?? ''),

    async submit(visit: AccountVisit): Promise<void> {
      const typed = visit.form['login'] ?? '';
      // Before the proof: a code is not to be spent on a slip. Whose name it is is looked at only after it.
      const refused = changeLogin.judge(visit.account, typed);
      if (refused !== undefined) return show(visit, typed, { problem: refused });
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, typed, problem);
      const outcome = await credentialNotices.keep(visit.account, 'login_changed', visit, async (tell) => {
        const changed = await changeLogin.set(visit.account, typed);
        if (changed.kind === 'changed') {
          const { login, email } = changed.account.doc;
          await tell(changed.account, login ?? email);
        }
        return changed;
      });
      switch (outcome.kind) {
        case 'refused':
          return show(visit, typed, { problem: outcome.problem });
        case 'throttled':
          return show(visit, typed, wait('too_many_names', outcome.retryAfterSeconds));
        case 'changed':
          return visit.goTo('/account/security', 'login_changed');
        default:
          return outcome satisfies never;
      }
    },
  };
}

export type LoginPage = ReturnType<typeof createLoginPage>;

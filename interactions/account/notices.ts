// When sign-ins are told by mail, and whether they wait for the link in it (S37–S46). Less of either makes an account
// easier to take, so the password is asked and the change is told.

import type { Accounts, SignInMail } from '../../src/domain/accounts/accounts.ts';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type { Reauthentication } from '../../src/domain/sign-ins/reauthentication.ts';
import {
  judgeNotices,
  signInMails,
  STANDARD_SIGN_IN_MAIL,
  type NoticesProblem,
} from '../../src/domain/sign-ins/sign-in-notices.ts';
import type { AccountVisit } from './frame.ts';

const PATH = '/account/security/notices';

type Wanted = { readonly mail: SignInMail; readonly confirm: boolean };
type Problem = NoticesProblem | 'bad_choice' | 'wrong_password' | 'wrong_code' | 'throttled';

/** GET and POST /account/security/notices */
export function createNoticesPage(parts: {
  accounts: Pick<Accounts, 'change'>;
  reauthentication: Pick<Reauthentication, 'prove' | 'asksPassword'>;
  credentialNotices: Pick<CredentialNotices, 'keep'>;
}) {
  const { accounts, reauthentication, credentialNotices } = parts;

  async function show(
    visit: AccountVisit,
    wanted: Wanted,
    problem?: Problem,
    retryAfterSeconds?: number,
  ): Promise<void> {
    const { phone, phoneVerified, confirmSignIn } = visit.account.doc;
    const hasPhone = phone !== undefined && phoneVerified === true;
    visit.show(
      'account/notices.njk',
      {
        choices: signInMails.map((key) => ({ key })),
        signInMail: wanted.mail,
        confirm: wanted.confirm,
        // What is on can be turned off, whatever has become of the phone.
        canConfirm: hasPhone || confirmSignIn === true,
        asksPassword: await reauthentication.asksPassword(visit.account),
      },
      { problem, retryAfterSeconds, ...(problem === 'throttled' ? { status: 429 } : {}) },
    );
  }

  const present = ({ account }: AccountVisit): Wanted => ({
    mail: account.doc.signInMail ?? STANDARD_SIGN_IN_MAIL,
    confirm: account.doc.confirmSignIn === true,
  });

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit, present(visit)),

    async submit(visit: AccountVisit): Promise<void> {
      const { account, session, form, browserId, address, userAgent } = visit;
      const mail = signInMails.find((choice) => choice === form['mail']);
      if (mail === undefined) return show(visit, present(visit), 'bad_choice');
      const wanted = { mail, confirm: form['confirm'] === 'yes' };
      const problem = judgeNotices(account.doc, wanted);
      if (problem !== undefined) return show(visit, wanted, problem);

      const password = form['password'] ?? '';
      const proof = { account, session, password, code: '', browserId, address, userAgent };
      const proved = await reauthentication.prove(proof);
      if (proved.kind === 'throttled') return show(visit, wanted, 'throttled', proved.retryAfterSeconds);
      // Who has no password that can be used proves themselves by signing in by other means now.
      const asks = await reauthentication.asksPassword(account);
      if (proved.kind === 'wrong_password' && !asks) return visit.signInAgain(PATH);
      if (proved.kind !== 'proved') return show(visit, wanted, proved.kind);

      // Judged again on the account as it is now: in another tab the phone may have gone meanwhile.
      const refused = await credentialNotices.keep(account, 'notices_changed', visit, async (tell) => {
        let found: NoticesProblem | undefined;
        const changed = await accounts.change(account.id, (doc) => {
          found = judgeNotices(doc, wanted);
          return found === undefined ? { signInMail: wanted.mail, confirmSignIn: wanted.confirm } : {};
        });
        if (found === undefined) await tell(changed);
        return found;
      });
      if (refused !== undefined) return show(visit, wanted, refused);
      return visit.goTo(PATH, 'notices_saved');
    },
  };
}

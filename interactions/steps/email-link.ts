// Waiting for the link in a mail (S43). The page shows a number that the link's page asks for, here or on another
// device, and goes on by itself once that has said yes. It is no factor: it proves only what was proved before.

import type { Accounts, StoredAccount } from '../../src/domain/accounts/accounts.ts';
import {
  MOST_MAILS,
  type Confirmation,
  type Confirmations,
} from '../../src/domain/sign-ins/confirmations.ts';
import { maskEmail } from '../../src/lib/mask.ts';
import type { Outcome, Step, Visit } from '../step.ts';

/** How often the page asks anew where there is no script. */
const REFRESH_SECONDS = 5;

/** The step of the mailed link. */
export function createEmailLinkStep(parts: { confirmations: Confirmations; accounts: Accounts }): Step {
  const { confirmations, accounts } = parts;

  async function accountOf({ facts }: Visit): Promise<StoredAccount | undefined> {
    return facts.accountId === undefined ? undefined : accounts.get(facts.accountId);
  }

  const ask = (
    { uid, facts, client, address, userAgent }: Visit,
    account: StoredAccount,
  ): Promise<Confirmation> =>
    confirmations.ask({ uid, accountId: account.id }, account, {
      ...(address === undefined ? {} : { address }),
      userAgent,
      clientId: client.client_id,
      clientName: client.client_name,
      methods: [...facts.proofs.keys()],
    });

  /** The page as it stands, or the end of waiting. */
  async function present(
    visit: Visit,
    account: StoredAccount,
    { sentAgain = false } = {},
  ): Promise<Outcome & { kind: 'show' | 'proved' }> {
    const confirmation = await ask(visit, account);
    if (confirmation.state === 'approved') return { kind: 'proved', accountId: account.id };
    const page = `/interaction/${visit.uid}/email-link`;
    return {
      kind: 'show',
      props: {
        state: confirmation.state,
        number: confirmation.state === 'waiting' ? confirmation.number : '',
        email: maskEmail(account.doc.email),
        isSent: confirmation.mails > 0,
        sentAgain,
        canResend: confirmation.mails < MOST_MAILS,
        refreshSeconds: REFRESH_SECONDS,
        stateUrl: `${page}/state`,
        pageUrl: page,
      },
    };
  }

  return {
    id: 'email-link',

    // The one page that does something when it is opened: it sends the mail it waits for, once.
    async start(visit): Promise<Outcome> {
      const account = await accountOf(visit);
      return account ? present(visit, account) : { kind: 'refused' };
    },

    async submit(visit): Promise<Outcome> {
      const account = await accountOf(visit);
      if (!account) return { kind: 'refused' };
      if (visit.form['choice'] !== 'resend') return present(visit, account);
      const sent = await confirmations.mailAgain({ uid: visit.uid, accountId: account.id }, account);
      const shown = await present(visit, account, { sentAgain: sent.kind === 'sent' });
      if (shown.kind === 'proved') return shown;
      if (sent.kind === 'spent') return { ...shown, problem: 'no_more_mails' };
      if (sent.kind !== 'paused') return shown;
      return { ...shown, problem: 'too_many_mails', retryAfterSeconds: sent.retryAfterSeconds };
    },
  };
}

// Going on as the one who is signed in, or as somebody else (`prompt=select_account`).

import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Facts } from '../facts.ts';
import type { Outcome, Step } from '../step.ts';

/** The account selection step. Choosing another account proves none, so that the policy asks for one. */
export function createSelectAccountStep(parts: { accounts: Accounts }): Step {
  async function show({ signedInAs }: Facts): Promise<Outcome> {
    const account = signedInAs === undefined ? undefined : await parts.accounts.get(signedInAs);
    if (!account) return { kind: 'refused' };
    const { login, email } = account.doc;
    return { kind: 'show', props: { account: { name: displayName(account.doc), login: login ?? email } } };
  }

  return {
    id: 'select-account',
    start: ({ facts }) => show(facts),
    async submit({ facts, form }): Promise<Outcome> {
      if (form['choice'] === 'other') return { kind: 'proved' };
      if (form['choice'] !== 'continue' || facts.signedInAs === undefined) return show(facts);
      return { kind: 'proved', accountId: facts.signedInAs };
    },
  };
}

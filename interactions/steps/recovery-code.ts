// The second factor by one of the recovery codes, when the app is not at hand (N13). Who used it is told by mail: a
// sheet of paper can be copied.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type { RecoveryCodes } from '../../src/domain/factors/recovery-codes.ts';
import type { CodeJudge } from '../second-factor-code.ts';
import type { Outcome, Step } from '../step.ts';

/** The step of a recovery code; offered as long as there are some. */
export function createRecoveryCodeStep(parts: {
  accounts: Accounts;
  recoveryCodes: Pick<RecoveryCodes, 'left' | 'use'>;
  credentialNotices: CredentialNotices;
  judgeCode: CodeJudge;
}): Step {
  const { accounts, recoveryCodes, credentialNotices, judgeCode } = parts;
  return {
    id: 'recovery-code',
    isOffered: async ({ facts }) =>
      facts.accountId !== undefined && (await recoveryCodes.left(facts.accountId)) > 0,
    start: (): Promise<Outcome> => Promise.resolve({ kind: 'show' }),

    async submit(visit): Promise<Outcome> {
      const outcome = await judgeCode(visit, recoveryCodes.use);
      if (outcome.kind !== 'proved' || outcome.accountId === undefined) return outcome;
      const account = await accounts.get(outcome.accountId);
      if (account) await credentialNotices.tell(account, 'recovery_code_used', visit);
      return outcome;
    },
  };
}

// The recovery codes: how many are left, and ten new ones in their place, shown once.

import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type { RecoveryCodes } from '../../src/domain/factors/recovery-codes.ts';
import type { Totp } from '../../src/domain/factors/totp.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/recovery-codes';
const TOTP_PAGE = '/account/security/totp';

/** GET and POST /account/security/recovery-codes */
export function createRecoveryCodePages(parts: {
  totp: Pick<Totp, 'isOn'>;
  recoveryCodes: RecoveryCodes;
  freshProof: FreshProof;
  credentialNotices: CredentialNotices;
}) {
  const { totp, recoveryCodes, freshProof, credentialNotices } = parts;

  async function show(visit: AccountVisit, problem?: Problem): Promise<void> {
    if (!(await totp.isOn(visit.account.id))) return visit.goTo(TOTP_PAGE);
    const left = await recoveryCodes.left(visit.account.id);
    visit.show('account/recovery-codes.njk', { left, ...(await freshProof.fields(visit)) }, problem);
  }

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit),

    async renew(visit: AccountVisit): Promise<void> {
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, problem);
      const { account } = visit;
      const codes = await credentialNotices.keep(account, 'recovery_codes_renewed', visit, async (tell) => {
        const renewed = await recoveryCodes.renew(account.id);
        if (renewed !== undefined) await tell(account);
        return renewed;
      });
      if (codes === undefined) return visit.goTo(TOTP_PAGE);
      visit.show('account/recovery-codes-new.njk', { codes, isFirst: false });
    },
  };
}

export type RecoveryCodePages = ReturnType<typeof createRecoveryCodePages>;

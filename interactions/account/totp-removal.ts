// What is under way to take the person's authenticator app off (S59), for their own pages, and the button that stops it.
// It keeps the account as strong as it is, so nothing has to be proved for it.

import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import type { AccountVisit } from './frame.ts';

/** As pages show it; `false` when nothing is, and to support that was let in. */
export async function removalFor(
  { account, support }: Pick<AccountVisit, 'account' | 'support'>,
  totpRemovals: Pick<TotpRemovals, 'underWay'>,
): Promise<false | { evidence: string; at: Date; when: Date | '' }> {
  const found = support ? undefined : await totpRemovals.underWay(account.id);
  if (!found) return false;
  const { reason, at, dueAt } = found;
  return { evidence: reason, at: new Date(at), when: dueAt === undefined ? '' : new Date(dueAt) };
}

/** POST /account/security/totp/keep: once more, or from another tab, what the person wanted holds. */
export const createKeepTotp =
  (totpRemovals: Pick<TotpRemovals, 'stopOwn' | 'get'>) =>
  async ({ account, goTo }: AccountVisit): Promise<void> => {
    const isStopped =
      (await totpRemovals.stopOwn(account.id)) || (await totpRemovals.get(account.id))?.state === 'stopped';
    goTo('/account/security/totp', isStopped ? 'removal_stopped' : 'removal_over');
  };

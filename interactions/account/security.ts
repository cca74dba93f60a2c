// The Security section: everything that guards the account on one page, with what still needs attention.

import { hasPassword, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { FailedPasswordCounter } from '../../src/domain/passwords/failed-passwords.ts';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import type { AccountVisit } from './frame.ts';
import { removalFor } from './totp-removal.ts';

/** What the parts of the account say of themselves. */
export type SecuritySummary = {
  readonly totp: boolean;
  readonly codesLeft: number;
  readonly passkeys: number;
  readonly addresses: number;
  readonly identities: number;
  /** Whether there is an upstream to link to. */
  readonly canLink: boolean;
};

/** GET /account/security */
export const createSecurityPage =
  (
    summaryOf: (accountId: string) => Promise<SecuritySummary>,
    totpRemovals: Pick<TotpRemovals, 'underWay'>,
    failedPasswords: Pick<FailedPasswordCounter, 'isUsable'>,
  ) =>
  async (visit: AccountVisit): Promise<void> =>
    visit.show('account/security.njk', {
      ...(await summaryOf(visit.account.id)),
      ...contactsOf(visit.account),
      passwordBlocked: hasPassword(visit.account.doc) && !(await failedPasswords.isUsable(visit.account)),
      removal: await removalFor(visit, totpRemovals),
    });

const contactsOf = ({ doc }: StoredAccount) => ({
  hasPassword: hasPassword(doc),
  passwordOff: doc.passwordOff === true,
  login: doc.login ?? '',
  email: doc.email,
  emailVerified: doc.emailVerified,
  phone: doc.phone === undefined ? '' : shownPhone(doc.phone),
  phoneVerified: doc.phoneVerified === true,
  signInMail: doc.signInMail ?? 'unseen',
  confirmSignIn: doc.confirmSignIn === true,
  resetForbidden: doc.resetForbidden === true,
});

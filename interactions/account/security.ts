// The Security section: everything that guards the account on one page, with what still needs attention.

import { hasPassword, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { AccountVisit } from './frame.ts';

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
  (summaryOf: (accountId: string) => Promise<SecuritySummary>) =>
  async ({ account, show }: AccountVisit): Promise<void> =>
    show('account/security.njk', { ...(await summaryOf(account.id)), ...contactsOf(account) });

const contactsOf = ({ doc }: StoredAccount) => ({
  hasPassword: hasPassword(doc),
  passwordOff: doc.passwordOff === true,
  login: doc.login ?? '',
  email: doc.email,
  emailVerified: doc.emailVerified,
  phone: doc.phone ?? '',
  phoneVerified: doc.phoneVerified === true,
  signInMail: doc.signInMail ?? 'unseen',
  confirmSignIn: doc.confirmSignIn === true,
  resetForbidden: doc.resetForbidden === true,
});

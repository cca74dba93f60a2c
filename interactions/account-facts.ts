// What the policy must know of an account, asked anew for every request of a sign-in.

import { isOperator, type Accounts, type StoredAccount } from '../src/domain/accounts/accounts.ts';
import type { AccountFacts, Proofs } from './facts.ts';

/** Where a request comes from, and for which sign-in. */
export type Origin = {
  /** The interaction's. */
  readonly uid: string;
  /** The client's address, when it can be told. */
  readonly address: string | undefined;
  readonly browserId: string;
  readonly userAgent: string;
  /** The marks of the accounts signed in to since the browser was opened. */
  readonly openMarks: readonly string[];
};

export type AccountFactsOf = (accountId: string, proofs: Proofs, origin: Origin) => Promise<AccountFacts>;

const unknown: AccountFacts = {
  hasTotp: false,
  hasPasskey: false,
  isOperator: false,
  listedBy: undefined,
  confirmationDue: false,
};

/** Facts of accounts, from the parts of the domain that know them. */
export function createAccountFacts(parts: {
  accounts: Accounts;
  isTotpOn: (accountId: string) => Promise<boolean>;
  hasPasskey: (accountId: string) => Promise<boolean>;
  isListed: (accountId: string, entryId: string) => Promise<boolean>;
  isConfirmationDue: (account: StoredAccount, origin: Origin) => Promise<boolean>;
  isConfirmationAsked: (signIn: { uid: string; accountId: string }) => Promise<boolean>;
}): AccountFactsOf {
  const { accounts, isTotpOn, hasPasskey, isListed, isConfirmationDue, isConfirmationAsked } = parts;
  return async (accountId, proofs, origin) => {
    const account = await accounts.get(accountId);
    // Gone since it was proved: the end of the sign-in refuses it.
    if (!account) return unknown;
    const listedBy = (proofs.get('password') ?? proofs.get('upstream'))?.listedBy;
    const [hasTotp, passkey, listed, due, asked] = await Promise.all([
      isTotpOn(accountId),
      hasPasskey(accountId),
      listedBy !== undefined && isListed(accountId, listedBy),
      isConfirmationDue(account, origin),
      // What was asked must be answered, whatever the settings say since.
      isConfirmationAsked({ uid: origin.uid, accountId }),
    ]);
    return {
      hasTotp,
      hasPasskey: passkey,
      isOperator: isOperator(account.doc),
      listedBy: listed ? listedBy : undefined,
      confirmationDue: due || asked,
    };
  };
}

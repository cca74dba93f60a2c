// The accounts of staff, which only operators may change who decide about operators: else support could become owner.

import { isOperator, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import { requirePermission, type Caller } from './caller.ts';

/** Throws `NotPermitted` when the account is staff's and the caller may not decide about operators. */
export function guardStaff(by: Caller, account: StoredAccount): void {
  if (isOperator(account.doc)) requirePermission(by, 'operators:write', 'the account is an operator’s');
}

/** The account, if this caller may change it; rejects with `not_found` or `NotPermitted`. */
export async function requireForChange(
  accounts: Pick<Accounts, 'require'>,
  by: Caller,
  id: string,
): Promise<StoredAccount> {
  const account = await accounts.require(id);
  guardStaff(by, account);
  return account;
}

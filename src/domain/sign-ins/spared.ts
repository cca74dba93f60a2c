// Whom an entry of their address list still spares the second factor (S70).

import { isOperator, type Accounts } from '../accounts/accounts.ts';
import type { AddressLists } from './address-lists.ts';

/** Tells whether an entry still spares its account: as long as it is live, and never one of staff. */
export const createSparedCheck =
  (accounts: Pick<Accounts, 'get'>, addressLists: Pick<AddressLists, 'isLive'>) =>
  async (accountId: string, entryId: string): Promise<boolean> => {
    const account = await accounts.get(accountId);
    return account !== undefined && !isOperator(account.doc) && addressLists.isLive(accountId, entryId);
  };

// What somebody has open for one customer, and its end: the grants that are bound to it with their tokens, the API
// tokens for it, and the sessions in which it was chosen. What the person has open for others stays.

import type { EndTokensOf } from '../api-tokens/token-endings.ts';
import type { Endings } from '../sign-ins/endings.ts';
import type { Sessions } from '../sign-ins/sessions.ts';
import type { ChosenCustomer } from './chosen-customer.ts';

/** Ends what the account has open for the customer. */
export function createEndMemberAccess(parts: {
  endings: Pick<Endings, 'endOwnSession' | 'endCustomerGrants'>;
  sessions: Pick<Sessions, 'list'>;
  chosenCustomer: Pick<ChosenCustomer, 'wasChosenIn'>;
  endTokensOf: EndTokensOf;
}) {
  const { endings, sessions, chosenCustomer, endTokensOf } = parts;
  return async function endMemberAccess(accountId: string, customerId: string): Promise<void> {
    const own = await sessions.list(accountId);
    const acting = await Promise.all(
      own.map(({ uid }) => chosenCustomer.wasChosenIn(accountId, uid, customerId)),
    );
    await Promise.all(
      own.filter((_, index) => acting[index]).map(({ uid }) => endings.endOwnSession(accountId, uid)),
    );
    await endings.endCustomerGrants(accountId, customerId);
    await endTokensOf(accountId, customerId);
  };
}

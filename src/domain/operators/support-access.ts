// What operators do with support access: see who lets them in, go in with a reason, leave, and end it.

import { AppError } from '../../lib/app-error.ts';
import type { Page } from '../../ports/store.ts';
import { displayName, type Accounts } from '../accounts/accounts.ts';
import type { Customers } from '../customers/customers.ts';
import type { StoredAllowance } from '../support-access/allowances.ts';
import type { SupportAccess } from '../support-access/support-access.ts';
import type { StandingUse } from '../support-access/uses.ts';
import { requirePermission, WrongState, type Caller } from './caller.ts';

/** An allowance as operators see it. */
export type ShownAllowance = {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly customerId: string;
  readonly customerNumber: string;
  readonly customerName: string;
  readonly since: string;
  readonly until: string;
  /** Who is in there now. */
  readonly uses: readonly StandingUse[];
};

/** Support access as operators handle it; each act is recorded where it is done. */
export function createSupportAccessActs(parts: {
  supportAccess: SupportAccess;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'get'>;
}) {
  const { supportAccess, accounts, customers } = parts;
  const { allowances, uses } = supportAccess;

  async function shown({ id, doc }: StoredAllowance): Promise<ShownAllowance> {
    const [account, customer, inside] = await Promise.all([
      accounts.get(doc.accountId),
      customers.get(doc.customerId),
      uses.list({ allowanceId: id }),
    ]);
    return {
      id,
      accountId: doc.accountId,
      name: account ? displayName(account.doc) : '',
      customerId: doc.customerId,
      customerNumber: customer?.doc.number ?? '',
      customerName: customer?.doc.name ?? '',
      since: doc.since,
      until: doc.until,
      uses: inside,
    };
  }

  /** Who acts as a person at the console: nobody else can sit in front of an account. */
  const personOf = ({ actor }: Caller): string => {
    if (actor.kind !== 'operator')
      throw new WrongState('an account is entered by an operator at the console');
    return actor.accountId;
  };

  return {
    /** The allowances that stand, of everybody, oldest first: a page of them. */
    page: async (page: Page): Promise<ShownAllowance[]> =>
      Promise.all((await allowances.page(page)).map(shown)),

    /** Those into an account, or those of a customer. */
    list: async (of: { accountId: string } | { customerId: string }): Promise<ShownAllowance[]> =>
      Promise.all((await allowances.list(of)).map(shown)),

    async find(id: string): Promise<ShownAllowance | undefined> {
      const found = await allowances.get(id);
      return found && shown(found);
    },

    /** What the operator is in now. */
    async inside(by: Caller): Promise<StandingUse | undefined> {
      return by.actor.kind === 'operator'
        ? (await uses.list({ operatorId: by.actor.accountId }))[0]
        : undefined;
    },

    /** Goes in, from a session at the console; it is for the caller to begin the session of the use. */
    async enter(by: Caller, operatorSession: string, id: string, reason: string): Promise<StandingUse> {
      requirePermission(by, 'support-access:write', 'an account is entered');
      const entered = await supportAccess.enter(id, { operatorId: personOf(by), operatorSession }, reason);
      if (entered.kind === 'entered') return entered.use;
      throw new WrongState(
        entered.kind === 'busy' ? 'you are in an account already' : 'nobody lets support in there now',
      );
    },

    /** Leaves whatever the operator is in. */
    leave: (by: Caller): Promise<void> => supportAccess.leaveAll(personOf(by)),

    /** Ends what a person has allowed, with every use of it. */
    async end(by: Caller, id: string, reason?: string): Promise<void> {
      requirePermission(by, 'support-access:write', 'support access is ended');
      if (!(await supportAccess.endFor(id, by.actor, reason)))
        throw new AppError('not_found', { detail: `no support access ${id}` });
    },
  };
}

export type SupportAccessActs = ReturnType<typeof createSupportAccessActs>;

// What operators do with accounts: make, lock, and help their people back in. Nobody here ever learns or chooses a
// person's password.

import { AppError } from '../../lib/app-error.ts';
import type { NewAccount, StoredAccount } from '../accounts/accounts.ts';
import { NumberTaken, type Opening, type Openings } from '../accounts/openings.ts';
import { endingAll } from '../accounts/standing.ts';
import type { Customers } from '../customers/customers.ts';
import type { SetPassword } from '../passwords/set-password.ts';
import type { Endings } from '../sign-ins/endings.ts';
import { createProfileActs, type ProfileParts } from './account-profile.ts';
import { actOf, requirePermission, WrongState, type Caller } from './caller.ts';
import type { Operators } from './operators.ts';
import { requireForChange } from './staff-guard.ts';

/** How many set-password links one account may be mailed by operators. */
export const setPasswordLinkQuota = { limit: 5, windowSeconds: 3600 } as const;

export type NewCustomer = NonNullable<Opening['customer']>;

/** Accounts as operators handle them. */
export function createAccountActs(
  parts: ProfileParts & {
    openings: Pick<Openings, 'open'>;
    customers: Pick<Customers, 'findByNumber'>;
    operators: Pick<Operators, 'unlessLastOwner'>;
    setPassword: Pick<SetPassword, 'mail'>;
    endings: Pick<Endings, 'endEverything'>;
  },
) {
  const { accounts, openings, customers, operators, setPassword, endings, quotas, clock, record } = parts;

  async function spendLink(account: StoredAccount): Promise<void> {
    const allowance = { id: `operators:set-password:${account.id}`, ...setPasswordLinkQuota };
    const retryAfterSeconds = await quotas.spend([allowance]);
    if (retryAfterSeconds > 0) throw new AppError('too_many_requests', { retryAfterSeconds });
  }

  return {
    ...createProfileActs(parts),
    requireAccount: accounts.require,

    /** A new account, with a customer of its own if one is given. Unless `quietly`, its person is mailed a link that sets the password. */
    async create(
      by: Caller,
      account: NewAccount,
      { customer, quietly = false }: { customer?: NewCustomer | undefined; quietly?: boolean } = {},
    ): Promise<StoredAccount> {
      if (customer) requirePermission(by, 'customers:write', 'a customer is made, too');
      // An old number would make somebody new the owner of what is not theirs.
      if (customer?.number !== undefined && (await customers.findByNumber(customer.number)))
        throw new NumberTaken();
      const made = await openings.open({ account, ...(customer && { customer }) });
      await record({
        ...actOf(by),
        action: 'account.created',
        accountId: made.account.id,
        customerId: made.customer?.id,
        after: { email: made.account.doc.email },
      });
      if (!quietly) await setPassword.mail(made.account);
      return made.account;
    },

    /** Ends everything that the account has open, at once, and lets nobody sign in. */
    async disable(by: Caller, id: string, reason: string, version?: number): Promise<StoredAccount> {
      await requireForChange(accounts, by, id);
      const changed = await operators.unlessLastOwner(id, () =>
        accounts.change(
          id,
          (doc) => ({
            ...endingAll(clock.now()),
            status: 'disabled',
            disabledReason: reason,
            credentialVersion: doc.credentialVersion + 1,
          }),
          version,
        ),
      );
      if (changed === 'last_owner')
        throw new WrongState('this is the last owner: make somebody else one first');
      await endings.endEverything(id);
      await record({
        ...actOf(by),
        action: 'account.disabled',
        accountId: id,
        reason,
        before: { status: 'active' },
        after: { status: 'disabled' },
      });
      return changed;
    },

    /** Lets the person sign in again. */
    async enable(by: Caller, id: string, version?: number): Promise<StoredAccount> {
      await requireForChange(accounts, by, id);
      const changed = await accounts.change(
        id,
        () => ({ status: 'active', disabledReason: undefined }),
        version,
      );
      await record({
        ...actOf(by),
        action: 'account.enabled',
        accountId: id,
        before: { status: 'disabled' },
        after: { status: 'active' },
      });
      return changed;
    },

    /** Mails the person a link that sets a new password; to the address on file and nowhere else. */
    async sendSetPasswordLink(by: Caller, id: string): Promise<void> {
      const account = await requireForChange(accounts, by, id);
      if (account.doc.status !== 'active') throw new WrongState('the account is disabled');
      await spendLink(account);
      await setPassword.mail(account, { byStaff: true });
      await record({
        ...actOf(by),
        action: 'account.set_password_link',
        accountId: id,
        after: { sent: true },
      });
    },
  };
}

export type AccountActs = ReturnType<typeof createAccountActs>;

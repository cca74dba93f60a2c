// Roles of staff as they are given and taken by whoever may: nobody gives what they do not have.

import { AppError } from '../../lib/app-error.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { requirePermission, WrongState, type Caller } from './caller.ts';
import type { Operators } from './operators.ts';
import { isOperatorRole, operatorRoles, type OperatorRole } from './permissions.ts';

/** Operators as operators handle them. */
export function createOperatorCare({ operators }: { operators: Operators }) {
  /** A role by its name, if the caller may all that it may: else a program with one scope would make itself an owner. */
  function requireRole(by: Caller, name: string): OperatorRole {
    if (!isOperatorRole(name)) throw new AppError('not_found', { detail: `no role ${name}` });
    for (const permission of operatorRoles[name])
      requirePermission(by, permission, `the role ${name} gives what you do not have`);
    return name;
  }

  return {
    /** All operators, disabled ones too, by the age of their accounts. */
    list: (): Promise<StoredAccount[]> => operators.list(),

    /** Gives an account a role; the account as it is then. */
    async grant(by: Caller, accountId: string, role: string, reason: string): Promise<StoredAccount> {
      return (await operators.grant(by.actor, accountId, requireRole(by, role), reason)).account;
    },

    /** Takes a role from an account; rejects with `not_found` when it has none such, with `WrongState` for the last owner. */
    async revoke(by: Caller, accountId: string, name: string): Promise<void> {
      const role = requireRole(by, name);
      const outcome = await operators.revoke(by.actor, accountId, role);
      if (outcome.kind === 'last_owner')
        throw new WrongState('this is the last owner: make somebody else one first');
      if (outcome.kind === 'unchanged')
        throw new AppError('not_found', { detail: `the account does not have the role ${role}` });
    },
  };
}

// Operators: which accounts are staff, and in which roles. The roles stand in the account itself, so that every request
// reads them with it; beside it a short list tells who they are without a walk through all accounts.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Account, Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Actor } from '../audit/audit-entry.ts';
import { collections } from '../collections.ts';
import type { Letters } from '../messages/letters.ts';
import { withLease } from '../lease.ts';
import { isOperatorRole, operatorRoleNames, type OperatorRole } from './permissions.ts';

/** An account that is, or was about to become, an operator; its id is that of the account. */
export type OperatorEntry = {
  /** ISO 8601, UTC. */
  readonly since: string;
};

/** What came of a change: it is done, or was so before. */
export type RoleChange = { readonly kind: 'changed' | 'unchanged'; readonly account: StoredAccount };
/** Or nobody would be left who could undo it. */
export type RoleOutcome = RoleChange | { readonly kind: 'last_owner' };

const LEASE = 'operators';
const WAIT_MILLISECONDS = 50;
const MAX_WAITS = 100;
/** Staff are few. */
const MOST_OPERATORS = 1000;

/** The roles of an account, the mightiest first; a role that there is not gives nothing. */
export const rolesOf = ({ operatorRoles = [] }: Account): OperatorRole[] =>
  operatorRoleNames.filter((role) => operatorRoles.filter(isOperatorRole).includes(role));

const isOwner = ({ doc }: StoredAccount): boolean =>
  doc.status === 'active' && rolesOf(doc).includes('owner');

/** Operators over the store. */
export function createOperators(parts: {
  store: Store;
  clock: Clock;
  accounts: Accounts;
  audit: Pick<Audit, 'record'>;
  letters: Pick<Letters, 'send'>;
}) {
  const { store, clock, accounts, audit, letters } = parts;
  const entries = store.collection(collections.operators);

  /** One change at a time, on all nodes: two owners who remove each other must not both succeed. */
  async function alone<R>(work: () => Promise<R>): Promise<R> {
    for (let waits = 0; waits < MAX_WAITS; waits += 1) {
      const done = await withLease(store, clock, LEASE, work);
      if (done) return done.result;
      await clock.sleep(WAIT_MILLISECONDS);
    }
    throw new AppError('busy', { detail: 'the operators are being changed', retryAfterSeconds: 5 });
  }

  /** All operators, disabled ones too, by the age of their accounts. */
  async function list(): Promise<StoredAccount[]> {
    const found = await entries.list(undefined, { limit: MOST_OPERATORS });
    const all = await Promise.all(found.map(({ id }) => accounts.get(id)));
    return all.filter(
      (account) => account !== undefined && rolesOf(account.doc).length > 0,
    ) as StoredAccount[];
  }

  const isLastOwner = async (account: StoredAccount): Promise<boolean> =>
    isOwner(account) && !(await list()).some((other) => other.id !== account.id && isOwner(other));

  const withRoles = (accountId: string, change: (roles: readonly OperatorRole[]) => OperatorRole[]) =>
    accounts.change(accountId, (doc) => ({ operatorRoles: change(rolesOf(doc)) }));

  /** The person hears of it, unless the house itself has made its first operators. */
  async function tell(
    account: StoredAccount,
    actor: Actor,
    { reason, role, isGiven }: { isGiven: boolean; role: OperatorRole; reason: string | undefined },
  ): Promise<void> {
    if (actor.kind === 'system') return;
    await letters.send(account, 'security', 'operator-role', {
      isGiven,
      role: { key: role },
      detail: reason ?? '',
    });
  }

  return {
    list,

    /** Gives an account a role. */
    grant: (actor: Actor, accountId: string, role: OperatorRole, reason?: string): Promise<RoleChange> =>
      alone(async () => {
        const account = await accounts.require(accountId);
        if (rolesOf(account.doc).includes(role)) return { kind: 'unchanged', account };
        // First the list: a process that ends in between leaves an entry without a role, never the reverse.
        await entries.put(accountId, { since: clock.now().toISOString() });
        const changed = await withRoles(accountId, (roles) => [...roles, role]);
        await audit.record({ action: 'operator.role_granted', actor, accountId, after: { role }, reason });
        await tell(changed, actor, { isGiven: true, role, reason });
        return { kind: 'changed', account: changed };
      }),

    /** Takes a role from an account, at once; the last owner stays one. */
    revoke: (actor: Actor, accountId: string, role: OperatorRole, reason?: string): Promise<RoleOutcome> =>
      alone(async () => {
        const account = await accounts.require(accountId);
        if (!rolesOf(account.doc).includes(role)) return { kind: 'unchanged', account };
        if (role === 'owner' && (await isLastOwner(account))) return { kind: 'last_owner' };
        const changed = await withRoles(accountId, (roles) => roles.filter((name) => name !== role));
        if (rolesOf(changed.doc).length === 0) await entries.remove(accountId);
        await audit.record({ action: 'operator.role_revoked', actor, accountId, before: { role }, reason });
        await tell(changed, actor, { isGiven: false, role, reason });
        return { kind: 'changed', account: changed };
      }),

    /** Does what takes an account out of service, unless it is that of the last owner. */
    unlessLastOwner: <R>(accountId: string, work: () => Promise<R>): Promise<R | 'last_owner'> =>
      alone(async () => ((await isLastOwner(await accounts.require(accountId))) ? 'last_owner' : work())),
  };
}

export type Operators = ReturnType<typeof createOperators>;

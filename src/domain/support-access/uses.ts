// An operator in somebody's account as support: which one, why, and until when. Whether it stands is asked at every
// request and of every token, from what is stored now, so that each of the ends below holds on all nodes at once.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { randomToken, timeOrderedId } from '../../lib/random.ts';
import { displayName, type Account, type Accounts } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Customers } from '../customers/customers.ts';
import { readThrough } from '../read-through.ts';
import type { Roles } from '../customers/roles.ts';
import { permissionsOf } from '../operators/permissions.ts';
import type { Endings } from '../sign-ins/endings.ts';
import type { Allowance, Allowances, StoredAllowance } from './allowances.ts';

export type SupportUse = {
  readonly allowanceId: string;
  readonly accountId: string;
  readonly customerId: string;
  /** Who is in there; at most one account at a time. */
  readonly operatorId: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** ISO 8601, UTC: it ends then, or with the allowance if that is sooner. */
  readonly until: string;
  /** The session that was begun for it. */
  readonly sessionUid: string;
  /** The operator's own at the console that it was entered from: it ends with that. */
  readonly operatorSession: string;
};
export type StoredUse = Stored<SupportUse>;

/** A use that stands: no longer than its allowance. */
export type StandingUse = SupportUse & {
  readonly id: string;
  readonly operatorName: string;
  readonly endsAt: Date;
};

/** Who goes in: an operator, in a session of theirs. */
export type Entrant = Pick<SupportUse, 'operatorId' | 'operatorSession'>;

/** Longer than this nobody stays without saying anew why. */
export const USE_SECONDS = 3600;
const KEPT_SECONDS = 7 * 86_400;

/** Uses over the store. */
export function createUses(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'membershipsOf'>;
  roles: Roles;
  allowances: Allowances;
  endings: Pick<Endings, 'hasSession'>;
}) {
  const { store, clock, accounts, customers, roles, allowances, endings } = parts;
  const uses = store.collection(collections.supportUses);

  /** Whether the account of an allowance can be entered: its person is none of the staff, and may still allow it. */
  async function isOpen({
    accountId,
    customerId,
  }: Pick<Allowance, 'accountId' | 'customerId'>): Promise<boolean> {
    const [account, memberships] = await Promise.all([
      accounts.get(accountId),
      customers.membershipsOf(accountId),
    ]);
    const role = memberships.find((one) => one.customerId === customerId)?.role;
    return (
      account?.doc.status === 'active' &&
      (account.doc.operatorRoles ?? []).length === 0 &&
      role !== undefined &&
      roles.may(role, 'support-access:write')
    );
  }

  /** Whether nothing has ended all of an account's sessions since then. */
  const isSince = ({ sessionsValidFrom = 0 }: Account, since: string): boolean =>
    Date.parse(since) / 1000 >= sessionsValidFrom;

  async function standing({ id, doc }: StoredUse): Promise<StandingUse | undefined> {
    const now = clock.now().getTime();
    if (Date.parse(doc.until) <= now) return undefined;
    const [allowance, operator, account, isSignedIn] = await Promise.all([
      allowances.get(doc.allowanceId),
      accounts.get(doc.operatorId),
      accounts.get(doc.accountId),
      endings.hasSession(doc.operatorSession),
    ]);
    if (!allowance || !operator || !account || !isSignedIn) return undefined;
    if (!permissionsOf(operator.doc).has('support-access:write')) return undefined;
    if (!isSince(operator.doc, doc.since) || !isSince(account.doc, doc.since)) return undefined;
    if (!(await isOpen(allowance.doc))) return undefined;
    const endsAt = new Date(Math.min(Date.parse(doc.until), Date.parse(allowance.doc.until)));
    return { ...doc, id, operatorName: displayName(operator.doc), endsAt };
  }

  const all = (where?: { key: 'operatorId' | 'allowanceId'; value: string }): Promise<StoredUse[]> =>
    readThrough((page) => uses.list(where, page));

  return {
    isOpen,

    /** The use with this id, as long as it stands. */
    async find(id: string): Promise<StandingUse | undefined> {
      const found = await uses.get(id);
      return found && standing(found);
    },

    /** Those that stand, of an operator or under an allowance. */
    async list(of: { operatorId: string } | { allowanceId: string }): Promise<StandingUse[]> {
      const found = await all(
        'operatorId' in of
          ? { key: 'operatorId', value: of.operatorId }
          : { key: 'allowanceId', value: of.allowanceId },
      );
      return (await Promise.all(found.map(standing))).flatMap((use) => use ?? []);
    },

    /** Every use that is stored, whether it stands or not. */
    stored: all,
    get: (id: string): Promise<StoredUse | undefined> => uses.get(id),

    stands: async (use: StoredUse): Promise<boolean> => (await standing(use)) !== undefined,

    /** Begins one; `undefined` when the operator is in an account already. */
    async begin(
      { id: allowanceId, doc }: StoredAllowance,
      { operatorId, operatorSession }: Entrant,
      reason: string,
    ): Promise<StoredUse | undefined> {
      const now = clock.now();
      const end = Math.min(now.getTime() + USE_SECONDS * 1000, Date.parse(doc.until));
      const use: SupportUse = {
        allowanceId,
        accountId: doc.accountId,
        customerId: doc.customerId,
        operatorId,
        reason,
        since: now.toISOString(),
        until: new Date(end).toISOString(),
        sessionUid: randomToken(),
        operatorSession,
      };
      try {
        return await uses.insert(timeOrderedId(now), use, new Date(end + KEPT_SECONDS * 1000));
      } catch (error) {
        if (error instanceof Conflict) return undefined;
        throw error;
      }
    },

    /** Takes it away; of many at once exactly one gets it. */
    take: (id: string): Promise<StoredUse | undefined> => uses.take(id),
  };
}

export type Uses = ReturnType<typeof createUses>;

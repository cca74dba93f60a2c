// The members of a customer (S20, S23, S24): joining, changing a role, being disabled, which counts as being deleted.
// Whoever is disabled loses what they have open for that customer, at once and on all nodes.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { isActiveMember, type Member, type Role } from './customers.ts';
import { isOwner, type Ownership } from './ownership.ts';

/** Most members of a customer, disabled ones too. */
export const MOST_MEMBERS = 100;
const MAX_ATTEMPTS = 20;

export type MemberOutcome =
  | { readonly kind: 'changed'; readonly before: Member; readonly after: Member }
  | { readonly kind: 'unchanged' | 'last_owner' | 'not_found' };

export type Joining = { readonly kind: 'joined'; readonly member: Member } | { readonly kind: 'full' };

/** Members over the store. */
export function createMembers(parts: {
  store: Store;
  clock: Clock;
  ownership: Ownership;
  /** Ends what the account has open for the customer. */
  endAccess: (accountId: string, customerId: string) => Promise<void>;
}) {
  const { store, clock, ownership, endAccess } = parts;
  const members = store.collection(collections.members);
  const idOf = (customerId: string, accountId: string) => `${customerId}:${accountId}`;

  async function list(customerId: string): Promise<Member[]> {
    const rows = await members.list({ key: 'customerId', value: customerId }, { limit: MOST_MEMBERS });
    return rows.map(({ doc }) => doc);
  }

  /**
   * Writes a membership as it was seen, or has it vanish `at` once; the rule for owners comes first. `undefined`:
   * somebody else was quicker.
   */
  async function write(seen: Stored<Member>, after: Member, at?: Date): Promise<MemberOutcome | undefined> {
    const { customerId, accountId } = seen.doc;
    if (isOwner(seen.doc) && !isOwner(after)) {
      const stepped = await ownership.stepDown(customerId, accountId);
      if (stepped !== 'written') return { kind: stepped === 'refused' ? 'last_owner' : 'not_found' };
    }
    if (isOwner(after)) await ownership.stepUp(customerId, accountId);
    try {
      await members.replace(seen, after, at);
    } catch (error) {
      if (error instanceof Stale) return undefined;
      throw error;
    }
    if (!isActiveMember(after)) await endAccess(accountId, customerId);
    return { kind: 'changed', before: seen.doc, after };
  }

  return {
    list,
    get: async (customerId: string, accountId: string): Promise<Member | undefined> =>
      (await members.get(idOf(customerId, accountId)))?.doc,

    /** Changes the role or the status of a member. */
    async change(
      customerId: string,
      accountId: string,
      change: { readonly role: Role } | { readonly status: 'active' | 'disabled' },
    ): Promise<MemberOutcome> {
      for (let attempt = 1; ; attempt += 1) {
        const seen = await members.get(idOf(customerId, accountId));
        if (!seen) return { kind: 'not_found' };
        const after = { ...seen.doc, ...change };
        const isSame = after.role === seen.doc.role && isActiveMember(after) === isActiveMember(seen.doc);
        if (isSame) return { kind: 'unchanged' };
        const outcome = await write(seen, after);
        if (outcome) return outcome;
        if (attempt === MAX_ATTEMPTS) throw new Stale('members', seen.id);
      }
    },

    /**
     * Ends the membership of somebody who goes by themselves. Nothing of it is left to be let back in: they come again
     * by an invitation that they accept.
     */
    async leave(customerId: string, accountId: string): Promise<MemberOutcome> {
      for (let attempt = 1; ; attempt += 1) {
        const seen = await members.get(idOf(customerId, accountId));
        if (!seen || !isActiveMember(seen.doc)) return { kind: 'not_found' };
        const outcome = await write(seen, { ...seen.doc, status: 'disabled' }, clock.now());
        if (outcome) return outcome;
        if (attempt === MAX_ATTEMPTS) throw new Stale('members', seen.id);
      }
    },

    /** Ends the last membership of a customer that is closed: there the last-owner rule has nothing to keep. */
    async leaveForGood(customerId: string, accountId: string): Promise<void> {
      const seen = await members.get(idOf(customerId, accountId));
      // A membership that is closed by two at once is closed: the last write says the same.
      if (seen && isActiveMember(seen.doc)) await members.put(seen.id, { ...seen.doc, status: 'disabled' });
      await endAccess(accountId, customerId);
    },

    /** Makes the account a member, or an active one again; who is one stays what they are. */
    async join(customerId: string, accountId: string, role: Role): Promise<Joining> {
      for (let attempt = 1; ; attempt += 1) {
        const seen = await members.get(idOf(customerId, accountId));
        if (seen && isActiveMember(seen.doc)) return { kind: 'joined', member: seen.doc };
        if (!seen && (await list(customerId)).length >= MOST_MEMBERS) return { kind: 'full' };
        const member: Member = { customerId, accountId, role, since: clock.now().toISOString() };
        if (role === 'owner') await ownership.stepUp(customerId, accountId);
        try {
          await (seen ? members.replace(seen, member) : members.insert(idOf(customerId, accountId), member));
          return { kind: 'joined', member };
        } catch (error) {
          const lostRace = error instanceof Stale || error instanceof Conflict;
          if (!lostRace || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },
  };
}

export type Members = ReturnType<typeof createMembers>;

// The last-owner rule: while a customer has members it has an owner. Who steps down is taken off a list in the one
// document of the customer by compare-and-swap, and only while somebody else on it is seen to own the customer; so of
// two owners who act at the same time one is refused, on whichever nodes they are.

import { Stale, type Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { isActiveMember, type Customers, type Member } from './customers.ts';
import { customerRows } from '../search/search-keys.ts';

const MAX_ATTEMPTS = 20;

export const isOwner = (member: Member | undefined): boolean =>
  member !== undefined && member.role === 'owner' && isActiveMember(member);

/** The owners of customers over the store. */
export function createOwnership(parts: { store: Store; customers: Pick<Customers, 'ownersOf'> }) {
  const { store, customers } = parts;
  const rows = customerRows(store);
  const members = store.collection(collections.members);

  /** Before anybody has stepped down the owners are those of the memberships. */
  const ownersOf = async (customerId: string): Promise<string[]> =>
    (await customers.ownersOf(customerId)).map(({ accountId }) => accountId);

  async function write(
    customerId: string,
    decide: (owners: readonly string[]) => Promise<readonly string[] | undefined>,
  ): Promise<'written' | 'refused' | 'gone'> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await rows.get(customerId);
      if (!seen) return 'gone';
      const owners = await decide(seen.doc.owners ?? (await ownersOf(customerId)));
      if (owners === undefined) return 'refused';
      try {
        await rows.replace(seen, { ...seen.doc, owners });
        return 'written';
      } catch (error) {
        if (!(error instanceof Stale) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  return {
    /** Before a membership becomes an owner's. On the list is nobody's proof: memberships are looked at, too. */
    stepUp: (customerId: string, accountId: string) =>
      write(customerId, (owners) => Promise.resolve([...new Set([...owners, accountId])])),

    /** Before a membership stops being an owner's; `refused` when nobody else would be left. */
    stepDown: (customerId: string, accountId: string) =>
      write(customerId, async (owners) => {
        const others = owners.filter((other) => other !== accountId);
        const found = await Promise.all(others.map((other) => members.get(`${customerId}:${other}`)));
        return found.some((other) => isOwner(other?.doc)) ? others : undefined;
      }),
  };
}

export type Ownership = ReturnType<typeof createOwnership>;

// Invitations as they are stored: which of them still stand, and how one is changed or taken away while others try the
// same.

import type { Clock } from '../../ports/clock.ts';
import { Stale, type Store, type Stored } from '../../ports/store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import { isActiveMember } from './customers.ts';
import type { Members } from './members.ts';
import type { Roles } from './roles.ts';

export type Invitation = {
  readonly customerId: string;
  readonly email: string;
  readonly emailKey: string;
  readonly role: string;
  readonly invitedBy: string;
  readonly locale: 'cs' | 'en';
  /** Hash of the secret of the latest mailed link. */
  readonly link: string;
  /** One invitation of a customer to an address at a time. */
  readonly slot: string;
  /** The account that is being made a member by it: nobody withdraws it any more. */
  readonly claimedBy?: string;
  /** ISO 8601, UTC. */
  readonly sentAt: string;
};
export type StoredInvitation = Stored<Invitation>;

/** Most invitations of a customer that wait at the same time. */
export const MOST_PENDING = 50;

/** Invitations over the store. */
export function createInvitationRows(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  members: Pick<Members, 'get'>;
  roles: Pick<Roles, 'may' | 'mayDecide'>;
}) {
  const { store, clock, accounts, members, roles } = parts;
  const invitations = store.collection(collections.invitations);

  const ofCustomer = (customerId: string): Promise<StoredInvitation[]> =>
    invitations.list({ key: 'customerId', value: customerId }, { limit: MOST_PENDING });

  /**
   * Whether it still stands: whoever invited may no more be the one to decide it, or has locked their account since, for
   * somebody else had acted in it. Sent again, it stands again.
   */
  async function stands({ customerId, invitedBy, role, sentAt }: Invitation): Promise<boolean> {
    const [inviter, account] = await Promise.all([
      members.get(customerId, invitedBy),
      accounts.get(invitedBy),
    ]);
    return (
      inviter !== undefined &&
      isActiveMember(inviter) &&
      roles.may(inviter.role, 'members:write') &&
      roles.mayDecide(inviter.role, role) &&
      account?.doc.status === 'active' &&
      (account.doc.lockedAt === undefined || account.doc.lockedAt < sentAt)
    );
  }

  const isVoid = async ({ doc }: StoredInvitation): Promise<boolean> =>
    doc.claimedBy === undefined && !(await stands(doc));

  /** Writes it as it was seen; `undefined` when somebody else was quicker. */
  async function rewrite(
    seen: StoredInvitation,
    doc: Invitation,
    expiresAt: Date | undefined,
  ): Promise<StoredInvitation | undefined> {
    try {
      return await invitations.replace(seen, doc, expiresAt);
    } catch (error) {
      if (error instanceof Stale) return undefined;
      throw error;
    }
  }

  /** Takes away what nobody has claimed meanwhile; what it was. */
  async function takeBack(
    find: () => Promise<StoredInvitation | undefined>,
  ): Promise<Invitation | undefined> {
    for (;;) {
      const seen = await find();
      if (!seen) return undefined;
      if (await rewrite(seen, seen.doc, clock.now())) return seen.doc;
    }
  }

  /** Takes away what stands no more: it is in nobody's way. */
  const clear = (id: string) =>
    takeBack(async () => {
      const seen = await invitations.get(id);
      return seen && (await isVoid(seen)) ? seen : undefined;
    });

  /** Whether another one may wait. What stands no more makes room when there is none left. */
  async function hasRoom(customerId: string): Promise<boolean> {
    const all = await ofCustomer(customerId);
    if (all.length < MOST_PENDING) return true;
    const cleared = await Promise.all(all.map(({ id }) => clear(id)));
    return cleared.some((one) => one !== undefined);
  }

  return {
    get: (id: string): Promise<StoredInvitation | undefined> => invitations.get(id),
    byLink: (link: string): Promise<StoredInvitation | undefined> => invitations.findOne('link', link),
    bySlot: (slot: string): Promise<StoredInvitation | undefined> => invitations.findOne('slot', slot),
    ofCustomer,
    ofEmail: (emailKey: string): Promise<StoredInvitation[]> =>
      invitations.list({ key: 'emailKey', value: emailKey }, { limit: MOST_PENDING }),
    /** Throws `Conflict` when one of the customer waits for the address already. */
    insert: (id: string, doc: Invitation, expiresAt: Date): Promise<StoredInvitation> =>
      invitations.insert(id, doc, expiresAt),
    /** Reads and deletes it; one caller wins. */
    take: (id: string): Promise<StoredInvitation | undefined> => invitations.take(id),
    rewrite,
    takeBack,
    stands,
    isVoid,
    clear,
    hasRoom,
  };
}

export type InvitationRows = ReturnType<typeof createInvitationRows>;

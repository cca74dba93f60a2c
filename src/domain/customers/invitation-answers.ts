// The answer to an invitation (S21, S22): what whom it is for is shown of it, and how they take it or turn it down.

import { digest } from '../../lib/digest.ts';
import { displayName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import type { Customers, Member } from './customers.ts';
import type { Invitation, InvitationRows, StoredInvitation } from './invitation-rows.ts';
import type { Members } from './members.ts';
import type { RoleFace, Roles } from './roles.ts';

export type Accepting =
  | { readonly kind: 'accepted'; readonly invitation: Invitation; readonly member: Member }
  | { readonly kind: 'over' }
  | { readonly kind: 'full' };

/** An invitation as whom it is for sees it. */
export type ShownInvitation = {
  readonly id: string;
  readonly email: string;
  readonly customer: { readonly name: string; readonly number: string };
  readonly inviter: string;
  readonly role: RoleFace;
  readonly until: Date | undefined;
};

/** An invitation as a registration carries it. */
export type FoundInvitation = {
  readonly id: string;
  readonly customerId: string;
  readonly emailKey: string;
  /** Hash of the secret of the link that it was found by. */
  readonly link: string;
};

/** Answers to the invitations that are stored. */
export function createInvitationAnswers(parts: {
  rows: InvitationRows;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'get'>;
  members: Pick<Members, 'join'>;
  roles: Pick<Roles, 'face'>;
}) {
  const { rows, accounts, customers, members, roles } = parts;
  const { stands, rewrite, takeBack } = rows;

  async function shown(
    { id, doc, expiresAt }: StoredInvitation,
    locale: 'cs' | 'en',
  ): Promise<ShownInvitation | undefined> {
    if (doc.claimedBy !== undefined || !(await stands(doc))) return undefined;
    const [customer, inviter] = await Promise.all([
      customers.get(doc.customerId),
      accounts.get(doc.invitedBy),
    ]);
    if (!customer || !inviter) return undefined;
    const { name, number } = customer.doc;
    return {
      id,
      email: doc.email,
      customer: { name, number },
      inviter: displayName(inviter.doc),
      role: roles.face(doc.role, locale),
      until: expiresAt,
    };
  }

  const isFor = ({ emailKey }: Invitation, { doc }: StoredAccount): boolean =>
    doc.status === 'active' && doc.emailVerified && doc.emailKey === emailKey;

  /**
   * Puts it aside for the account, if it is for it and still stands. From here on it cannot be withdrawn, and whoever is
   * cut off goes on with it.
   */
  async function claim(id: string, account: StoredAccount): Promise<StoredInvitation | undefined> {
    for (;;) {
      const seen = await rows.get(id);
      if (!seen || !isFor(seen.doc, account)) return undefined;
      if (seen.doc.claimedBy !== undefined) return seen.doc.claimedBy === account.id ? seen : undefined;
      if (!(await stands(seen.doc))) return undefined;
      const claimed = await rewrite(seen, { ...seen.doc, claimedBy: account.id }, seen.expiresAt);
      if (claimed) return claimed;
    }
  }

  return {
    /** What the link in the mail stands for; nothing is used up. */
    async peek(secret: string, locale: 'cs' | 'en'): Promise<ShownInvitation | undefined> {
      const found = await rows.byLink(digest(secret));
      return found && shown(found, locale);
    },

    /** What a registration takes with it from the link; `undefined` when it stands no more. */
    async find(secret: string): Promise<FoundInvitation | undefined> {
      const link = digest(secret);
      const found = await rows.byLink(link);
      if (!found || found.doc.claimedBy !== undefined || !(await stands(found.doc))) return undefined;
      const { customerId, emailKey } = found.doc;
      return { id: found.id, customerId, emailKey, link };
    },

    /** Whether it is still as it was found: neither taken nor withdrawn, nor sent with another link. */
    async isAsFound({ id, link, emailKey }: FoundInvitation): Promise<boolean> {
      const seen = await rows.get(id);
      if (!seen || seen.doc.claimedBy !== undefined) return false;
      return seen.doc.link === link && seen.doc.emailKey === emailKey && stands(seen.doc);
    },

    /** Those that wait for the account; for none whose address is not verified. */
    async waitingFor(account: StoredAccount, locale: 'cs' | 'en'): Promise<ShownInvitation[]> {
      if (!account.doc.emailVerified) return [];
      const found = await rows.ofEmail(account.doc.emailKey);
      return (await Promise.all(found.map((one) => shown(one, locale)))).flatMap((one) => one ?? []);
    },

    /** Uses it up: of many at once one makes the membership. */
    async accept(id: string, account: StoredAccount): Promise<Accepting> {
      const claimed = await claim(id, account);
      if (!claimed) return { kind: 'over' };
      const { customerId, role } = claimed.doc;
      const joining = await members.join(customerId, account.id, role);
      if (joining.kind === 'full') {
        const { claimedBy: _claimedBy, ...doc } = claimed.doc;
        await rewrite(claimed, doc, claimed.expiresAt);
        return joining;
      }
      const taken = await rows.take(id);
      return taken ? { kind: 'accepted', invitation: taken.doc, member: joining.member } : { kind: 'over' };
    },

    /** Whom it is for does not want it; whether it was there. */
    async decline(id: string, account: StoredAccount): Promise<boolean> {
      const taken = await takeBack(async () => {
        const seen = await rows.get(id);
        return seen && isFor(seen.doc, account) && seen.doc.claimedBy === undefined ? seen : undefined;
      });
      return taken !== undefined;
    },
  };
}

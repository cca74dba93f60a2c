// Invitations (S21, S22): an owner asks somebody in by e-mail and role. An invitation is for an address and no browser:
// it is taken only by an account whose verified address that is. Nothing here depends on whether the address has an
// account, so the inviter learns nothing of it.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomToken, timeOrderedId } from '../../lib/random.ts';
import { comparableName, displayName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import { readEmail } from '../accounts/email-addresses.ts';
import { collections } from '../collections.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import { isActiveMember, type Customers, type Member } from './customers.ts';
import { createInvitationLetters, type Inviter } from './invitation-letters.ts';
import type { Members } from './members.ts';
import type { RoleFace, Roles } from './roles.ts';

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
/** One that waits, and whether whom it is for could take it now. */
export type WaitingInvitation = StoredInvitation & { readonly isValid: boolean };

/** How long an invitation waits, in seconds (features.md, "link lives"). */
export const INVITATION_LIFE_SECONDS = 7 * 86_400;
/** Most invitations of a customer that wait at the same time. */
export const MOST_PENDING = 50;

/** Each problem is a locale key under `account.invite.problem`. */
export type Inviting =
  | { readonly kind: 'sent'; readonly invitation: StoredInvitation }
  | { readonly kind: 'refused'; readonly problem: 'no_email' | 'no_role' | 'member' | 'pending' | 'limit' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

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

/** Invitations over the store. */
export function createInvitations(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'get'>;
  members: Members;
  roles: Roles;
  quotas: Quotas;
  letters: Pick<Letters, 'toAddress' | 'url'>;
}) {
  const { store, clock, accounts, customers, members, roles } = parts;
  const { spend, mail } = createInvitationLetters(parts);
  const invitations = store.collection(collections.invitations);

  const endsAt = () => new Date(clock.now().getTime() + INVITATION_LIFE_SECONDS * 1000);

  async function isMember(customerId: string, emailKey: string): Promise<boolean> {
    const active = (await members.list(customerId)).filter(isActiveMember);
    const found = await Promise.all(active.map(({ accountId }) => accounts.get(accountId)));
    return found.some((account) => account?.doc.emailKey === emailKey);
  }

  /**
   * Whether it still stands: whoever invited may no more be the one to decide it, or has locked their account since, for
   * somebody else had acted in it. Sent again, it stands again.
   */
  async function stands({ customerId, invitedBy, sentAt }: Invitation): Promise<boolean> {
    const [inviter, account] = await Promise.all([
      members.get(customerId, invitedBy),
      accounts.get(invitedBy),
    ]);
    return (
      inviter !== undefined &&
      isActiveMember(inviter) &&
      roles.may(inviter.role, 'members:write') &&
      account?.doc.status === 'active' &&
      (account.doc.lockedAt === undefined || account.doc.lockedAt < sentAt)
    );
  }

  async function shown({ id, doc, expiresAt }: StoredInvitation, locale: 'cs' | 'en') {
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

  /** Of one customer alone: an id of others is as good as none. */
  async function ofCustomer(customerId: string, id: string): Promise<StoredInvitation | undefined> {
    const found = await invitations.get(id);
    return found?.doc.customerId === customerId && found.doc.claimedBy === undefined ? found : undefined;
  }

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

  /**
   * Puts it aside for the account, if it is for it and still stands. From here on it cannot be withdrawn, and whoever is
   * cut off goes on with it.
   */
  async function claim(id: string, account: StoredAccount): Promise<StoredInvitation | undefined> {
    for (;;) {
      const seen = await invitations.get(id);
      if (!seen || !isFor(seen.doc, account)) return undefined;
      if (seen.doc.claimedBy !== undefined) return seen.doc.claimedBy === account.id ? seen : undefined;
      if (!(await stands(seen.doc))) return undefined;
      const claimed = await rewrite(seen, { ...seen.doc, claimedBy: account.id }, seen.expiresAt);
      if (claimed) return claimed;
    }
  }

  const ofAll = (customerId: string): Promise<StoredInvitation[]> =>
    invitations.list({ key: 'customerId', value: customerId }, { limit: MOST_PENDING });

  const isVoid = async ({ doc }: StoredInvitation): Promise<boolean> =>
    doc.claimedBy === undefined && !(await stands(doc));

  /** Takes away what stands no more: it is in nobody's way. */
  const clear = (id: string) =>
    takeBack(async () => {
      const seen = await invitations.get(id);
      return seen && (await isVoid(seen)) ? seen : undefined;
    });

  /** Whether another one may wait. What stands no more makes room when there is none left. */
  async function hasRoom(customerId: string): Promise<boolean> {
    const all = await ofAll(customerId);
    if (all.length < MOST_PENDING) return true;
    const cleared = await Promise.all(all.map(({ id }) => clear(id)));
    return cleared.some((one) => one !== undefined);
  }

  return {
    get: (id: string): Promise<StoredInvitation | undefined> => invitations.get(id),

    /** Those of a customer that wait, oldest first; what stands no more, too, for it can be sent again. */
    async list(customerId: string): Promise<WaitingInvitation[]> {
      const waiting = (await ofAll(customerId)).filter(({ doc }) => doc.claimedBy === undefined);
      return Promise.all(waiting.map(async (one) => ({ ...one, isValid: await stands(one.doc) })));
    },

    /** Invites an address. */
    async invite(
      customerId: string,
      { email: typed, role }: { email: string; role: string },
      inviter: Inviter,
    ): Promise<Inviting> {
      const read = readEmail(typed.toWellFormed());
      if ('problem' in read) return { kind: 'refused', problem: 'no_email' };
      if (!roles.names.includes(role)) return { kind: 'refused', problem: 'no_role' };
      const emailKey = comparableName(read.email);
      if (await isMember(customerId, emailKey)) return { kind: 'refused', problem: 'member' };
      const slot = `${customerId}:${digest(emailKey)}`;
      const before = await invitations.findOne('slot', slot);
      if (before && !(await isVoid(before))) return { kind: 'refused', problem: 'pending' };
      if (!(await hasRoom(customerId))) return { kind: 'refused', problem: 'limit' };
      const wait = await spend(customerId, emailKey, inviter);
      if (wait > 0) return { kind: 'throttled', retryAfterSeconds: wait };
      if (before) await clear(before.id);
      const secret = randomToken();
      const [now, expiresAt] = [clock.now(), endsAt()];
      try {
        const invitation = await invitations.insert(
          timeOrderedId(now),
          {
            customerId,
            email: read.email,
            emailKey,
            role,
            invitedBy: inviter.account.id,
            locale: inviter.locale,
            link: digest(secret),
            slot,
            sentAt: now.toISOString(),
          },
          expiresAt,
        );
        await mail(invitation, displayName(inviter.account.doc), secret, expiresAt);
        return { kind: 'sent', invitation };
      } catch (error) {
        if (error instanceof Conflict) return { kind: 'refused', problem: 'pending' };
        throw error;
      }
    },

    /** Mails it once more, with a new link and a new term; the link before is void. */
    async resend(
      customerId: string,
      id: string,
      inviter: Inviter,
    ): Promise<'sent' | 'over' | { readonly retryAfterSeconds: number }> {
      const found = await ofCustomer(customerId, id);
      if (!found) return 'over';
      const wait = await spend(customerId, found.doc.emailKey, inviter);
      if (wait > 0) return { retryAfterSeconds: wait };
      const secret = randomToken();
      const expiresAt = endsAt();
      const { doc } = found;
      const sentAt = clock.now().toISOString();
      const fresh = { ...doc, invitedBy: inviter.account.id, link: digest(secret), sentAt };
      const renewed = await rewrite(found, fresh, expiresAt);
      if (!renewed) return 'over';
      await mail(renewed, displayName(inviter.account.doc), secret, expiresAt);
      return 'sent';
    },

    /** Takes it back; what it was, or `undefined` when it was over already. */
    withdraw: (customerId: string, id: string): Promise<Invitation | undefined> =>
      takeBack(() => ofCustomer(customerId, id)),

    /** What the link in the mail stands for; nothing is used up. */
    async peek(secret: string, locale: 'cs' | 'en'): Promise<ShownInvitation | undefined> {
      const found = await invitations.findOne('link', digest(secret));
      return found && shown(found, locale);
    },

    /** What a registration takes with it from the link; `undefined` when it stands no more. */
    async find(secret: string): Promise<FoundInvitation | undefined> {
      const link = digest(secret);
      const found = await invitations.findOne('link', link);
      if (!found || found.doc.claimedBy !== undefined || !(await stands(found.doc))) return undefined;
      const { customerId, emailKey } = found.doc;
      return { id: found.id, customerId, emailKey, link };
    },

    /** Whether it is still as it was found: neither taken nor withdrawn, nor sent with another link. */
    async isAsFound({ id, link, emailKey }: FoundInvitation): Promise<boolean> {
      const seen = await invitations.get(id);
      if (!seen || seen.doc.claimedBy !== undefined) return false;
      return seen.doc.link === link && seen.doc.emailKey === emailKey && stands(seen.doc);
    },

    /** Those that wait for the account; for none whose address is not verified. */
    async waitingFor(account: StoredAccount, locale: 'cs' | 'en'): Promise<ShownInvitation[]> {
      if (!account.doc.emailVerified) return [];
      const found = await invitations.list(
        { key: 'emailKey', value: account.doc.emailKey },
        { limit: MOST_PENDING },
      );
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
      const taken = await invitations.take(id);
      return taken ? { kind: 'accepted', invitation: taken.doc, member: joining.member } : { kind: 'over' };
    },

    /** Whom it is for does not want it; whether it was there. */
    async decline(id: string, account: StoredAccount): Promise<boolean> {
      const taken = await takeBack(async () => {
        const seen = await invitations.get(id);
        return seen && isFor(seen.doc, account) && seen.doc.claimedBy === undefined ? seen : undefined;
      });
      return taken !== undefined;
    },
  };
}

export type Invitations = ReturnType<typeof createInvitations>;

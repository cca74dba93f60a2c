// Invitations (S21, S22): an owner asks somebody in by e-mail and role. An invitation is for an address and no browser:
// it is taken only by an account whose verified address that is. Nothing here depends on whether the address has an
// account, so the inviter learns nothing of it.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomToken, timeOrderedId } from '../../lib/random.ts';
import { comparableName, displayName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import { readEmail } from '../accounts/email-addresses.ts';
import { collections } from '../collections.ts';
import { originOf, type Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import { isActiveMember, type Customers, type Member } from './customers.ts';
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
  /** ISO 8601, UTC. */
  readonly sentAt: string;
};
export type StoredInvitation = Stored<Invitation>;

/** How long an invitation waits, in seconds (features.md, "link lives"). */
export const INVITATION_LIFE_SECONDS = 7 * 86_400;
/** How many mails go out: for one customer, from one inviter, to one address, from one network. */
export const invitationQuotas = {
  customer: { limit: 30, windowSeconds: 86_400 },
  inviter: { limit: 30, windowSeconds: 86_400 },
  target: { limit: 3, windowSeconds: 86_400 },
  network: { limit: 60, windowSeconds: 86_400 },
} as const;
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

/** Who invites, and from where. */
export type Inviter = {
  readonly account: StoredAccount;
  readonly locale: 'cs' | 'en';
  readonly address: string | undefined;
};

/** An invitation as whom it is for sees it. */
export type ShownInvitation = {
  readonly id: string;
  readonly email: string;
  readonly customer: { readonly name: string; readonly number: string };
  readonly inviter: string;
  readonly role: RoleFace;
  readonly until: Date | undefined;
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
  const { store, clock, accounts, customers, members, roles, quotas, letters } = parts;
  const invitations = store.collection(collections.invitations);

  const spend = (customerId: string, emailKey: string, { account, address }: Inviter): Promise<number> =>
    quotas.spend([
      { id: `invitations:customer:${customerId}`, ...invitationQuotas.customer },
      { id: `invitations:inviter:${account.id}`, ...invitationQuotas.inviter },
      { id: `invitations:target:${digest(emailKey)}`, ...invitationQuotas.target },
      { id: `invitations:network:${originOf(address)}`, ...invitationQuotas.network },
    ]);

  const endsAt = () => new Date(clock.now().getTime() + INVITATION_LIFE_SECONDS * 1000);

  async function mail({ doc }: StoredInvitation, inviter: string, secret: string, expiresAt: Date) {
    const customer = await customers.get(doc.customerId);
    if (!customer) return;
    await letters.toAddress(
      doc.email,
      'account',
      'invitation',
      {
        customer: { name: customer.doc.name, number: customer.doc.number },
        inviter,
        role: roles.face(doc.role, doc.locale),
        url: letters.url(`/invitation/${secret}`),
        expiresAt,
      },
      doc.locale,
    );
  }

  async function isMember(customerId: string, emailKey: string): Promise<boolean> {
    const active = (await members.list(customerId)).filter(isActiveMember);
    const found = await Promise.all(active.map(({ accountId }) => accounts.get(accountId)));
    return found.some((account) => account?.doc.emailKey === emailKey);
  }

  /** Whether it still stands: whoever invited may no more be the one to decide it. */
  async function stands({ customerId, invitedBy }: Invitation): Promise<boolean> {
    const [inviter, account] = await Promise.all([
      members.get(customerId, invitedBy),
      accounts.get(invitedBy),
    ]);
    return (
      inviter !== undefined &&
      isActiveMember(inviter) &&
      roles.may(inviter.role, 'members:write') &&
      account?.doc.status === 'active'
    );
  }

  async function shown({ id, doc, expiresAt }: StoredInvitation, locale: 'cs' | 'en') {
    if (!(await stands(doc))) return undefined;
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
    return found?.doc.customerId === customerId ? found : undefined;
  }

  return {
    /** Those of a customer that wait, oldest first. */
    list: (customerId: string): Promise<StoredInvitation[]> =>
      invitations.list({ key: 'customerId', value: customerId }, { limit: MOST_PENDING }),

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
      if (await invitations.findOne('slot', slot)) return { kind: 'refused', problem: 'pending' };
      const pending = await invitations.list(
        { key: 'customerId', value: customerId },
        { limit: MOST_PENDING },
      );
      if (pending.length >= MOST_PENDING) return { kind: 'refused', problem: 'limit' };
      const wait = await spend(customerId, emailKey, inviter);
      if (wait > 0) return { kind: 'throttled', retryAfterSeconds: wait };
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
      const renewed = await invitations.replace(
        found,
        {
          ...found.doc,
          invitedBy: inviter.account.id,
          link: digest(secret),
          sentAt: clock.now().toISOString(),
        },
        expiresAt,
      );
      await mail(renewed, displayName(inviter.account.doc), secret, expiresAt);
      return 'sent';
    },

    /** Takes it back; what it was, or `undefined` when it was over already. */
    async withdraw(customerId: string, id: string): Promise<Invitation | undefined> {
      return (await ofCustomer(customerId, id)) && (await invitations.take(id))?.doc;
    },

    /** What the link in the mail stands for; nothing is used up. */
    async peek(secret: string, locale: 'cs' | 'en'): Promise<ShownInvitation | undefined> {
      const found = await invitations.findOne('link', digest(secret));
      return found && shown(found, locale);
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
      const seen = await invitations.get(id);
      if (!seen || !isFor(seen.doc, account) || !(await stands(seen.doc))) return { kind: 'over' };
      const taken = await invitations.take(id);
      if (!taken || !isFor(taken.doc, account)) return { kind: 'over' };
      const { customerId, role } = taken.doc;
      const joining = await members.join(customerId, account.id, role);
      if (joining.kind === 'full') {
        await invitations.put(id, taken.doc, taken.expiresAt);
        return joining;
      }
      return { kind: 'accepted', invitation: taken.doc, member: joining.member };
    },

    /** Whom it is for does not want it; whether it was there. */
    async decline(id: string, account: StoredAccount): Promise<boolean> {
      const seen = await invitations.get(id);
      return seen !== undefined && isFor(seen.doc, account) && (await invitations.take(id)) !== undefined;
    },
  };
}

export type Invitations = ReturnType<typeof createInvitations>;

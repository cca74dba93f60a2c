// Invitations (S21, S22): an owner asks somebody in by e-mail and role. An invitation is for an address and no browser:
// it is taken only by an account whose verified address that is. Nothing here depends on whether the address has an
// account, so the inviter learns nothing of it.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomToken, timeOrderedId } from '../../lib/random.ts';
import { comparableName, displayName, type Accounts } from '../accounts/accounts.ts';
import { readEmail } from '../accounts/email-addresses.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import { isActiveMember, type Customers } from './customers.ts';
import { createInvitationAnswers } from './invitation-answers.ts';
import { createInvitationLetters, type Inviter } from './invitation-letters.ts';
import { createInvitationRows, type Invitation, type StoredInvitation } from './invitation-rows.ts';
import type { Members } from './members.ts';
import type { Roles } from './roles.ts';

/** One that waits, and whether whom it is for could take it now. */
export type WaitingInvitation = StoredInvitation & { readonly isValid: boolean };

/** How long an invitation waits, in seconds (features.md, "link lives"). */
const INVITATION_LIFE_SECONDS = 7 * 86_400;

/** Each problem is a locale key under `account.invite.problem`. */
export type Inviting =
  | { readonly kind: 'sent'; readonly invitation: StoredInvitation }
  | { readonly kind: 'refused'; readonly problem: 'no_email' | 'no_role' | 'member' | 'pending' | 'limit' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

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
  const { clock, accounts, members, roles } = parts;
  const { spend, mail } = createInvitationLetters(parts);
  const rows = createInvitationRows(parts);

  const endsAt = () => new Date(clock.now().getTime() + INVITATION_LIFE_SECONDS * 1000);

  async function isMember(customerId: string, emailKey: string): Promise<boolean> {
    const active = (await members.list(customerId)).filter(isActiveMember);
    const found = await Promise.all(active.map(({ accountId }) => accounts.get(accountId)));
    return found.some((account) => account?.doc.emailKey === emailKey);
  }

  /** Of one customer alone: an id of others is as good as none. */
  async function ownOf(customerId: string, id: string): Promise<StoredInvitation | undefined> {
    const found = await rows.get(id);
    return found?.doc.customerId === customerId && found.doc.claimedBy === undefined ? found : undefined;
  }

  return {
    ...createInvitationAnswers({ ...parts, rows }),
    get: rows.get,

    /** Those of a customer that wait, oldest first; what stands no more, too, for it can be sent again. */
    async list(customerId: string): Promise<WaitingInvitation[]> {
      const waiting = (await rows.ofCustomer(customerId)).filter(({ doc }) => doc.claimedBy === undefined);
      return Promise.all(waiting.map(async (one) => ({ ...one, isValid: await rows.stands(one.doc) })));
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
      const before = await rows.bySlot(slot);
      if (before && !(await rows.isVoid(before))) return { kind: 'refused', problem: 'pending' };
      if (!(await rows.hasRoom(customerId))) return { kind: 'refused', problem: 'limit' };
      const wait = await spend(customerId, emailKey, inviter);
      if (wait > 0) return { kind: 'throttled', retryAfterSeconds: wait };
      if (before) await rows.clear(before.id);
      const secret = randomToken();
      const [now, expiresAt] = [clock.now(), endsAt()];
      try {
        const invitation = await rows.insert(
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
      const found = await ownOf(customerId, id);
      if (!found) return 'over';
      const wait = await spend(customerId, found.doc.emailKey, inviter);
      if (wait > 0) return { retryAfterSeconds: wait };
      const secret = randomToken();
      const expiresAt = endsAt();
      const { doc } = found;
      const sentAt = clock.now().toISOString();
      const fresh = { ...doc, invitedBy: inviter.account.id, link: digest(secret), sentAt };
      const renewed = await rows.rewrite(found, fresh, expiresAt);
      if (!renewed) return 'over';
      await mail(renewed, displayName(inviter.account.doc), secret, expiresAt);
      return 'sent';
    },

    /** Takes it back; what it was, or `undefined` when it was over already. */
    withdraw: (customerId: string, id: string): Promise<Invitation | undefined> =>
      rows.takeBack(() => ownOf(customerId, id)),
  };
}

export type Invitations = ReturnType<typeof createInvitations>;

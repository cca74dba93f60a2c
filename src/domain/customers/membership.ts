// What members do to a membership, written down and told: inviting, joining, changing roles, disabling. Pages and the
// operators' functions go this way; only the act itself is in `members.ts` and `invitations.ts`.

import { displayName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { Unfinished } from '../unfinished.ts';
import type { CustomerAct, CustomerNotice, CustomerNotices } from './customer-notices.ts';
import type { Inviter } from './invitation-letters.ts';
import type { Accepting } from './invitation-answers.ts';
import type { Invitations, Inviting } from './invitations.ts';
import { isActiveMember, type Member } from './customers.ts';
import type { MemberOutcome, Members } from './members.ts';

/** Who acts: the actor for the log, and a name for the letters. */
export type Doer = { readonly actor: Actor; readonly name: string };

export const doerOf = (account: StoredAccount): Doer => ({
  actor: { kind: 'person', accountId: account.id },
  name: displayName(account.doc),
});

/** An invitation that somebody takes, and the membership that comes of it. */
type Joining = Pick<Member, 'customerId' | 'accountId' | 'role'> & { readonly invitationId: string };

/** Acts over memberships. */
export function createMembership(parts: {
  accounts: Pick<Accounts, 'get'>;
  members: Members;
  invitations: Invitations;
  customerNotices: CustomerNotices;
  audit: Pick<Audit, 'record'>;
  unfinished: Unfinished;
}) {
  const { accounts, members, invitations, customerNotices, audit, unfinished } = parts;

  const isMember = async (customerId: string, accountId: string): Promise<boolean> => {
    const member = await members.get(customerId, accountId);
    return member !== undefined && isActiveMember(member);
  };

  const tellJoined = (account: StoredAccount, { customerId, role }: Pick<Member, 'customerId' | 'role'>) => {
    const { actor, name } = doerOf(account);
    return customerNotices.record({
      event: { action: 'member.joined', actor, accountId: account.id, customerId, after: { role } },
      notice: { change: 'member_joined', by: name, accountId: account.id, role },
    });
  };

  const joining = unfinished.kind<Joining>(
    'joining',
    async ({ invitationId, customerId, accountId, role }) => {
      const account = await accounts.get(accountId);
      if (!account) return;
      const outcome = await invitations.accept(invitationId, account);
      if (outcome.kind === 'accepted') await tellJoined(account, outcome.member);
      else if (await isMember(customerId, accountId)) await tellJoined(account, { customerId, role });
    },
  );

  async function accept(id: string, account: StoredAccount): Promise<Accepting> {
    const seen = await invitations.get(id);
    if (!seen) return { kind: 'over' };
    const { customerId, role } = seen.doc;
    return joining({ invitationId: id, customerId, accountId: account.id, role }, async () => {
      const outcome = await invitations.accept(id, account);
      if (outcome.kind === 'accepted') await tellJoined(account, outcome.member);
      return outcome;
    });
  }

  return {
    async invite(
      customerId: string,
      wanted: { email: string; role: string },
      inviter: Inviter,
    ): Promise<Inviting> {
      const { actor, name } = doerOf(inviter.account);
      const actOf = ({ email, role }: { email: string; role: string }): CustomerAct => ({
        event: { action: 'member.invited', actor, customerId, after: { email, role } },
        notice: { change: 'member_invited', by: name, whom: email, role, ...doneWith(actor) },
      });
      return customerNotices.keep(actOf(wanted), async (tell) => {
        const outcome = await invitations.invite(customerId, wanted, inviter);
        if (outcome.kind === 'sent') await tell(actOf(outcome.invitation.doc));
        return outcome;
      });
    },

    async withdraw(customerId: string, id: string, { actor }: Doer): Promise<boolean> {
      const taken = await invitations.withdraw(customerId, id);
      if (!taken) return false;
      const { email, role } = taken;
      await audit.record({
        action: 'member.invitation_withdrawn',
        actor,
        customerId,
        before: { email, role },
      });
      return true;
    },

    accept,

    /**
     * Makes somebody a member who has registered by an invitation; whether they are one. As often as it is asked, and
     * wherever it was cut off before, it comes to the same.
     */
    async admit(invited: { id: string; customerId: string }, account: StoredAccount): Promise<boolean> {
      const outcome = await accept(invited.id, account);
      return outcome.kind === 'accepted' || isMember(invited.customerId, account.id);
    },

    /** Changes a role. */
    changeRole(
      customerId: string,
      accountId: string,
      role: string,
      { actor, name }: Doer,
    ): Promise<MemberOutcome> {
      const act: CustomerAct = {
        event: { action: 'member.role_changed', actor, accountId, customerId, after: { role } },
        notice: { change: 'member_role_changed', by: name, accountId, role, ...doneWith(actor) },
      };
      return customerNotices.keep(act, async (tell) => {
        const outcome = await members.change(customerId, accountId, { role });
        if (outcome.kind === 'changed')
          await tell({ ...act, event: { ...act.event, before: { role: outcome.before.role } } });
        return outcome;
      });
    },

    /** Somebody goes by themselves. */
    leave(customerId: string, account: StoredAccount): Promise<MemberOutcome> {
      const { actor, name } = doerOf(account);
      const { id: accountId } = account;
      const act: CustomerAct = {
        event: { action: 'member.left', actor, accountId, customerId },
        notice: { change: 'member_left', by: name, accountId, doneWith: accountId },
      };
      return customerNotices.keep(act, async (tell) => {
        const outcome = await members.leave(customerId, accountId);
        if (outcome.kind !== 'changed') return outcome;
        const { role } = outcome.before;
        await tell({ event: { ...act.event, before: { role } }, notice: { ...act.notice, role } });
        return outcome;
      });
    },

    /** Disables a member, or lets them back in. */
    setStatus(
      customerId: string,
      accountId: string,
      status: 'active' | 'disabled',
      { actor, name }: Doer,
    ): Promise<MemberOutcome> {
      const isOff = status === 'disabled';
      const act: CustomerAct = {
        event: {
          action: isOff ? 'member.disabled' : 'member.enabled',
          actor,
          accountId,
          customerId,
        },
        notice: {
          change: isOff ? 'member_disabled' : 'member_enabled',
          by: name,
          accountId,
          ...doneWith(actor),
        },
      };
      return customerNotices.keep(act, async (tell) => {
        const outcome = await members.change(customerId, accountId, { status });
        if (outcome.kind === 'changed')
          await tell({ ...act, notice: { ...act.notice, role: outcome.after.role } });
        return outcome;
      });
    },
  };
}

export type Membership = ReturnType<typeof createMembership>;

/** Whose account it was done with, where it was a person and not staff. */
const doneWith = (actor: Actor): Pick<CustomerNotice, 'doneWith'> =>
  actor.kind === 'person' ? { doneWith: actor.accountId } : {};

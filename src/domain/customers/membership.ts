// What members do to a membership, written down and told: inviting, joining, changing roles, disabling. Pages and the
// operators' functions go this way; only the act itself is in `members.ts` and `invitations.ts`.

import { displayName, type StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { CustomerNotices } from './customer-notices.ts';
import type { Inviter } from './invitation-letters.ts';
import type { Accepting, Invitations, Inviting } from './invitations.ts';
import { isActiveMember } from './customers.ts';
import type { MemberOutcome, Members } from './members.ts';

/** Who acts: the actor for the log, and a name for the letters. */
export type Doer = { readonly actor: Actor; readonly name: string };

export const doerOf = (account: StoredAccount): Doer => ({
  actor: { kind: 'person', accountId: account.id },
  name: displayName(account.doc),
});

/** Acts over memberships. */
export function createMembership(parts: {
  members: Members;
  invitations: Invitations;
  customerNotices: CustomerNotices;
  audit: Pick<Audit, 'record'>;
}) {
  const { members, invitations, customerNotices, audit } = parts;

  async function accept(id: string, account: StoredAccount): Promise<Accepting> {
    const outcome = await invitations.accept(id, account);
    if (outcome.kind !== 'accepted') return outcome;
    const { customerId, role } = outcome.member;
    const { actor, name } = doerOf(account);
    await audit.record({
      action: 'member.joined',
      actor,
      accountId: account.id,
      customerId,
      after: { role },
    });
    await customerNotices.tell(customerId, {
      change: 'member_joined',
      by: name,
      accountId: account.id,
      role,
    });
    return outcome;
  }

  return {
    async invite(
      customerId: string,
      wanted: { email: string; role: string },
      inviter: Inviter,
    ): Promise<Inviting> {
      const outcome = await invitations.invite(customerId, wanted, inviter);
      if (outcome.kind !== 'sent') return outcome;
      const { actor, name } = doerOf(inviter.account);
      const { email, role } = outcome.invitation.doc;
      await audit.record({ action: 'member.invited', actor, customerId, after: { email, role } });
      await customerNotices.tell(customerId, { change: 'member_invited', by: name, whom: email, role });
      return outcome;
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
      if (outcome.kind === 'accepted') return true;
      const member = await members.get(invited.customerId, account.id);
      return member !== undefined && isActiveMember(member);
    },

    /** Changes a role. */
    async changeRole(
      customerId: string,
      accountId: string,
      role: string,
      { actor, name }: Doer,
    ): Promise<MemberOutcome> {
      const outcome = await members.change(customerId, accountId, { role });
      if (outcome.kind !== 'changed') return outcome;
      const before = { role: outcome.before.role };
      await audit.record({
        action: 'member.role_changed',
        actor,
        accountId,
        customerId,
        before,
        after: { role },
      });
      await customerNotices.tell(customerId, { change: 'member_role_changed', by: name, accountId, role });
      return outcome;
    },

    /** Somebody goes by themselves. */
    async leave(customerId: string, account: StoredAccount): Promise<MemberOutcome> {
      const outcome = await members.leave(customerId, account.id);
      if (outcome.kind !== 'changed') return outcome;
      const { actor, name } = doerOf(account);
      const { role } = outcome.before;
      await audit.record({
        action: 'member.left',
        actor,
        accountId: account.id,
        customerId,
        before: { role },
      });
      await customerNotices.tell(customerId, {
        change: 'member_left',
        by: name,
        accountId: account.id,
        doneWith: account.id,
        role,
      });
      return outcome;
    },

    /** Disables a member, or lets them back in. */
    async setStatus(
      customerId: string,
      accountId: string,
      status: 'active' | 'disabled',
      { actor, name }: Doer,
    ): Promise<MemberOutcome> {
      const outcome = await members.change(customerId, accountId, { status });
      if (outcome.kind !== 'changed') return outcome;
      const action = status === 'disabled' ? 'member.disabled' : 'member.enabled';
      await audit.record({ action, actor, accountId, customerId });
      const change = status === 'disabled' ? 'member_disabled' : 'member_enabled';
      await customerNotices.tell(customerId, { change, by: name, accountId, role: outcome.after.role });
      return outcome;
    },
  };
}

export type Membership = ReturnType<typeof createMembership>;

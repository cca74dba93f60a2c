// Members of the customer (S20–S24): who they are, inviting, changing roles, disabling. What changes anything asks for
// the password.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import { displayName } from '../../src/domain/accounts/accounts.ts';
import { isActiveMember, type Member } from '../../src/domain/customers/customers.ts';
import type { Invitations } from '../../src/domain/customers/invitations.ts';
import type { Members } from '../../src/domain/customers/members.ts';
import { doerOf, type Membership } from '../../src/domain/customers/membership.ts';
import type { Roles } from '../../src/domain/customers/roles.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { wait, type FreshProof, type Problem } from './fresh-proof.ts';
import type { CustomerVisit } from './frame.ts';

const PAGE = '/account/members';

/** The pages under /account/members. */
export function createMemberPages(parts: {
  accounts: Pick<Accounts, 'get'>;
  members: Members;
  membership: Membership;
  invitations: Invitations;
  roles: Roles;
  freshProof: FreshProof;
}) {
  const { accounts, members, membership, invitations, roles, freshProof } = parts;

  /** Whether the person may give, take or decide about a role. */
  const mayDecide = ({ acting, may }: CustomerVisit, role: string): boolean =>
    may('members:write') && roles.mayDecide(acting.role, role);

  function requireToDecide(visit: CustomerVisit, role: string): void {
    if (!mayDecide(visit, role))
      throw new AppError('forbidden', { detail: `${visit.acting.role} decides about no ${role}` });
  }

  const choices = (visit: CustomerVisit) =>
    roles.faces(visit.locale).filter(({ name }) => mayDecide(visit, name));

  async function rowOf(visit: CustomerVisit, member: Member) {
    const account = await accounts.get(member.accountId);
    return {
      id: member.accountId,
      name: account ? displayName(account.doc) : '',
      email: account?.doc.email ?? '',
      role: roles.face(member.role, visit.locale),
      active: isActiveMember(member),
      isYou: member.accountId === visit.account.id,
      canChange: mayDecide(visit, member.role),
      since: new Date(member.since),
    };
  }

  async function requireMember({ acting }: CustomerVisit, accountId: string): Promise<Member> {
    const member = await members.get(acting.customer.id, accountId);
    if (!member) throw new AppError('not_found', { detail: 'no member of this customer' });
    return member;
  }

  /** One that is not there, or another customer's, is over. */
  async function requireInvitationToDecide(visit: CustomerVisit, id: string): Promise<void> {
    const found = await invitations.get(id);
    if (found?.doc.customerId === visit.acting.customer.id) requireToDecide(visit, found.doc.role);
  }

  async function showInvite(
    visit: CustomerVisit,
    problem?: Problem,
    refused: string = '',
    typed = { email: '', role: 'viewer' },
  ): Promise<void> {
    visit.show(
      'account/invite.njk',
      { roles: choices(visit), typed, refused, ...(await freshProof.fields(visit)) },
      refused === '' ? problem : { problem: refused },
    );
  }

  async function showMember(visit: CustomerVisit, member: Member, problem?: Problem): Promise<void> {
    visit.show(
      'account/member.njk',
      {
        member: await rowOf(visit, member),
        roles: choices(visit),
        ...(await freshProof.fields(visit)),
      },
      problem,
    );
  }

  const prove = (visit: CustomerVisit, path: string) => freshProof.judge(visit, { path, needsCode: false });

  /** Proves, changes, and says what came of it. */
  async function change(
    visit: CustomerVisit,
    accountId: string,
    act: () => ReturnType<Membership['changeRole']>,
    notice: string,
  ): Promise<void> {
    const member = await requireMember(visit, accountId);
    requireToDecide(visit, member.role);
    const path = `${PAGE}/${accountId}`;
    const problem = await prove(visit, path);
    if (problem === 'answered') return;
    if (problem !== undefined) return showMember(visit, member, problem);
    const outcome = await act();
    if (outcome.kind === 'last_owner') return showMember(visit, member, { problem: 'last_owner' });
    visit.goTo(PAGE, outcome.kind === 'changed' ? notice : 'member_unchanged');
  }

  return {
    /** GET /account/members */
    async list(visit: CustomerVisit): Promise<void> {
      const { acting, locale, may, show } = visit;
      const mayWrite = may('members:write');
      const [found, pending] = await Promise.all([
        members.list(acting.customer.id),
        mayWrite ? invitations.list(acting.customer.id) : [],
      ]);
      const rows = await Promise.all(found.map((member) => rowOf(visit, member)));
      show('account/members.njk', {
        customerName: acting.customer.doc.name,
        canChange: mayWrite,
        members: [...rows.filter(({ active }) => active), ...rows.filter(({ active }) => !active)],
        invitations: pending.map(({ id, doc, expiresAt, isValid }) => ({
          id,
          isValid,
          email: doc.email,
          role: roles.face(doc.role, locale),
          canChange: mayDecide(visit, doc.role),
          sentAt: new Date(doc.sentAt),
          expiresAt,
        })),
      });
    },

    /** GET /account/members/invite */
    askInvite: (visit: CustomerVisit): Promise<void> => showInvite(visit),

    /** POST /account/members/invite */
    async invite(visit: CustomerVisit): Promise<void> {
      const { acting, account, form, locale, address } = visit;
      const { email = '', role = '' } = form;
      const typed = { email, role };
      requireToDecide(visit, role);
      const problem = await prove(visit, `${PAGE}/invite`);
      if (problem === 'answered') return;
      if (problem !== undefined) return showInvite(visit, problem, '', typed);
      const outcome = await membership.invite(acting.customer.id, typed, { account, locale, address });
      if (outcome.kind === 'refused') return showInvite(visit, undefined, outcome.problem, typed);
      if (outcome.kind === 'throttled')
        return showInvite(visit, wait('too_many_messages', outcome.retryAfterSeconds), '', typed);
      visit.goTo(PAGE, 'invitation_sent');
    },

    /** POST /account/members/invitations/:id/resend */
    async resend(visit: CustomerVisit, id: string): Promise<void> {
      const { acting, account, locale, address, goTo } = visit;
      await requireInvitationToDecide(visit, id);
      const outcome = await invitations.resend(acting.customer.id, id, { account, locale, address });
      if (typeof outcome === 'string')
        return goTo(PAGE, outcome === 'sent' ? 'invitation_sent' : 'invitation_over');
      goTo(PAGE, 'invitation_wait');
    },

    /** POST /account/members/invitations/:id/withdraw */
    async withdraw(visit: CustomerVisit, id: string): Promise<void> {
      const { acting, account, goTo } = visit;
      await requireInvitationToDecide(visit, id);
      const isDone = await membership.withdraw(acting.customer.id, id, doerOf(account));
      goTo(PAGE, isDone ? 'invitation_withdrawn' : 'invitation_over');
    },

    /** GET /account/members/:account */
    async one(visit: CustomerVisit, accountId: string): Promise<void> {
      await showMember(visit, await requireMember(visit, accountId));
    },

    /** POST /account/members/:account/role */
    async changeRole(visit: CustomerVisit, accountId: string): Promise<void> {
      const role = visit.form['role'] ?? '';
      if (!roles.names.includes(role)) throw new AppError('bad_request', { detail: 'no such role' });
      requireToDecide(visit, role);
      const { id } = visit.acting.customer;
      await change(
        visit,
        accountId,
        () => membership.changeRole(id, accountId, role, doerOf(visit.account)),
        'member_role_changed',
      );
    },

    /** POST /account/members/:account/disable */
    async disable(visit: CustomerVisit, accountId: string): Promise<void> {
      const { id } = visit.acting.customer;
      await change(
        visit,
        accountId,
        () => membership.setStatus(id, accountId, 'disabled', doerOf(visit.account)),
        'member_disabled',
      );
    },

    /** POST /account/members/:account/enable */
    async enable(visit: CustomerVisit, accountId: string): Promise<void> {
      const { id } = visit.acting.customer;
      await change(
        visit,
        accountId,
        () => membership.setStatus(id, accountId, 'active', doerOf(visit.account)),
        'member_enabled',
      );
    },
  };
}

export type MemberPages = ReturnType<typeof createMemberPages>;

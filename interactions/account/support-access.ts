// Support access (S32, S33): who lets support in and until when, allowing it after a second look, extending, ending; and
// what support itself does here, which is to leave.

import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';
import { ALLOWED_SECONDS, type StoredAllowance } from '../../src/domain/support-access/allowances.ts';
import type { Allowing, SupportAccess } from '../../src/domain/support-access/support-access.ts';
import type { AccountVisit, CustomerVisit } from './frame.ts';

const PAGE = '/account/customer/support-access';
const HOURS = ALLOWED_SECONDS / 3600;

const notices = {
  done: 'support_extended',
  nothing: 'support_access_over',
  not_theirs: 'support_access_over',
  wait: 'support_access_wait',
} as const satisfies Record<Allowing, string>;

/** The pages under /account/customer/support-access. */
export function createSupportAccessPages(parts: {
  supportAccess: SupportAccess;
  accounts: Pick<Accounts, 'get'>;
}) {
  const { supportAccess, accounts } = parts;
  const { allowances, uses } = supportAccess;

  async function row({ id, doc }: StoredAllowance) {
    const [account, inside] = await Promise.all([
      accounts.get(doc.accountId),
      uses.list({ allowanceId: id }),
    ]);
    return {
      endAction: `${PAGE}/${id}/end`,
      name: account ? displayName(account.doc) : '',
      until: doc.until,
      inside: inside.map(({ since, reason, endsAt }) => ({ since, reason, until: endsAt })),
    };
  }

  return {
    /** GET /account/customer/support-access */
    async show({ account, acting, may, show }: CustomerVisit): Promise<void> {
      const found = await allowances.list({ customerId: acting.customer.id });
      const own = found.find(({ doc }) => doc.accountId === account.id);
      const others = found.filter(({ doc }) => doc.accountId !== account.id);
      const isStaff = (account.doc.operatorRoles ?? []).length > 0;
      show('account/support-access.njk', {
        own: own ? await row(own) : false,
        others: await Promise.all(others.map(row)),
        mayWrite: may('support-access:write'),
        isStaff,
        hours: HOURS,
      });
    },

    /** GET /account/customer/support-access/allow */
    ask({ acting, show }: CustomerVisit): void {
      const { name, number } = acting.customer.doc;
      show('account/support-access-allow.njk', {
        customer: { name, number },
        hours: HOURS,
      });
    },

    /** POST /account/customer/support-access/allow */
    async allow({ acting, account, goTo }: CustomerVisit): Promise<void> {
      const outcome = await supportAccess.allow(acting.customer.id, account);
      if (outcome === 'not_theirs') return goTo(PAGE);
      // Sent twice, or in another tab: what was wanted holds.
      goTo(PAGE, outcome === 'wait' ? 'support_access_wait' : 'support_allowed');
    },

    /** POST /account/customer/support-access/extend */
    async extend({ acting, account, goTo }: CustomerVisit): Promise<void> {
      const outcome = await supportAccess.extend(acting.customer.id, account);
      goTo(PAGE, notices[outcome]);
    },

    /** POST /account/customer/support-access/:id/end */
    async end({ acting, account, goTo }: CustomerVisit, id: string): Promise<void> {
      const isOver = await supportAccess.end(acting.customer.id, id, account);
      goTo(PAGE, isOver ? 'support_ended' : 'support_access_over');
    },
  };
}

/** POST /account/leave: support leaves the account, back to the console. */
export const createLeaveSupport =
  (parts: { supportAccess: Pick<SupportAccess, 'leave'>; forget: (res: AccountVisit['res']) => void }) =>
  async ({ support, account, res, goTo }: AccountVisit): Promise<void> => {
    if (!support) return goTo('/account');
    await parts.supportAccess.leave(support.id);
    parts.forget(res);
    goTo(`/admin/accounts/${account.id}`, 'support_left');
  };

// The first page of the account: who the person is, for whom they act, and what needs attention.

import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Closings } from '../../src/domain/customers/closings.ts';
import type { Invitations } from '../../src/domain/customers/invitations.ts';
import { missingForTotp } from '../../src/domain/factors/totp.ts';
import type { Sightings } from '../../src/domain/sign-ins/sightings.ts';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import type { SupportAccess } from '../../src/domain/support-access/support-access.ts';
import type { AccountVisit } from './frame.ts';
import { removalFor } from './totp-removal.ts';

/** A thing to look at: its text under `account.overview.attention`, and where it is put right. */
type Attention = { readonly key: string; readonly href: string };

const FEW_CODES = 3;

/** GET /account */
export function createOverviewPage(parts: {
  customers: Pick<Customers, 'ofAccount'>;
  invitations: Pick<Invitations, 'waitingFor'>;
  sightings: Pick<Sightings, 'newOfLate'>;
  totpRemovals: Pick<TotpRemovals, 'underWay'>;
  isTotpOn: (accountId: string) => Promise<boolean>;
  codesLeft: (accountId: string) => Promise<number>;
  passkeys: (accountId: string) => Promise<number>;
  /** Answers to requests of theirs that the person has not seen. */
  answers: (accountId: string) => Promise<number>;
  closings: Pick<Closings, 'get'>;
  supportAccess: Pick<SupportAccess, 'allowances' | 'uses'>;
}) {
  /** Whether support is in the account now, as its person sees it. */
  async function isSupportInside({ account, acting, support }: AccountVisit): Promise<boolean> {
    if (!acting || support) return false;
    const { allowances, uses } = parts.supportAccess;
    const own = await allowances.own(acting.customer.id, account.id);
    return own !== undefined && (await uses.list({ allowanceId: own.id })).length > 0;
  }

  /** Whether the customer is about to be closed, for who can still call it off. */
  const isClosing = async ({ acting }: AccountVisit): Promise<boolean> => {
    if (acting?.role !== 'owner') return false;
    const state = (await parts.closings.get(acting.customer.id))?.state;
    return state === 'requested' || state === 'checked';
  };

  async function attentionOf(visit: AccountVisit): Promise<Attention[]> {
    const { id, doc } = visit.account;
    const [hasTotp, codes, passkeys, isElsewhere, answers, isInside, isGoing] = await Promise.all([
      parts.isTotpOn(id),
      parts.codesLeft(id),
      parts.passkeys(id),
      parts.sightings.newOfLate(id, visit),
      parts.answers(id),
      isSupportInside(visit),
      isClosing(visit),
    ]);
    const missing = missingForTotp(doc);
    const all: readonly [boolean, Attention][] = [
      [isInside, { key: 'support_inside', href: '/account/customer/support-access' }],
      [isGoing, { key: 'closing', href: '/account/customer/closing' }],
      [isElsewhere, { key: 'new_place', href: '/account/history' }],
      [answers > 0, { key: 'answered', href: '/account/support' }],
      [missing.includes('email'), { key: 'email', href: '/account/security/email' }],
      [missing.includes('phone'), { key: 'phone', href: '/account/security/phone' }],
      [!hasTotp && passkeys === 0, { key: 'second_factor', href: '/account/security' }],
      [hasTotp && codes <= FEW_CODES, { key: 'few_codes', href: '/account/security/recovery-codes' }],
    ];
    return all.filter(([isDue]) => isDue).map(([, attention]) => attention);
  }

  return async (visit: AccountVisit): Promise<void> => {
    const { doc, id } = visit.account;
    const [all, invitations, attention, removal] = await Promise.all([
      parts.customers.ofAccount(id),
      visit.support ? [] : parts.invitations.waitingFor(visit.account, visit.locale),
      attentionOf(visit),
      removalFor(visit, parts.totpRemovals),
    ]);
    // Support was let in for one customer, and sees no other.
    const own = visit.support ? all.filter(({ customer }) => customer.id === visit.support?.customerId) : all;
    visit.show('account/overview.njk', {
      attention,
      invitations,
      removal,
      login: doc.login ?? '',
      email: doc.email,
      customers: own.map(({ customer, role }) => ({
        name: customer.doc.name,
        number: customer.doc.number,
        role,
      })),
    });
  };
}

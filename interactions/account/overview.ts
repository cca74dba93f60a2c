// The first page of the account: who the person is, for whom they act, and what needs attention.

import type { Customers } from '../../src/domain/customers/customers.ts';
import type { Invitations } from '../../src/domain/customers/invitations.ts';
import { missingForTotp } from '../../src/domain/factors/totp.ts';
import type { Sightings } from '../../src/domain/sign-ins/sightings.ts';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
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
}) {
  async function attentionOf(visit: AccountVisit): Promise<Attention[]> {
    const { id, doc } = visit.account;
    const [hasTotp, codes, passkeys, isElsewhere, answers] = await Promise.all([
      parts.isTotpOn(id),
      parts.codesLeft(id),
      parts.passkeys(id),
      parts.sightings.newOfLate(id, visit),
      parts.answers(id),
    ]);
    const missing = missingForTotp(doc);
    const all: readonly [boolean, Attention][] = [
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

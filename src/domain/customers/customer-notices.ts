// Letters about a customer: to those who own it, to whom it happened, and to the contacts that want to hear of such
// things (S25).

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../lib/log.ts';
import { comparableName, displayName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/audit-entry.ts';
import type { Letters } from '../messages/letters.ts';
import type { Unfinished } from '../unfinished.ts';
import type { Customers } from './customers.ts';
import type { Roles } from './roles.ts';

/** What contacts can be ticked for; each is a locale key under `contact_kind`. */
export const contactKinds = ['members', 'data', 'closing', 'support'] as const;
export type ContactKind = (typeof contactKinds)[number];

/** What can happen; each has its sentence under `mail.customer_notice.what`. */
export const customerChanges = {
  member_invited: 'members',
  member_joined: 'members',
  member_role_changed: 'members',
  member_disabled: 'members',
  member_enabled: 'members',
  member_left: 'members',
  data_changed: 'data',
  closing_requested: 'closing',
  closing_cancelled: 'closing',
  closing_refused: 'closing',
  closed: 'closing',
  support_allowed: 'support',
  support_extended: 'support',
  support_ended: 'support',
  support_entered: 'support',
  support_left: 'support',
} as const satisfies Readonly<Record<string, ContactKind>>;
export type CustomerChange = keyof typeof customerChanges;

export type CustomerNotice = {
  readonly change: CustomerChange;
  /** Who did it, as the others know them. */
  readonly by?: string;
  /** Whom it is about: an account, which is told too, or an address. */
  readonly accountId?: string;
  readonly whom?: string;
  readonly role?: string;
  /** Of the customer's data those that have changed: locale keys under `account.customer`. */
  readonly fields?: readonly string[];
  /** Whose account it was done with: they can lock it, if it was somebody else. */
  readonly doneWith?: string;
  readonly reason?: string;
  /** ISO 8601, UTC. */
  readonly until?: string;
};

/** An act for a customer: its entry in the audit log, and the letters. */
export type CustomerAct = {
  readonly event: AuditEvent & { readonly customerId: string };
  readonly notice: CustomerNotice;
};

const pagesOf = {
  members: '/account/customer',
  data: '/account/customer',
  closing: '/account/customer/closing',
  support: '/account/customer/support-access',
} as const satisfies Readonly<Record<ContactKind, string>>;

/** Where more of it is seen, or undone; of what is closed there is nothing to see. */
const placeOf = (change: CustomerChange): string | undefined =>
  change === 'closed' ? undefined : pagesOf[customerChanges[change]];

/** An address that hears of a customer. */
export type NoticeAddress = { readonly email: string; readonly locale: 'cs' | 'en' };

/** Tells people of changes of a customer. */
export function createCustomerNotices(parts: {
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'get' | 'ownersOf'>;
  roles: Roles;
  letters: Pick<Letters, 'post' | 'toAddress' | 'url' | 'localeOf'>;
  /** A link that ends everything and has a new password set. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  /** The confirmed contacts that are ticked for the kind. */
  contactsFor: (customerId: string, kind: ContactKind) => Promise<NoticeAddress[]>;
  audit: Pick<Audit, 'record'>;
  unfinished: Unfinished;
  clock: Clock;
  log: Log;
}) {
  const { accounts, customers, roles, letters, lockUrl, contactsFor, audit, unfinished, clock, log } = parts;

  async function post(
    customerId: string,
    notice: CustomerNotice,
    { isInterrupted = false } = {},
  ): Promise<void> {
    const customer = await customers.get(customerId);
    if (!customer) return;
    const owners = await customers.ownersOf(customerId);
    const ids = new Set(owners.map(({ accountId }) => accountId));
    for (const id of [notice.accountId, notice.doneWith]) if (id !== undefined) ids.add(id);
    const people = (await Promise.all([...ids].map((id) => accounts.get(id)))).flatMap((one) => one ?? []);
    const about = people.find(({ id }) => id === notice.accountId);
    const place = placeOf(notice.change);
    const propsIn = (locale: 'cs' | 'en') => ({
      change: notice.change,
      isInterrupted,
      customer: { name: customer.doc.name, number: customer.doc.number },
      whom: notice.whom ?? (about ? `${displayName(about.doc)} (${about.doc.email})` : ''),
      by: notice.by ?? '',
      role: notice.role === undefined ? { name: '', label: '' } : roles.face(notice.role, locale),
      fields: (notice.fields ?? []).map((key) => ({ key })),
      reason: notice.reason ?? '',
      until: notice.until === undefined ? undefined : new Date(notice.until),
      when: clock.now(),
      url: place === undefined ? '' : letters.url(place),
      lockUrl: '',
    });
    for (const person of people.filter(({ doc }) => doc.status === 'active')) {
      const isDoneWith = person.id === notice.doneWith;
      await letters.post(person, isDoneWith ? 'security' : 'account', 'customer-notice', {
        ...propsIn(letters.localeOf(person)),
        ...(isDoneWith ? { lockUrl: await lockUrl(person) } : {}),
      });
    }
    const told = new Set(people.map(({ doc }) => doc.emailKey));
    for (const { email, locale } of await contactsFor(customerId, customerChanges[notice.change]))
      if (!told.has(comparableName(email)))
        await letters.toAddress(email, 'account', 'customer-notice', propsIn(locale), locale);
  }

  /** Whether it is done nobody knows any more: entry and letters say so. */
  const during = unfinished.kind<CustomerAct>('customer', async ({ event, notice }) => {
    await audit.record({ ...event, after: { ...event.after, interrupted: true } });
    await post(event.customerId, notice, { isInterrupted: true });
  });

  return {
    /** The letters alone. */
    post,

    /** Writes an act down and tells it; rejects as long as somebody may not have heard. */
    async record({ event, notice }: CustomerAct): Promise<void> {
      await audit.record(event);
      await post(event.customerId, notice);
    },

    /**
     * Does what is not to be lost with the process. `work` acts, calls `tell` with the act as it came to be if it has
     * done anything, and gives its result; `begun` is what is known of it before.
     */
    keep: <R>(
      begun: CustomerAct,
      work: (tell: (act: CustomerAct) => Promise<void>) => Promise<R>,
    ): Promise<R> =>
      during(begun, (leave) =>
        work(async ({ event, notice }) => {
          await audit.record(event);
          try {
            await post(event.customerId, notice);
          } catch (error) {
            // It is done and written down: nothing that goes wrong here breaks it.
            log.error({ customer: event.customerId, notice: notice.change, error }, 'notice not sent yet');
            leave();
          }
        }),
      ),
  };
}

export type CustomerNotices = ReturnType<typeof createCustomerNotices>;

// Contacts (S25, S26): further addresses that hear of a customer, each of the kinds of notices that it is ticked for.
// Nothing but the link that confirms it goes to an address that has not been confirmed.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomToken, timeOrderedId } from '../../lib/random.ts';
import { comparableName } from '../accounts/accounts.ts';
import { readEmail } from '../accounts/email-addresses.ts';
import type { Audit } from '../audit/audit.ts';
import { collections } from '../collections.ts';
import { originOf, type Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import { createUpdater } from '../update.ts';
import { contactKinds, type ContactKind, type NoticeAddress } from './customer-notices.ts';
import type { Customers } from './customers.ts';
import type { Doer } from './membership.ts';

export type Contact = {
  readonly customerId: string;
  readonly email: string;
  readonly kinds: readonly ContactKind[];
  readonly locale: 'cs' | 'en';
  readonly isConfirmed: boolean;
  /** Hash of the secret of the latest mailed link, until it is used. */
  readonly link?: string;
  /** An address once in a customer. */
  readonly slot: string;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
};
export type StoredContact = Stored<Contact>;

/** How long a contact waits to be confirmed, in seconds. */
export const CONTACT_LIFE_SECONDS = 7 * 86_400;
export const MOST_CONTACTS = 20;
/** How many links go out: for one customer, to one address, from one network. */
export const contactQuotas = {
  customer: { limit: 30, windowSeconds: 86_400 },
  target: { limit: 3, windowSeconds: 86_400 },
  network: { limit: 60, windowSeconds: 86_400 },
} as const;

export type Adding =
  | { readonly kind: 'added' }
  | { readonly kind: 'refused'; readonly problem: 'no_email' | 'no_kind' | 'exists' | 'limit' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** The kinds that were ticked, of those that there are. */
export const tickedKinds = (isTicked: (kind: ContactKind) => boolean): ContactKind[] =>
  contactKinds.filter(isTicked);

/** Contacts over the store. */
export function createContacts(parts: {
  store: Store;
  clock: Clock;
  customers: Pick<Customers, 'get'>;
  quotas: Quotas;
  letters: Pick<Letters, 'toAddress' | 'url'>;
  audit: Pick<Audit, 'record'>;
}) {
  const { store, clock, customers, quotas, letters, audit } = parts;
  const contacts = store.collection(collections.contacts);
  const update = createUpdater(contacts);

  const list = (customerId: string): Promise<StoredContact[]> =>
    contacts.list({ key: 'customerId', value: customerId }, { limit: MOST_CONTACTS });

  const spend = (customerId: string, email: string, address: string | undefined): Promise<number> =>
    quotas.spend([
      { id: `contacts:customer:${customerId}`, ...contactQuotas.customer },
      { id: `contacts:target:${digest(comparableName(email))}`, ...contactQuotas.target },
      { id: `contacts:network:${originOf(address)}`, ...contactQuotas.network },
    ]);

  async function mail(contact: Contact, secret: string, expiresAt: Date): Promise<void> {
    const customer = await customers.get(contact.customerId);
    if (!customer) return;
    const { name, number } = customer.doc;
    const url = letters.url(`/contact/${secret}`);
    await letters.toAddress(
      contact.email,
      'account',
      'confirm-contact',
      { customer: { name, number }, kinds: contact.kinds.map((key) => ({ key })), url, expiresAt },
      contact.locale,
    );
  }

  const endsAt = () => new Date(clock.now().getTime() + CONTACT_LIFE_SECONDS * 1000);

  /** Of one customer alone: an id of others is as good as none. */
  async function ofCustomer(customerId: string, id: string): Promise<StoredContact | undefined> {
    const found = await contacts.get(id);
    return found?.doc.customerId === customerId ? found : undefined;
  }

  return {
    list,
    get: ofCustomer,

    /** Adds an address, and mails it the link. */
    async add(
      customerId: string,
      wanted: { email: string; kinds: readonly ContactKind[]; locale: 'cs' | 'en' },
      from: { doer: Doer; address: string | undefined },
    ): Promise<Adding> {
      const read = readEmail(wanted.email.toWellFormed());
      if ('problem' in read) return { kind: 'refused', problem: 'no_email' };
      if (wanted.kinds.length === 0) return { kind: 'refused', problem: 'no_kind' };
      const slot = `${customerId}:${digest(comparableName(read.email))}`;
      if (await contacts.findOne('slot', slot)) return { kind: 'refused', problem: 'exists' };
      if ((await list(customerId)).length >= MOST_CONTACTS) return { kind: 'refused', problem: 'limit' };
      const wait = await spend(customerId, read.email, from.address);
      if (wait > 0) return { kind: 'throttled', retryAfterSeconds: wait };
      const secret = randomToken();
      const [now, expiresAt] = [clock.now(), endsAt()];
      const contact: Contact = {
        customerId,
        email: read.email,
        kinds: wanted.kinds,
        locale: wanted.locale,
        isConfirmed: false,
        link: digest(secret),
        slot,
        addedAt: now.toISOString(),
      };
      try {
        await contacts.insert(timeOrderedId(now), contact, expiresAt);
      } catch (error) {
        if (error instanceof Conflict) return { kind: 'refused', problem: 'exists' };
        throw error;
      }
      await mail(contact, secret, expiresAt);
      const after = { email: read.email, fields: wanted.kinds };
      await audit.record({ action: 'contact.added', actor: from.doer.actor, customerId, after });
      return { kind: 'added' };
    },

    /** What the link in the mail is about; nothing is used up. */
    async peek(secret: string) {
      const found = await contacts.findOne('link', digest(secret));
      const customer = found && (await customers.get(found.doc.customerId));
      if (!customer) return undefined;
      const { name, number } = customer.doc;
      const kinds = found.doc.kinds.map((key) => ({ key }));
      return { email: found.doc.email, kinds, customer: { name, number } };
    },

    /** Uses the link: the address is confirmed, or goes; of many at once one does it. */
    async answer(secret: string, isWanted: boolean): Promise<boolean> {
      const found = await contacts.findOne('link', digest(secret));
      if (!found) return false;
      if (!isWanted) return (await contacts.take(found.id)) !== undefined;
      return update(found.id, (doc) => {
        if (doc?.link !== found.doc.link || doc?.isConfirmed !== false) return { result: false };
        const { link: _link, ...rest } = doc;
        return { result: true, write: { doc: { ...rest, isConfirmed: true } } };
      });
    },

    /** Changes what it hears of; whether there is such a contact. */
    async setKinds(
      customerId: string,
      id: string,
      kinds: readonly ContactKind[],
      { actor }: Doer,
    ): Promise<boolean> {
      const found = await ofCustomer(customerId, id);
      if (!found) return false;
      const isDone = await update(id, (doc) =>
        // What is yet to be confirmed ends when it would have.
        doc
          ? {
              result: true,
              write: {
                doc: { ...doc, kinds },
                ...(doc.isConfirmed || !found.expiresAt ? {} : { expiresAt: found.expiresAt }),
              },
            }
          : { result: false },
      );
      const after = { email: found.doc.email, fields: kinds };
      if (isDone) await audit.record({ action: 'contact.changed', actor, customerId, after });
      return isDone;
    },

    /** Removes it; whether it was there. */
    async remove(customerId: string, id: string, { actor }: Doer): Promise<boolean> {
      const taken = (await ofCustomer(customerId, id)) && (await contacts.take(id));
      if (!taken) return false;
      const before = { email: taken.doc.email };
      await audit.record({ action: 'contact.removed', actor, customerId, before });
      return true;
    },

    /** The confirmed addresses that want to hear of such a thing. */
    async tickedFor(customerId: string, kind: ContactKind): Promise<NoticeAddress[]> {
      const found = await list(customerId);
      return found.flatMap(({ doc }) =>
        doc.isConfirmed && doc.kinds.includes(kind) ? [{ email: doc.email, locale: doc.locale }] : [],
      );
    },
  };
}

export type Contacts = ReturnType<typeof createContacts>;

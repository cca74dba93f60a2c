// The last step of a registration (S65): the mailed link makes the account and its customer. What is to be made is
// written down first, ids and number and all, so that a second click, another node or a start after a crash makes the
// very same things and never two or half of them.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { comparableName, NameTaken, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Audit } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/audit-entry.ts';
import type { LinkedIdentity, Links } from '../federation/links.ts';
import type { Customers } from '../customers/customers.ts';
import type { FoundInvitation } from '../customers/invitation-answers.ts';
import { readThrough } from '../read-through.ts';
import { registeredAccount, registeredCustomer } from './registered-data.ts';
import { REGISTRATION_LIFE_SECONDS, type Registration } from './stored-registration.ts';
import type { SetPassword } from '../passwords/set-password.ts';
import type { Unfinished } from '../unfinished.ts';
import { createUpdater } from '../update.ts';

export type ActivationOutcome =
  | { readonly kind: 'done'; readonly accountId: string; readonly isPasswordMailed: boolean }
  /** Somebody else has an account with this address by now. Told only to who has the link, and so reads the mailbox. */
  | { readonly kind: 'exists' }
  | { readonly kind: 'over' };

/** What activations stand on. */
export type ActivationParts = {
  store: Store;
  clock: Clock;
  accounts: Accounts;
  customers: Customers;
  setPassword: Pick<SetPassword, 'mail'>;
  links: Pick<Links, 'add'>;
  /** Who has registered by an invitation becomes a member; whether they have. */
  admit: (invitation: FoundInvitation, account: StoredAccount) => Promise<boolean>;
  audit: Pick<Audit, 'note' | 'record'>;
  unfinished: Unfinished;
  log: Log;
};

/** What the audit log is told of. */
type Created = {
  readonly accountId: string;
  readonly customerId: string;
  readonly email: string;
  readonly kind: string;
};

/** The use of activation links. */
export function createRegistrationActivation(parts: ActivationParts) {
  const { store, clock, accounts, customers, setPassword, links, admit, audit, unfinished, log } = parts;
  const registrations = store.collection(collections.registrations);
  const update = createUpdater(registrations);

  const createdBy = ({ accountId, customerId, email, kind }: Created): AuditEvent => ({
    action: 'account.created',
    actor: { kind: 'person', accountId },
    accountId,
    customerId,
    after: { email, kind },
  });

  const creating = unfinished.kind<Created>('registration', async (created) => {
    if (await accounts.get(created.accountId)) await audit.record(createdBy(created));
  });

  /** Links the identity that registered; of one that has got another account meanwhile nothing comes. */
  async function link(accountId: string, identity: LinkedIdentity): Promise<boolean> {
    const outcome = await links.add(accountId, identity);
    log.info({ account: accountId, upstream: identity.upstream, outcome }, 'identity of a registration');
    return outcome === 'linked' || outcome === 'already';
  }

  /** Makes whatever is not there yet. */
  async function complete(id: string, { plan, person, serial }: Registration): Promise<ActivationOutcome> {
    if (!plan || !person) return { kind: 'over' };
    const { accountId } = plan;
    const { kind, givenName, familyName, company, email, phone, passwordHash, agreements, locale } = person;
    const personal = [givenName, familyName].filter(Boolean).join(' ');
    if (!(await accounts.get(accountId))) {
      try {
        await accounts.create(
          {
            email,
            emailVerified: true,
            phone,
            phoneVerified: true,
            locale,
            ...(givenName === undefined ? {} : { givenName }),
            ...(familyName === undefined ? {} : { familyName }),
            name: personal || (company ?? email),
            ...(passwordHash === undefined ? {} : { passwordHash }),
            ...(agreements.length === 0 ? {} : { agreements }),
            ...registeredAccount(person, personal),
          },
          accountId,
        );
      } catch (error) {
        if (!(error instanceof NameTaken)) throw error;
        if (!(await accounts.get(accountId))) {
          await registrations.remove(id);
          return { kind: 'exists' };
        }
      }
    }
    const account = await accounts.get(accountId);
    // Whose invitation was withdrawn meanwhile has registered like anybody else.
    const isAdmitted =
      account !== undefined && person.invitation && (await admit(person.invitation, account));
    if (!isAdmitted) {
      const own = { kind, name: company ?? personal, ...registeredCustomer(person) };
      await customers.ensureOwnedBy(accountId, plan, own);
    }
    const isLinked = person.identity !== undefined && (await link(accountId, person.identity));
    const isPasswordMailed = passwordHash === undefined && !isLinked;
    if (account && isPasswordMailed) await setPassword.mail(account);
    const { customerId } = (isAdmitted && person.invitation) || plan;
    const isMine = await creating({ accountId, customerId, email, kind }, async (leave) => {
      const isFirst = await update(id, (doc) => {
        if (doc?.serial !== serial || doc.state !== 'activating') return { result: false };
        // Who it was is with the account now; what is left answers a second click.
        const { person: _person, ...rest } = doc;
        const expiresAt = new Date(clock.now().getTime() + REGISTRATION_LIFE_SECONDS * 1000);
        const fresh = { at: clock.now().toISOString(), email: digest(comparableName(email)) };
        return {
          result: true,
          write: { doc: { ...rest, state: 'done', isPasswordMailed, fresh }, expiresAt },
        };
      });
      if (isFirst && !(await audit.note(createdBy({ accountId, customerId, email, kind })))) leave();
      return isFirst;
    });
    if (isMine) log.info({ account: accountId, customer: plan.number }, 'account registered and activated');
    return { kind: 'done', accountId, isPasswordMailed };
  }

  const byLink = (secret: string): Promise<Stored<Registration> | undefined> =>
    registrations.findOne('link', digest(secret));

  return {
    complete,

    /** Whose registration it is; nothing is used up. `undefined` when the link is not known or too old. */
    peek: async (secret: string): Promise<Registration | undefined> => (await byLink(secret))?.doc,

    /** Uses the link: of any number at once, all make one account, and all are told of it. */
    async activate(secret: string): Promise<ActivationOutcome> {
      const seen = await byLink(secret);
      return seen ? begin(seen) : { kind: 'over' };
    },

    /** The same without a link, when a trusted upstream has verified the address of this very form. */
    async activateTrusted(id: string, serial: string): Promise<ActivationOutcome> {
      const seen = await registrations.get(id);
      return seen?.doc.serial === serial ? begin(seen) : { kind: 'over' };
    },

    /** Brings to their end those that a crash has cut off; how many there were. */
    async finishInterrupted(): Promise<number> {
      const found = await readThrough((page) =>
        registrations.list({ key: 'state', value: 'activating' }, page),
      );
      for (const { id, doc } of found) await complete(id, doc);
      if (found.length > 0) log.info({ registrations: found.length }, 'interrupted registrations finished');
      return found.length;
    },
  };

  /** Begins the activation of a registration as it was seen, and brings it to its end. */
  async function begin(seen: Stored<Registration>): Promise<ActivationOutcome> {
    const now = clock.now();
    const plan = {
      accountId: timeOrderedId(now),
      customerId: timeOrderedId(now),
      number: seen.doc.state === 'mail' ? await customers.nextNumber() : '',
    };
    const planned = await update<Registration | undefined>(seen.id, (doc) => {
      // A new form, or a newer link, has come in between.
      if (doc?.serial !== seen.doc.serial || doc.link !== seen.doc.link) return { result: undefined };
      if (doc.state !== 'mail') return { result: doc };
      // From here on it does not vanish before it is done.
      const begun: Registration = { ...doc, state: 'activating', plan };
      return { result: begun, write: { doc: begun } };
    });
    if (!planned) return { kind: 'over' };
    if (planned.state !== 'done') return complete(seen.id, planned);
    return {
      kind: 'done',
      accountId: planned.plan!.accountId,
      isPasswordMailed: planned.isPasswordMailed === true,
    };
  }
}

export type RegistrationActivation = ReturnType<typeof createRegistrationActivation>;

// Which customer a person acts for who is a member of several: chosen in a session, and remembered for the next one.
// A choice is a wish and no right: whether the person is a member is asked at every request.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import type { Customer, Customers, Member, Role } from './customers.ts';

/** A choice of a session, or the last one of an account; its id says which. */
export type CustomerChoice = { readonly accountId: string; readonly customerId: string };

/** The customer that somebody acts for. */
export type Acting = {
  readonly customer: Stored<Customer>;
  readonly role: Role;
  /** Whether there are others to choose from. */
  readonly isOneOfSeveral: boolean;
};

const ofSession = (uid: string): string => `session:${uid}`;
const ofAccount = (accountId: string): string => `account:${accountId}`;

/** Choices over the store; that of a session is kept for `sessionSeconds`. */
export function createChosenCustomer(parts: {
  store: Store;
  clock: Clock;
  customers: Pick<Customers, 'get' | 'findByNumber' | 'membershipsOf'>;
  sessionSeconds: number;
}) {
  const { store, clock, customers, sessionSeconds } = parts;
  const choices = store.collection(collections.customerChoices);

  /** What the account has chosen: in the session first, then the last time. */
  async function chosenBy(accountId: string, sessionUid: string | undefined): Promise<string[]> {
    const found = await Promise.all([
      sessionUid === undefined ? undefined : choices.get(ofSession(sessionUid)),
      choices.get(ofAccount(accountId)),
    ]);
    return found.flatMap((choice) => (choice?.doc.accountId === accountId ? [choice.doc.customerId] : []));
  }

  async function actingBy(
    membership: Member | undefined,
    memberships: readonly Member[],
  ): Promise<Acting | undefined> {
    const customer = membership && (await customers.get(membership.customerId));
    return customer && { customer, role: membership.role, isOneOfSeveral: memberships.length > 1 };
  }

  async function forCustomer(accountId: string, customerId: string): Promise<Acting | undefined> {
    const memberships = await customers.membershipsOf(accountId);
    return actingBy(
      memberships.find((one) => one.customerId === customerId),
      memberships,
    );
  }

  return {
    /** Whom the account acts for in a session: the chosen, else the oldest; `undefined` when it acts for nobody. */
    async inSession(accountId: string, sessionUid: string | undefined): Promise<Acting | undefined> {
      const memberships = await customers.membershipsOf(accountId);
      // Who has one alone needs no choice.
      const chosen = memberships.length > 1 ? await chosenBy(accountId, sessionUid) : [];
      const [wished] = chosen.flatMap((id) => memberships.find((one) => one.customerId === id) ?? []);
      return actingBy(wished ?? memberships[0], memberships);
    },

    /** The same for one customer, as long as the account is an active member of it. */
    forCustomer,

    /** The same by the customer's number. A number of others is as good as none. */
    async forNumber(accountId: string, number: string): Promise<Acting | undefined> {
      const customer = await customers.findByNumber(number);
      // A number of nobody takes as long.
      return forCustomer(accountId, customer?.id ?? '-');
    },

    /**
     * Whether a session acts for this customer, or did until the membership ended: by its own choice, else by the last
     * one of the account, else because the account has no other.
     */
    async wasChosenIn(accountId: string, sessionUid: string, customerId: string): Promise<boolean> {
      const [chosen] = await chosenBy(accountId, sessionUid);
      if (chosen !== undefined) return chosen === customerId;
      const memberships = await customers.membershipsOf(accountId);
      // Memberships come in the order of the customers' ids.
      return !memberships.some((one) => one.customerId < customerId);
    },

    /** Chooses for a session and for those to come; whether the account is a member. */
    async choose(accountId: string, customerId: string, sessionUid: string): Promise<boolean> {
      if (!(await forCustomer(accountId, customerId))) return false;
      const choice = { accountId, customerId };
      const expiresAt = new Date(clock.now().getTime() + sessionSeconds * 1000);
      await choices.put(ofSession(sessionUid), choice, expiresAt);
      await choices.put(ofAccount(accountId), choice);
      return true;
    },
  };
}

export type ChosenCustomer = ReturnType<typeof createChosenCustomer>;

// Which customer a person acts for who is a member of several: chosen in a session, and remembered for the next one.
// A choice is a wish and no right: whether the person is a member is asked at every request.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import type { Customer, Customers, Role } from './customers.ts';

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

  /** Of the account's memberships that of this customer; without one the chosen, else the oldest. */
  async function find(
    accountId: string,
    { sessionUid, customerId }: { sessionUid?: string | undefined; customerId?: string | undefined },
  ): Promise<Acting | undefined> {
    const memberships = await customers.membershipsOf(accountId);
    const wished =
      customerId === undefined && memberships.length > 1
        ? await Promise.all([
            sessionUid === undefined ? undefined : choices.get(ofSession(sessionUid)),
            choices.get(ofAccount(accountId)),
          ])
        : [];
    const chosen = wished
      .filter((choice) => choice?.doc.accountId === accountId)
      .flatMap((choice) => memberships.find((one) => one.customerId === choice?.doc.customerId) ?? []);
    const member =
      customerId === undefined
        ? (chosen[0] ?? memberships[0])
        : memberships.find((one) => one.customerId === customerId);
    const customer = member && (await customers.get(member.customerId));
    return customer && { customer, role: member.role, isOneOfSeveral: memberships.length > 1 };
  }

  return {
    /** Whom the account acts for in a session; `undefined` when it acts for nobody. */
    inSession: (accountId: string, sessionUid: string | undefined): Promise<Acting | undefined> =>
      find(accountId, { sessionUid }),

    /** The same for one customer, as long as the account is an active member of it. */
    forCustomer: (accountId: string, customerId: string): Promise<Acting | undefined> =>
      find(accountId, { customerId }),

    /** The same by the customer's number. A number of others is as good as none. */
    async forNumber(accountId: string, number: string): Promise<Acting | undefined> {
      const customer = await customers.findByNumber(number);
      return find(accountId, { customerId: customer?.id ?? '-' });
    },

    /**
     * Whether a session acts for this customer, or did until the membership ended: by its own choice, else by the last
     * one of the account, else because the account has no other.
     */
    async wasChosenIn(accountId: string, sessionUid: string, customerId: string): Promise<boolean> {
      const [own, last] = await Promise.all([
        choices.get(ofSession(sessionUid)),
        choices.get(ofAccount(accountId)),
      ]);
      const chosen = [own, last].find((choice) => choice?.doc.accountId === accountId)?.doc.customerId;
      if (chosen !== undefined) return chosen === customerId;
      const memberships = await customers.membershipsOf(accountId);
      // Memberships come in the order of the customers' ids.
      return !memberships.some((one) => one.customerId < customerId);
    },

    /** Chooses for a session and for those to come; whether the account is a member. */
    async choose(accountId: string, customerId: string, sessionUid: string): Promise<boolean> {
      if (!(await find(accountId, { customerId }))) return false;
      const choice = { accountId, customerId };
      const expiresAt = new Date(clock.now().getTime() + sessionSeconds * 1000);
      await choices.put(ofSession(sessionUid), choice, expiresAt);
      await choices.put(ofAccount(accountId), choice);
      return true;
    },
  };
}

export type ChosenCustomer = ReturnType<typeof createChosenCustomer>;

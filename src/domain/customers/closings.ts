// Closing a customer (S34–S36): an owner who is the last member asks for it, an operator checks debts and services, and
// only then it ends. Until it is closed it can be called off. What is left of the person's data is the operator's choice.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Page, type Store, type Stored } from '../../ports/store.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import { displayName } from '../accounts/accounts.ts';
import { actorKey, type Actor } from '../audit/audit-entry.ts';
import type { Audit } from '../audit/audit.ts';
import { collections } from '../collections.ts';
import type { Letters } from '../messages/letters.ts';
import type { Unfinished } from '../unfinished.ts';
import { createUpdater } from '../update.ts';
import type { EraseCustomer } from './erase-customer.ts';
import type { CustomerAct, CustomerNotices } from './customer-notices.ts';
import { isActiveMember, type Customer, type Customers, type Member } from './customers.ts';
import type { Invitations } from './invitations.ts';
import type { Members } from './members.ts';
import { doerOf, type Doer } from './membership.ts';
import { customerRows } from '../search/search-keys.ts';

export type ClosingState = 'requested' | 'checked' | 'refused' | 'closed';

/** The closing of a customer, whose id it has. */
export type Closing = {
  readonly state: ClosingState;
  readonly requestedBy: string;
  /** What the operator said. */
  readonly reason?: string;
  /** Who checked, refused or closed it last, as the audit log names them. */
  readonly decidedBy?: string;
  /** ISO 8601, UTC; of the last change. */
  readonly at: string;
};

/** Who and what stands in the way. */
export type Blockers = { readonly members: readonly Member[]; readonly invitations: number };

export type Requesting =
  { readonly kind: 'requested' } | { readonly kind: 'blocked' | 'under_way' | 'not_owner' };
export type ClosingOutcome = 'done' | 'no_request' | 'wrong_state' | 'members';

/** Closings over the store. */
export function createClosings(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'get' | 'membershipsOf'>;
  members: Pick<Members, 'list' | 'get' | 'leaveForGood'>;
  invitations: Pick<Invitations, 'list'>;
  customerNotices: CustomerNotices;
  letters: Pick<Letters, 'toOperator' | 'url'>;
  audit: Pick<Audit, 'record'>;
  unfinished: Unfinished;
  /** Ends an account that acts for nobody any more. */
  endAccount: (account: StoredAccount) => Promise<void>;
  /** Absent where the data are kept. */
  eraseCustomer: EraseCustomer | undefined;
}) {
  const { store, clock, accounts, customers, members, invitations, customerNotices, letters, audit } = parts;
  const { unfinished } = parts;
  const closings = store.collection(collections.closings);
  const update = createUpdater(closings);
  const updateCustomer = createUpdater(customerRows(store));

  const others = async (customerId: string, accountId: string): Promise<Member[]> =>
    (await members.list(customerId)).filter(
      (member) => isActiveMember(member) && member.accountId !== accountId,
    );

  /** From one of some states to another by compare-and-swap: of two who act at once, one does. */
  const move = (
    customerId: string,
    from: readonly ClosingState[],
    { state, actor, reason }: { state: ClosingState; actor: Actor; reason?: string },
  ): Promise<'done' | 'no_request' | 'wrong_state'> =>
    update(customerId, (doc) => {
      if (!doc) return { result: 'no_request' as const };
      if (!from.includes(doc.state)) return { result: 'wrong_state' as const };
      const { reason: _said, ...rest } = doc;
      const said = reason === undefined ? {} : { reason };
      // Gone on with by somebody else, it stays the decision of the first.
      const decidedBy = (doc.state === state && doc.decidedBy) || actorKey(actor);
      const write = { doc: { ...rest, ...said, state, decidedBy, at: clock.now().toISOString() } };
      return { result: 'done' as const, write };
    });

  const bare = (customer: Customer): Customer => parts.eraseCustomer?.bare(customer) ?? customer;

  async function end(customerId: string, { requestedBy }: Closing): Promise<void> {
    await updateCustomer(customerId, (doc) =>
      doc && doc.closedAt === undefined
        ? {
            result: undefined,
            write: { doc: { ...bare(doc), closedAt: clock.now().toISOString() } },
          }
        : { result: undefined },
    );
    await members.leaveForGood(customerId, requestedBy);
    await parts.eraseCustomer?.rest(customerId);
    await store.collection(collections.contacts).removeMany('customerId', customerId);
    await store.collection(collections.invitations).removeMany('customerId', customerId);
    const account = await accounts.get(requestedBy);
    if (account && (await customers.membershipsOf(account.id)).length === 0) await parts.endAccount(account);
  }

  async function carryOut(
    customerId: string,
    actor: Actor,
    { isTold }: { isTold: boolean },
  ): Promise<ClosingOutcome> {
    const outcome = await move(customerId, ['checked', 'closed'], { state: 'closed', actor });
    const seen = await closings.get(customerId);
    if (outcome !== 'done' || !seen) return outcome;
    const { requestedBy } = seen.doc;
    // Told while there is somebody to tell.
    if (isTold)
      await customerNotices.record({
        event: { action: 'closing.closed', actor, customerId },
        notice: { change: 'closed', accountId: requestedBy },
      });
    await end(customerId, seen.doc);
    return 'done';
  }

  const closing = unfinished.kind<{ customerId: string; actor: Actor }>(
    'closing',
    async ({ customerId, actor }) => void (await carryOut(customerId, actor, { isTold: true })),
  );

  async function blockers(customerId: string, accountId: string): Promise<Blockers> {
    const [left, waiting] = await Promise.all([others(customerId, accountId), invitations.list(customerId)]);
    return { members: left, invitations: waiting.filter(({ isValid }) => isValid).length };
  }

  return {
    get: async (customerId: string): Promise<Closing | undefined> => (await closings.get(customerId))?.doc,

    /** Those in a state, or all; the oldest customer first. */
    list: (state: ClosingState | undefined, page: Page): Promise<Stored<Closing>[]> =>
      closings.list(state === undefined ? undefined : { key: 'state', value: state }, page),

    /** Who and what has to go first (S34). */
    blockers,

    /** An owner asks for it (S35). */
    async request(customerId: string, account: StoredAccount): Promise<Requesting> {
      const own = await members.get(customerId, account.id);
      if (!own || !isActiveMember(own) || own.role !== 'owner') return { kind: 'not_owner' };
      const { members: left, invitations: waiting } = await blockers(customerId, account.id);
      if (left.length > 0 || waiting > 0) return { kind: 'blocked' };
      const fresh: Closing = {
        state: 'requested',
        requestedBy: account.id,
        at: clock.now().toISOString(),
      };
      const { actor, name } = doerOf(account);
      const act: CustomerAct = {
        event: { action: 'closing.requested', actor, accountId: account.id, customerId },
        notice: { change: 'closing_requested', by: name, accountId: account.id, doneWith: account.id },
      };
      return customerNotices.keep<Requesting>(act, async (tell) => {
        const seen = await closings.get(customerId);
        if (seen && seen.doc.state !== 'refused') return { kind: 'under_way' };
        try {
          await (seen ? closings.replace(seen, fresh) : closings.insert(customerId, fresh));
        } catch (error) {
          // Another owner was quicker.
          if (error instanceof Conflict || error instanceof Stale) return { kind: 'under_way' };
          throw error;
        }
        await tell(act);
        const customer = await customers.get(customerId);
        await letters.toOperator('closing-request', {
          customer: { name: customer?.doc.name ?? '', number: customer?.doc.number ?? '' },
          who: `${displayName(account.doc)} (${account.doc.email})`,
          when: clock.now(),
          url: letters.url('/admin/queues/closings'),
        });
        return { kind: 'requested' };
      });
    },

    /** Called off by an owner, as long as it is not closed. */
    async cancel(customerId: string, account: StoredAccount): Promise<boolean> {
      const seen = await closings.get(customerId);
      if (!seen || seen.doc.state === 'closed') return false;
      const { actor, name } = doerOf(account);
      const act: CustomerAct = {
        event: { action: 'closing.cancelled', actor, customerId },
        notice: { change: 'closing_cancelled', by: name, doneWith: account.id },
      };
      return customerNotices.keep(act, async (tell) => {
        const isOff = await update(customerId, (doc) =>
          doc && doc.state !== 'closed'
            ? { result: true, write: { doc, expiresAt: clock.now() } }
            : { result: false },
        );
        if (isOff) await tell(act);
        return isOff;
      });
    },

    /** An operator has looked: no debts, no active services, no balance (S36). */
    async check(customerId: string, { actor }: Doer): Promise<ClosingOutcome> {
      const outcome = await move(customerId, ['requested'], { state: 'checked', actor });
      if (outcome === 'done') await audit.record({ action: 'closing.checked', actor, customerId });
      return outcome;
    },

    /** An operator says no, and why. */
    refuse(customerId: string, reason: string, { actor }: Doer): Promise<ClosingOutcome> {
      const act: CustomerAct = {
        event: { action: 'closing.refused', actor, customerId, reason },
        notice: { change: 'closing_refused', reason },
      };
      return customerNotices.keep(act, async (tell) => {
        const outcome = await move(customerId, ['requested', 'checked'], {
          state: 'refused',
          actor,
          reason,
        });
        if (outcome === 'done') await tell(act);
        return outcome;
      });
    },

    /** An operator closes what was checked. Once more, it goes on with what failed. */
    async close(customerId: string, { actor }: Doer): Promise<ClosingOutcome> {
      const seen = await closings.get(customerId);
      if (!seen) return 'no_request';
      const wasClosed = seen.doc.state === 'closed';
      if (!wasClosed && (await others(customerId, seen.doc.requestedBy)).length > 0) return 'members';
      return closing({ customerId, actor }, () => carryOut(customerId, actor, { isTold: !wasClosed }));
    },
  };
}

export type Closings = ReturnType<typeof createClosings>;

// Support access (S32, S33), joined: a person lets support into their account, an operator goes in and leaves, and every
// beginning and end is in the audit log and told by mail.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { createRepetition } from '../../lib/repetition.ts';
import { displayName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { CustomerAct, CustomerNotices } from '../customers/customer-notices.ts';
import type { Customers } from '../customers/customers.ts';
import type { Roles } from '../customers/roles.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Endings } from '../sign-ins/endings.ts';
import type { History } from '../sign-ins/history.ts';
import type { Unfinished } from '../unfinished.ts';
import { createAllowances, type Allowance, type StoredAllowance } from './allowances.ts';
import { createUses, type Entrant, type StandingUse, type StoredUse } from './uses.ts';

/** Why nobody goes in: it is not allowed (any more), or they are in an account already. */
export type Entering =
  { readonly kind: 'entered'; readonly use: StandingUse } | { readonly kind: 'not_allowed' | 'busy' };

/** What comes of allowing or extending: it is done; nothing is to be done; not by them; not so often. */
export type Allowing = 'done' | 'nothing' | 'not_theirs' | 'wait';

/** How often a customer's owners may allow and extend: each time mails go to all of them, and to contacts. */
export const allowingQuota = { limit: 20, windowSeconds: 86_400 } as const;

/** An end: of what, by whom, and why. */
type EndOf<T> = {
  readonly ended: T;
  readonly actor: Actor;
  /** Who it was, as the others know them. */
  readonly by?: string;
  readonly reason?: string | undefined;
};

const SWEEP_MILLISECONDS = 15_000;
const system: Actor = { kind: 'system' };

/** The rules over a store. `start` has ends of time told by themselves, until `close`. */
export function createSupportAccess(parts: {
  store: Store;
  clock: Clock;
  accounts: Accounts;
  customers: Customers;
  roles: Roles;
  endings: Pick<Endings, 'endOwnSession' | 'hasSession'>;
  history: Pick<History, 'recordSupport'>;
  customerNotices: CustomerNotices;
  quotas: Quotas;
  unfinished: Unfinished;
  log: Log;
}) {
  const { store, clock, endings, history, customerNotices, quotas, unfinished, log } = parts;
  const allowances = createAllowances(store, clock);
  const uses = createUses({ ...parts, allowances });

  /** Takes a use away, at once on all nodes, with its session and all that came of it. Who was quicker tells of it. */
  async function takeUse({ id, doc }: StoredUse): Promise<boolean> {
    const isOurs = (await uses.take(id)) !== undefined;
    await endings.endOwnSession(doc.accountId, doc.sessionUid);
    return isOurs;
  }

  const tellLeft = ({ id, doc }: StoredUse, actor: Actor): Promise<void> => {
    const { accountId, customerId, reason } = doc;
    return customerNotices.record({
      event: { action: 'support_access.left', actor, accountId, customerId, target: id },
      notice: { change: 'support_left', accountId, reason },
    });
  };

  const leaving = unfinished.kind<EndOf<StoredUse>>('support_use', async ({ ended, actor }) => {
    await takeUse(ended);
    await tellLeft(ended, actor);
  });

  const endUse = (ended: StoredUse, actor: Actor): Promise<boolean> =>
    leaving({ ended, actor }, async () => {
      const isOurs = await takeUse(ended);
      if (isOurs) await tellLeft(ended, actor);
      return isOurs;
    });

  /** Takes an allowance away, and ends every use of it. */
  async function takeAllowance({ ended: { id }, actor }: EndOf<StoredAllowance>): Promise<boolean> {
    const isOurs = (await allowances.take(id)) !== undefined;
    for (const use of await uses.stored({ key: 'allowanceId', value: id })) await endUse(use, actor);
    return isOurs;
  }

  const tellEnded = ({ ended, actor, by, reason }: EndOf<StoredAllowance>): Promise<void> => {
    const { accountId, customerId } = ended.doc;
    return customerNotices.record({
      event: { action: 'support_access.ended', actor, accountId, customerId, reason },
      notice: {
        change: 'support_ended',
        accountId,
        ...(by === undefined ? {} : { by }),
        ...(reason === undefined ? {} : { reason }),
      },
    });
  };

  const ending = unfinished.kind<EndOf<StoredAllowance>>('support_allowance', async (end) => {
    await takeAllowance(end);
    await tellEnded(end);
  });

  const endAllowance = (
    ended: StoredAllowance,
    actor: Actor,
    why: Pick<EndOf<StoredAllowance>, 'by' | 'reason'> = {},
  ): Promise<boolean> => {
    const end = { ended, actor, ...why };
    return ending(end, async () => {
      const isOurs = await takeAllowance(end);
      if (isOurs) await tellEnded(end);
      return isOurs;
    });
  };

  /** What a person does with support access to their account. */
  const actOf = (
    what: 'allowed' | 'extended',
    customerId: string,
    account: StoredAccount,
    made?: Allowance,
  ): CustomerAct => ({
    event: {
      action: what === 'allowed' ? 'support_access.allowed' : 'support_access.extended',
      actor: { kind: 'person', accountId: account.id },
      accountId: account.id,
      customerId,
      ...(made && { after: { until: made.until } }),
    },
    notice: {
      change: `support_${what}`,
      by: displayName(account.doc),
      accountId: account.id,
      doneWith: account.id,
      ...(made && { until: made.until }),
    },
  });

  const isSpent = async (customerId: string): Promise<boolean> =>
    (await quotas.spend([{ id: `support-access:${customerId}`, ...allowingQuota }])) > 0;

  /** Ends what is over: by its time, because its person may not allow it any more, or because something else has ended it. */
  async function endDue(): Promise<void> {
    const { standing, over } = await allowances.sorted();
    for (const allowance of over) await endAllowance(allowance, system);
    for (const allowance of standing)
      if (!(await uses.isOpen(allowance.doc))) await endAllowance(allowance, system);
    for (const use of await uses.stored()) {
      // The session is begun a moment after the use.
      const isBegun = clock.now().getTime() - Date.parse(use.doc.since) > SWEEP_MILLISECONDS;
      const isLeft = isBegun && !(await endings.hasSession(use.doc.sessionUid));
      if (isLeft || !(await uses.stands(use))) await endUse(use, system);
    }
  }

  const sweeping = createRepetition(endDue, (error) =>
    log.warn({ error }, 'ends of support access not told yet'),
  );

  return {
    allowances,
    uses,
    endDue,

    /** A person lets support into their account, as far as it acts for the customer. */
    async allow(customerId: string, account: StoredAccount): Promise<Allowing> {
      if (!(await uses.isOpen({ accountId: account.id, customerId }))) return 'not_theirs';
      if (await allowances.own(customerId, account.id)) return 'nothing';
      if (await isSpent(customerId)) return 'wait';
      const before = await allowances.ownOver(customerId, account.id);
      if (before) await endAllowance(before, system);
      return customerNotices.keep(actOf('allowed', customerId, account), async (tell) => {
        const made = await allowances.add(customerId, account.id);
        if (!made) return 'nothing';
        await tell(actOf('allowed', customerId, account, made.doc));
        return 'done';
      });
    },

    /** From now on 24 hours more, by the person themselves. */
    async extend(customerId: string, account: StoredAccount): Promise<Allowing> {
      const own = await allowances.own(customerId, account.id);
      if (!own) return 'nothing';
      if (await isSpent(customerId)) return 'wait';
      return customerNotices.keep(actOf('extended', customerId, account), async (tell) => {
        const longer = await allowances.extend(customerId, own.id);
        if (!longer) return 'nothing';
        const { event, notice } = actOf('extended', customerId, account, longer);
        await tell({ event: { ...event, before: { until: own.doc.until } }, notice });
        return 'done';
      });
    },

    /** Ends an allowance of the customer, by any of its people who may; false when it is over already. */
    async end(customerId: string, id: string, account: StoredAccount): Promise<boolean> {
      const found = await allowances.get(id);
      if (found?.doc.customerId !== customerId) return false;
      return endAllowance(found, { kind: 'person', accountId: account.id }, { by: displayName(account.doc) });
    },

    /** Ends an allowance, whosever it is; false when there is none. */
    async endFor(id: string, actor: Actor, reason?: string): Promise<boolean> {
      const found = await allowances.get(id);
      return found !== undefined && endAllowance(found, actor, { reason });
    },

    /** An operator goes in. Whether they may is asked before. */
    async enter(id: string, entrant: Entrant, reason: string): Promise<Entering> {
      const { operatorId } = entrant;
      const allowance = await allowances.get(id);
      if (!allowance || !(await uses.isOpen(allowance.doc))) return { kind: 'not_allowed' };
      for (const use of await uses.stored({ key: 'operatorId', value: operatorId }))
        if (!(await uses.stands(use))) await endUse(use, system);
      const { accountId, customerId } = allowance.doc;
      const act: CustomerAct = {
        event: {
          action: 'support_access.entered',
          actor: { kind: 'operator', accountId: operatorId },
          accountId,
          customerId,
          reason,
        },
        notice: { change: 'support_entered', accountId, reason },
      };
      return customerNotices.keep<Entering>(act, async (tell) => {
        const begun = await uses.begin(allowance, entrant, reason);
        if (!begun) return { kind: 'busy' };
        // Nobody is in there whose coming could not be written down.
        try {
          await history.recordSupport({ accountId, reason });
          const { until } = begun.doc;
          const event = { ...act.event, target: begun.id, after: { until } };
          await tell({ event, notice: { ...act.notice, until } });
        } catch (error) {
          await uses.take(begun.id);
          throw error;
        }
        const use = await uses.find(begun.id);
        return use ? { kind: 'entered', use } : { kind: 'not_allowed' };
      });
    },

    /** The operator leaves, or somebody shows them out; false when they are out already. */
    async leave(id: string, by?: Actor): Promise<boolean> {
      const found = await uses.get(id);
      return !!found && endUse(found, by ?? { kind: 'operator', accountId: found.doc.operatorId });
    },

    /** Ends whatever the operator is in. */
    async leaveAll(operatorId: string): Promise<void> {
      for (const use of await uses.stored({ key: 'operatorId', value: operatorId }))
        await endUse(use, { kind: 'operator', accountId: operatorId });
    },

    start: (milliseconds = SWEEP_MILLISECONDS): void => sweeping.start(milliseconds),
    close: sweeping.close,
  };
}

export type SupportAccess = ReturnType<typeof createSupportAccess>;

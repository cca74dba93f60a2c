// Who lets support into their account (S32, S33): a person who may do so for a customer, for 24 hours from the moment
// they said so. It is kept a while longer than it stands, so that its end can be told.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Page, type Store, type Stored } from '../../ports/store.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { collections } from '../collections.ts';
import { fullPage, readThrough } from '../read-through.ts';
import { createUpdater } from '../update.ts';

/** The account of a person, opened to support as far as it acts for the customer. */
export type Allowance = {
  readonly accountId: string;
  readonly customerId: string;
  /** One at most for a person and a customer: `<customer>:<account>`. */
  readonly slot: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** ISO 8601, UTC: support may enter before then, and is out from then on. */
  readonly until: string;
};
export type StoredAllowance = Stored<Allowance>;

/** How long support may enter, from the moment that it is allowed or extended (S32). */
export const ALLOWED_SECONDS = 86_400;
/** How long an end may stay untold when no node runs. */
const KEPT_SECONDS = 7 * 86_400;
const MOST = 500;

const later = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const slotOf = (customerId: string, accountId: string): string => `${customerId}:${accountId}`;

/** Allowances over the store. */
export function createAllowances(store: Store, clock: Clock) {
  const allowances = store.collection(collections.supportAllowances);
  const update = createUpdater(allowances);

  const isRunning = ({ doc }: StoredAllowance): boolean => Date.parse(doc.until) > clock.now().getTime();
  const running = (found: StoredAllowance | undefined): StoredAllowance | undefined =>
    found && isRunning(found) ? found : undefined;

  return {
    /** One that stands now. */
    get: async (id: string): Promise<StoredAllowance | undefined> => running(await allowances.get(id)),

    /** The person's own for the customer. */
    own: async (customerId: string, accountId: string): Promise<StoredAllowance | undefined> =>
      running(await allowances.findOne('slot', slotOf(customerId, accountId))),

    /** Those into an account, or for a customer; only those that stand. */
    async list(of: { accountId: string } | { customerId: string }): Promise<StoredAllowance[]> {
      const where =
        'accountId' in of
          ? ({ key: 'accountId', value: of.accountId } as const)
          : ({ key: 'customerId', value: of.customerId } as const);
      return (await allowances.list(where, { limit: MOST })).filter(isRunning);
    },

    /** Those that stand, of everybody, a page of them. */
    page: (page: Page): Promise<StoredAllowance[]> =>
      fullPage(
        (part) => allowances.list(undefined, part),
        page,
        (one) => Promise.resolve(running(one)),
      ),

    /** All that are stored, apart by whether they stand. */
    async sorted(): Promise<{ standing: StoredAllowance[]; over: StoredAllowance[] }> {
      const all = await readThrough((part) => allowances.list(undefined, part));
      return { standing: all.filter(isRunning), over: all.filter((one) => !isRunning(one)) };
    },

    /** One of the person for the customer that is over, and not yet told of. */
    async ownOver(customerId: string, accountId: string): Promise<StoredAllowance | undefined> {
      const found = await allowances.findOne('slot', slotOf(customerId, accountId));
      return found && !isRunning(found) ? found : undefined;
    },

    /** Allows it; `undefined` when it is allowed already. */
    async add(customerId: string, accountId: string): Promise<StoredAllowance | undefined> {
      const now = clock.now();
      const until = later(now, ALLOWED_SECONDS);
      const doc = {
        accountId,
        customerId,
        slot: slotOf(customerId, accountId),
        since: now.toISOString(),
        until: until.toISOString(),
      };
      try {
        return await allowances.insert(timeOrderedId(now), doc, later(until, KEPT_SECONDS));
      } catch (error) {
        if (error instanceof Conflict) return undefined;
        throw error;
      }
    },

    /** From now on 24 hours more; `undefined` when there is none of this customer that stands. */
    extend: (customerId: string, id: string): Promise<Allowance | undefined> =>
      update<Allowance | undefined>(id, (doc) => {
        const now = clock.now();
        if (doc?.customerId !== customerId || Date.parse(doc.until) <= now.getTime())
          return { result: undefined };
        const until = later(now, ALLOWED_SECONDS);
        const longer = { ...doc, until: until.toISOString() };
        return { result: longer, write: { doc: longer, expiresAt: later(until, KEPT_SECONDS) } };
      }),

    /** Takes it away; of many at once exactly one gets it. */
    take: (id: string): Promise<StoredAllowance | undefined> => allowances.take(id),
  };
}

export type Allowances = ReturnType<typeof createAllowances>;

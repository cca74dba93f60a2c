// Removals of authenticator apps as they are stored: each in a state, which changes by compare-and-swap, and forgotten in
// the end.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Page, type Store, type Stored } from '../../ports/store.ts';
import type { Actor } from '../audit/audit-entry.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

/** `requested`: waits for approval; `waiting`: for its time; `removing`: is being carried out. The others are over. */
export const removalStates = ['requested', 'waiting', 'removing', 'done', 'stopped', 'refused'] as const;
export type RemovalState = (typeof removalStates)[number];

/** Why one is not carried out, by a code that does not change: the sentence that goes with it is for people. */
export const removalObstacles = {
  account_inactive: 'the account is not active',
  email_changed: 'the e-mail address has changed meanwhile',
  factor_changed: 'it is not the same second factor',
  factor_used: 'a second factor was used meanwhile',
  not_permitted: 'who asked or approved may no longer do it',
} as const;
export type RemovalObstacle = keyof typeof removalObstacles;

/** A removal; its id is that of the account, which has one at a time. */
export type TotpRemoval = {
  readonly state: RemovalState;
  /** How it was made sure who the person is. */
  readonly reason: string;
  readonly requestedBy: Actor;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The factor that it is about: another one, set up meanwhile, is left alone. */
  readonly factorSince: string;
  /** The digest of the address that the person was told at: from another one nobody stops it. */
  readonly toldAt: string;
  readonly approvedBy?: Actor;
  readonly dueAt?: string;
  /** Who or what ended it, unless it was done: the person, an operator, or the system. */
  readonly endedBy?: Actor;
  readonly endReason?: string;
  /** What stood in its way, when the system ended it. */
  readonly endCode?: RemovalObstacle;
};

const DAY_MILLISECONDS = 86_400_000;
/** An approval has to come in this time. */
const APPROVAL_DAYS = 7;
const KEPT_DAYS = 90;
const OPEN: readonly RemovalState[] = ['requested', 'waiting', 'removing'];

/** Removals over the store. */
export function createTotpRemovalRows(store: Store, clock: Clock) {
  const removals = store.collection(collections.totpRemovals);
  const update = createUpdater(removals);
  /** When a document in this state is forgotten. */
  const endOf = ({ state }: TotpRemoval): Date => {
    const days = state === 'requested' ? APPROVAL_DAYS : KEPT_DAYS;
    return new Date(clock.now().getTime() + days * DAY_MILLISECONDS);
  };

  return {
    list: (state: RemovalState, page: Page): Promise<Stored<TotpRemoval>[]> =>
      removals.list({ key: 'state', value: state }, page),

    get: async (accountId: string): Promise<TotpRemoval | undefined> => (await removals.get(accountId))?.doc,

    /** The one before, whose place another one may take; `open` when that is not over. */
    async former(accountId: string): Promise<Stored<TotpRemoval> | 'open' | undefined> {
      const seen = await removals.get(accountId);
      return seen && OPEN.includes(seen.doc.state) ? 'open' : seen;
    },

    /** Begins one in the place of the one before; false when somebody was quicker. */
    async begin(
      accountId: string,
      doc: TotpRemoval,
      former: Stored<TotpRemoval> | undefined,
    ): Promise<boolean> {
      try {
        await (former
          ? removals.replace(former, doc, endOf(doc))
          : removals.insert(accountId, doc, endOf(doc)));
        return true;
      } catch (error) {
        if (error instanceof Conflict || error instanceof Stale) return false;
        throw error;
      }
    },

    /** From one of some states on, by compare-and-swap: of two who act at once one does. */
    move: (
      accountId: string,
      from: readonly RemovalState[],
      change: (doc: TotpRemoval) => TotpRemoval,
    ): Promise<TotpRemoval | undefined> =>
      update(accountId, (doc) => {
        if (!doc || !from.includes(doc.state)) return { result: undefined };
        const changed = change(doc);
        return { result: changed, write: { doc: changed, expiresAt: endOf(changed) } };
      }),
  };
}

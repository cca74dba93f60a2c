// What waits for an operator to do something: the same numbers for the dashboard, the API, the command line and metrics.

import type { Closings } from '../customers/closings.ts';
import type { SupportDesk } from './support-desk.ts';
import type { TotpRemovals } from './totp-removals.ts';

/** How many requests of each kind wait. */
export type Waiting = {
  /** For help, and nobody has taken them. */
  readonly supportOpen: number;
  /** For help, and somebody works on them. */
  readonly supportTaken: number;
  /** To close a customer: nobody has looked whether it is settled. */
  readonly closingsRequested: number;
  /** To close a customer that is settled. */
  readonly closingsChecked: number;
  /** To take an authenticator app off: nobody has approved it. */
  readonly totpRemovals: number;
};

/** No page of a store is longer. */
const MOST = 999;

/** Counts what waits, of each kind up to `most`. */
export const createWaiting =
  (parts: {
    supportDesk: Pick<SupportDesk, 'lengths'>;
    closings: Pick<Closings, 'list'>;
    totpRemovals: Pick<TotpRemovals, 'list'>;
  }) =>
  async (most = MOST): Promise<Waiting> => {
    const [{ open, taken }, requested, checked, removals] = await Promise.all([
      parts.supportDesk.lengths(most),
      parts.closings.list('requested', { limit: most }),
      parts.closings.list('checked', { limit: most }),
      parts.totpRemovals.list('requested', { limit: most }),
    ]);
    return {
      supportOpen: open,
      supportTaken: taken,
      closingsRequested: requested.length,
      closingsChecked: checked.length,
      totpRemovals: removals.length,
    };
  };

// What goes with a change of a credential: everything that was open or mailed before it, but the session it is made in.

import type { OneTimeLinks } from '../one-time-links.ts';
import type { Endings } from './endings.ts';

/** Ends it over endings and links; without a session to keep, everything. It may be done again. */
export const createEndOlder =
  (endings: Pick<Endings, 'endOthers' | 'endEverything'>, links: Pick<OneTimeLinks, 'voidAll'>) =>
  async (accountId: string, keptSession: string | undefined): Promise<void> => {
    await (keptSession === undefined
      ? endings.endEverything(accountId)
      : endings.endOthers(accountId, keptSession));
    await links.voidAll(accountId);
  };

export type EndOlder = ReturnType<typeof createEndOlder>;

// Log out everywhere (S56, S57): whatever the account has open ends on all nodes at once.

import type { Clock } from '../../ports/clock.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { endingAll } from '../accounts/standing.ts';
import type { Browsers } from './browsers.ts';
import type { Endings } from './endings.ts';
import type { Sightings } from './sightings.ts';

/**
 * Ends every session, grant, token and running sign-in of an account, and forgets its browsers and places. Sign-ins that are
 * under way end by the account's `sessionsValidFrom`, written first: nothing that began before can come back.
 */
export function createSignOutEverywhere(parts: {
  accounts: Accounts;
  endings: Endings;
  browsers: Browsers;
  sightings: Sightings;
  clock: Clock;
}) {
  const { accounts, endings, browsers, sightings, clock } = parts;
  return async function signOutEverywhere(accountId: string): Promise<void> {
    await accounts.change(accountId, () => endingAll(clock.now()));
    await endings.endEverything(accountId);
    await Promise.all([browsers.forgetAll(accountId), sightings.forgetAll(accountId)]);
  };
}

export type SignOutEverywhere = ReturnType<typeof createSignOutEverywhere>;

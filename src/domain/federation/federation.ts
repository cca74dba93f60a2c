// Federation joined: what a person and an account do with upstreams.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Guard } from '../guard.ts';
import { createArrivals } from './arrivals.ts';
import { createDepartures } from './departures.ts';
import { createLinking } from './linking.ts';
import type { Identities } from './identities.ts';
import { createPasswordMode } from './password-mode.ts';
import { createUpstreamSignIn } from './upstream-sign-in.ts';
import { createWaitingIdentities } from './waiting-identities.ts';
import { createWaysIn } from './ways-in.ts';

/** Leaving for an upstream and coming back, the ways in that an account has, and what its person does with its links. */
export function createFederation(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  identities: Identities;
  accounts: Accounts;
  guard: Guard;
  log: Log;
  issuer: string;
  /** How long a session may last unused, in seconds. */
  sessionLife: number;
}) {
  const { store, clock, sealer, accounts, guard, log, issuer } = parts;
  const { upstreams, links } = parts.identities;
  const { quotas, addressLists, browsers, passkeys, endOlder, credentialNotices: notices } = guard;
  const waysIn = createWaysIn({
    accounts,
    passkeys,
    failedPasswords: guard.failedPasswords,
    links,
    upstreams,
  });
  const departures = createDepartures({ store, clock, sealer, quotas, upstreams, issuer });
  return {
    upstreams,
    links,
    waysIn,
    departures,
    arrivals: createArrivals({ departures, links, upstreams, quotas, log }),
    waiting: createWaitingIdentities(store, clock),
    upstreamSignIn: createUpstreamSignIn({
      accounts,
      links,
      addressLists,
      browsers,
      clock,
      longestSeconds: parts.sessionLife,
    }),
    linking: createLinking({
      links,
      upstreams,
      waysIn,
      accounts,
      endOlder,
      notices,
      quotas,
      log,
    }),
    passwordMode: createPasswordMode({ accounts, waysIn, endOlder, notices, clock, log }),
  };
}

export type Federation = ReturnType<typeof createFederation>;

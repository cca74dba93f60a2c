// What a person gives to programs and servers, joined: API tokens with the judging of them, and public keys.

import type { Log } from '../lib/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import type { Accounts } from './accounts/accounts.ts';
import { createApiTokens } from './api-tokens/api-tokens.ts';
import { createTokenChecks } from './api-tokens/token-checks.ts';
import type { EndTokensOf } from './api-tokens/token-endings.ts';
import type { LevelScopes } from './api-tokens/token-levels.ts';
import type { Customers } from './customers/customers.ts';
import { createPublicKeys } from './public-keys/public-keys.ts';
import type { Revisions } from './revisions.ts';

/** API tokens and public keys over a store; `tokenChecks.idle()` waits for what a check still has to write down. */
export function createAccess(parts: {
  store: Store;
  clock: Clock;
  revisions: Revisions;
  accounts: Accounts;
  customers: Customers;
  endTokensOf: EndTokensOf;
  log: Log;
  settings: { readonly mostTokens: number; readonly scopes: LevelScopes };
}) {
  const { store, clock, endTokensOf, settings } = parts;
  const publicKeys = createPublicKeys(store, clock);
  return {
    publicKeys,
    endTokensOf,
    apiTokens: createApiTokens({ ...parts, most: settings.mostTokens }),
    tokenChecks: createTokenChecks({ ...parts, scopes: settings.scopes }),

    /** What goes when the account is locked: every token, and the keys that were added since then. */
    async endOnLock(accountId: string, since: Date): Promise<void> {
      await Promise.all([endTokensOf(accountId), publicKeys.removeAddedSince(accountId, since)]);
    },
  };
}

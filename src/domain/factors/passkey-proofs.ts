// Proofs by passkey joined: what browsers are asked, and the sign-in that their answers make.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Throttles } from '../limits/throttle.ts';
import { createPasskeyCeremonies } from './passkey-ceremonies.ts';
import { createPasskeySignIn } from './passkey-sign-in.ts';
import type { Audit } from '../audit/audit.ts';
import type { Passkeys } from './passkeys.ts';
import { createWebauthnChallenges } from './webauthn-challenges.ts';

/** The two over a store; `keys` are those of the challenges, the current one first. */
export function createPasskeyProofs(parts: {
  store: Store;
  clock: Clock;
  keys: readonly Buffer[];
  settings: { readonly issuer: string; readonly brandName: string };
  accounts: Accounts;
  passkeys: Passkeys;
  throttles: Throttles;
  audit: Pick<Audit, 'note'>;
  log: Log;
}) {
  const { store, clock, keys, settings, accounts, passkeys, throttles, audit, log } = parts;
  const passkeyCeremonies = createPasskeyCeremonies({
    issuer: settings.issuer,
    name: settings.brandName,
    challenges: createWebauthnChallenges(store, clock, keys),
  });
  return {
    passkeyCeremonies,
    passkeySignIn: createPasskeySignIn({
      accounts,
      passkeys,
      ceremonies: passkeyCeremonies,
      throttles,
      audit,
      log,
    }),
  };
}

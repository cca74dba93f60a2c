// Signing in with a linked identity only (S77): the password, a new one by mail and every link that would set one are
// refused from then on. It is switched off with a sign-in by that identity moments ago and with something else to come
// back by.

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { ChangedFrom, CredentialNotices } from '../messages/credential-notices.ts';
import type { EndOlder } from '../sign-ins/end-older.ts';
import { UPSTREAM_METHOD } from './upstream-sign-in.ts';
import type { WaysIn } from './ways-in.ts';

/** How old the sign-in with the identity may be that switches the password off. */
export const FRESH_UPSTREAM_SECONDS = 300;

/** Why it stays on; each a locale key under `account.password_sign_in.problem`. */
export type PasswordModeProblem = 'not_linked' | 'no_means' | 'not_fresh' | 'changed';

type SessionOfIt = { readonly uid: string; readonly authTime: number; readonly amr: readonly string[] };

/** The mode of an account. */
export function createPasswordMode(parts: {
  accounts: Accounts;
  waysIn: WaysIn;
  endOlder: EndOlder;
  notices: CredentialNotices;
  clock: Clock;
  log: Log;
}) {
  const { accounts, waysIn, endOlder, notices, clock, log } = parts;

  const isFresh = ({ authTime, amr }: SessionOfIt): boolean => {
    const age = clock.now().getTime() / 1000 - authTime;
    return amr.includes(UPSTREAM_METHOD) && Math.abs(age) <= FRESH_UPSTREAM_SECONDS;
  };

  /** Sets the mode by compare-and-swap on the credentials, and ends what else is open. */
  async function set(
    account: StoredAccount,
    session: SessionOfIt,
    { passwordOff }: { passwordOff: boolean },
  ) {
    let isMine = false;
    const changed = await accounts.change(account.id, (doc) => {
      isMine = doc.credentialVersion === account.doc.credentialVersion && doc.status === 'active';
      return isMine ? { passwordOff, credentialVersion: doc.credentialVersion + 1 } : {};
    });
    if (!isMine) return undefined;
    await endOlder(account.id, session.uid);
    return changed;
  }

  /** What keeps the account from it now. */
  async function obstacle(
    account: StoredAccount,
    session: SessionOfIt,
  ): Promise<PasswordModeProblem | undefined> {
    if ((await waysIn.linked(account.id)).length === 0) return 'not_linked';
    if ((await waysIn.recoveryMeans(account)).length === 0) return 'no_means';
    return isFresh(session) ? undefined : 'not_fresh';
  }

  return {
    obstacle,

    /** Switches the password off; `undefined` when done. */
    async turnOff(
      account: StoredAccount,
      session: SessionOfIt,
      from: ChangedFrom,
    ): Promise<PasswordModeProblem | undefined> {
      const problem = await obstacle(account, session);
      if (problem !== undefined) return problem;
      return notices.keep(
        account,
        'password_sign_in_off',
        from,
        async (tell) => {
          const changed = await set(account, session, { passwordOff: true });
          if (!changed) return 'changed';
          if ((await waysIn.linked(account.id)).length === 0) {
            // Unlinked at the same moment: the password is the way in that is left.
            await accounts.change(account.id, () => ({ passwordOff: false }));
            return 'not_linked';
          }
          log.info({ account: account.id }, 'password sign-in switched off');
          await tell(changed);
          return undefined;
        },
        { endsOlder: { keptSession: session.uid } },
      );
    },

    /** Switches it on again, for who has just proved to be the account's person. */
    async turnOn(
      account: StoredAccount,
      session: SessionOfIt,
      from: ChangedFrom,
    ): Promise<PasswordModeProblem | undefined> {
      return notices.keep(
        account,
        'password_sign_in_on',
        from,
        async (tell) => {
          const changed = await set(account, session, { passwordOff: false });
          if (!changed) return 'changed';
          log.info({ account: account.id }, 'password sign-in switched on');
          await tell(changed);
          return undefined;
        },
        { endsOlder: { keptSession: session.uid } },
      );
    },
  };
}

export type PasswordMode = ReturnType<typeof createPasswordMode>;

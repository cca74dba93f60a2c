// A person's own passkeys: adding one and removing one, with what goes along: what was begun before is void, and the
// person is told.

import type { Log } from '../../lib/log.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { ChangedFrom, CredentialNotices } from '../messages/credential-notices.ts';
import { PasskeyRefused } from './passkey-answers.ts';
import type { PasskeyCeremonies } from './passkey-ceremonies.ts';
import type { NewPasskey, Passkeys } from './passkeys.ts';

export type AddedPasskey = 'added' | 'full' | 'too_late' | 'not_accepted';

/** Changes of the passkeys of somebody who is signed in and has just proved it again (W11). */
export function createOwnPasskeys(parts: {
  passkeys: Passkeys;
  ceremonies: PasskeyCeremonies;
  accounts: Accounts;
  notices: CredentialNotices;
  log: Log;
}) {
  const { passkeys, ceremonies, accounts, notices, log } = parts;
  const subjectOf = (account: StoredAccount, sessionUid: string) => `${sessionUid}\n${account.id}`;

  /** What goes along when the change is made. */
  const make = <R extends string>(
    account: StoredAccount,
    change: 'passkey_added' | 'passkey_removed',
    from: ChangedFrom,
    { name, work }: { name: string; work: () => Promise<R> },
  ): Promise<R> =>
    notices.keep(
      account,
      change,
      from,
      async (tell) => {
        const outcome = await work();
        if (outcome !== 'added' && outcome !== 'removed') return outcome;
        const now = await accounts.change(account.id, (doc) => ({
          credentialVersion: doc.credentialVersion + 1,
        }));
        log.info({ account: account.id }, change.replace('_', ' '));
        await tell(now);
        return outcome;
      },
      { detail: name },
    );

  return {
    /**
     * What the browser is to be asked, as JSON. Its answer is taken for a fresh proof: only who has just given one may
     * be shown this, and only the same session can use it, for five minutes.
     */
    async begin(account: StoredAccount, sessionUid: string): Promise<string> {
      const existing = await passkeys.list(account.id);
      return JSON.stringify(ceremonies.creationOptions(account, existing, subjectOf(account, sessionUid)));
    },

    /** Adds what the browser has made, under a name. */
    async add(
      account: StoredAccount,
      sessionUid: string,
      { credential, name }: { credential: string; name: string },
      from: ChangedFrom,
    ): Promise<AddedPasskey> {
      let made: NewPasskey;
      try {
        made = await ceremonies.verifyCreation(credential, subjectOf(account, sessionUid));
      } catch (error) {
        if (!(error instanceof PasskeyRefused)) throw error;
        log.info({ account: account.id, reason: error.message }, 'new passkey refused');
        return error.late ? 'too_late' : 'not_accepted';
      }
      const work = () => passkeys.add(account.id, made, name);
      const added = await make(account, 'passkey_added', from, { name, work });
      // Whether it is somebody else's is not for this person to know.
      return added === 'taken' ? 'not_accepted' : added;
    },

    /** Removes one, unless it is the last way in. */
    async remove(
      account: StoredAccount,
      id: string,
      from: ChangedFrom,
    ): Promise<'removed' | 'gone' | 'last_way_in'> {
      const passkey = await passkeys.own(account.id, id);
      const name = passkey?.doc.name ?? '';
      const work = () => passkeys.remove(account, id);
      return make(account, 'passkey_removed', from, { name, work });
    },
  };
}

export type OwnPasskeys = ReturnType<typeof createOwnPasskeys>;

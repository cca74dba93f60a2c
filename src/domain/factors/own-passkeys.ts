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

  async function follow(
    account: StoredAccount,
    change: 'passkey_added' | 'passkey_removed',
    from: ChangedFrom,
    name: string,
  ): Promise<void> {
    const now = await accounts.change(account.id, (doc) => ({
      credentialVersion: doc.credentialVersion + 1,
    }));
    log.info({ account: account.id }, change.replace('_', ' '));
    await notices.tell(now, change, from, name);
  }

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
      credential: string,
      name: string,
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
      const added = await passkeys.add(account.id, made, name);
      // Whether it is somebody else's is not for this person to know.
      if (added === 'taken') return 'not_accepted';
      if (added === 'added') await follow(account, 'passkey_added', from, name);
      return added;
    },

    /** Removes one, unless it is the last way in. */
    async remove(
      account: StoredAccount,
      id: string,
      from: ChangedFrom,
    ): Promise<'removed' | 'gone' | 'last_way_in'> {
      const passkey = await passkeys.own(account.id, id);
      const removed = await passkeys.remove(account, id);
      if (removed === 'removed') await follow(account, 'passkey_removed', from, passkey?.doc.name ?? '');
      return removed;
    },
  };
}

export type OwnPasskeys = ReturnType<typeof createOwnPasskeys>;

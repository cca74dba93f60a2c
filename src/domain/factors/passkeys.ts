// Passkeys of accounts (WebAuthn credentials): public keys under the hash of their credential id, with the name that
// the person gave them. What they sign is judged elsewhere.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { ownName } from '../../lib/own-name.ts';
import { hasPassword, type StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

export type Passkey = {
  readonly accountId: string;
  /** `<account>:<number>`: unique, so that nobody has more than there are numbers. */
  readonly slot: string;
  /** Base64url, of at most 1023 bytes. */
  readonly credentialId: string;
  /** COSE_Key (RFC 9052 §7), base64url. */
  readonly publicKey: string;
  /** Signatures made, as the authenticator counts them; 0 where it does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** Bound to one device, or synced among several; never changes (WebAuthn L3 §6.1.3). */
  readonly deviceType: 'singleDevice' | 'multiDevice';
  readonly backedUp: boolean;
  /** The model of the authenticator; zeros where it does not tell. */
  readonly aaguid: string;
  /** Whether it checked who holds it when it was made. */
  readonly userVerified: boolean;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly lastUsedAt?: string;
};

export type StoredPasskey = Stored<Passkey>;
export type NewPasskey = Omit<Passkey, 'accountId' | 'slot' | 'name' | 'createdAt' | 'lastUsedAt'>;

export const MOST_PASSKEYS = 20;
export const LONGEST_PASSKEY_NAME = 60;

/** A name as it is kept: one line without control characters; `undefined` when nothing is left of it. */
export const passkeyName = (typed: string): string | undefined => ownName(typed, LONGEST_PASSKEY_NAME);

/**
 * W9, WebAuthn L3 §7.2 step 22: a counter that is in use only ever grows; one that does not may be that of a copy.
 */
export const counterAdvances = (stored: number, given: number): boolean =>
  (stored === 0 && given === 0) || given > stored;

/** Passkeys over the store; `isLinked` and `isPasswordUsable` tell what else an account can sign in with. */
export function createPasskeys(
  store: Store,
  clock: Clock,
  isLinked: (accountId: string) => Promise<boolean> = () => Promise.resolve(false),
  isPasswordUsable: (account: StoredAccount) => Promise<boolean> = ({ doc }) =>
    Promise.resolve(hasPassword(doc)),
) {
  const passkeys = store.collection(collections.passkeys);
  const update = createUpdater(passkeys);

  const list = (accountId: string): Promise<StoredPasskey[]> =>
    passkeys.list({ key: 'accountId', value: accountId }, { limit: MOST_PASSKEYS });

  /** The account's own one; somebody else's is not there. */
  async function own(accountId: string, id: string): Promise<StoredPasskey | undefined> {
    const found = await passkeys.get(id);
    return found?.doc.accountId === accountId ? found : undefined;
  }

  const hasOtherWay = async (account: StoredAccount, id: string): Promise<boolean> =>
    (await isPasswordUsable(account)) ||
    (await isLinked(account.id)) ||
    (await list(account.id)).some((other) => other.id !== id);

  return {
    /** The account's passkeys; in no order that means anything. */
    list,
    own,
    has: async (accountId: string): Promise<boolean> => (await list(accountId)).length > 0,

    /** By its credential id (base64url), whosever it is. */
    find: (credentialId: string): Promise<StoredPasskey | undefined> => passkeys.get(digest(credentialId)),

    /** W8: a credential belongs to one account, and of two that register it at once one does. */
    async add(accountId: string, made: NewPasskey, name: string): Promise<'added' | 'taken' | 'full'> {
      const id = digest(made.credentialId);
      for (;;) {
        if (await passkeys.get(id)) return 'taken';
        const used = new Set((await list(accountId)).map(({ doc }) => doc.slot));
        const slots = Array.from({ length: MOST_PASSKEYS }, (_, number) => `${accountId}:${number + 1}`);
        const slot = slots.find((candidate) => !used.has(candidate));
        if (slot === undefined) return 'full';
        try {
          await passkeys.insert(id, {
            ...made,
            accountId,
            slot,
            name,
            createdAt: clock.now().toISOString(),
          });
          return 'added';
        } catch (error) {
          // Somebody was first, with this credential or in this slot: the next look tells which.
          if (!(error instanceof Conflict)) throw error;
        }
      }
    },

    /** Notes a use by compare-and-swap, unless the counter has gone back or the passkey is gone. */
    recordUse: (
      id: string,
      use: { counter: number; backedUp: boolean },
    ): Promise<'recorded' | 'counter_back' | 'gone'> =>
      update(id, (doc) => {
        if (!doc) return { result: 'gone' };
        if (!counterAdvances(doc.counter, use.counter)) return { result: 'counter_back' };
        return {
          result: 'recorded',
          write: { doc: { ...doc, ...use, lastUsedAt: clock.now().toISOString() } },
        };
      }),

    /** Whether there was one to rename. */
    rename: (accountId: string, id: string, name: string): Promise<boolean> =>
      update(id, (doc) =>
        doc?.accountId === accountId ? { result: true, write: { doc: { ...doc, name } } } : { result: false },
      ),

    /** Removes what was added at this time or later, even the last one: somebody else must be taken to have added it. */
    async removeAddedSince(accountId: string, since: Date): Promise<void> {
      const added = (await list(accountId)).filter(({ doc }) => Date.parse(doc.createdAt) >= since.getTime());
      await Promise.all(added.map(({ id }) => passkeys.remove(id)));
    },

    /** W11: removes one of the account's, unless nothing would be left to sign in with. */
    async remove(account: StoredAccount, id: string): Promise<'removed' | 'gone' | 'last_way_in'> {
      if (!(await own(account.id, id))) return 'gone';
      if (!(await hasOtherWay(account, id))) return 'last_way_in';
      const taken = await passkeys.take(id);
      if (!taken) return 'gone';
      if (await hasOtherWay(account, id)) return 'removed';
      // The last two were removed at the same time: both come back.
      await passkeys.insert(id, taken.doc);
      return 'last_way_in';
    },
  };
}

export type Passkeys = ReturnType<typeof createPasskeys>;

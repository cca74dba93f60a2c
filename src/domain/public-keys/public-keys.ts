// The public keys of people (S28–S31): SSH and GPG keys in one list, each once per person. Private parts are never here.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { comparableName } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';
import type { ReadKey } from './key-problems.ts';

export type PublicKey = ReadKey & {
  readonly accountId: string;
  readonly name: string;
  /** Of the account and the name: no two keys of a person are called the same. */
  readonly nameKey: string;
  /** Of the account and the fingerprint: nobody has a key twice. */
  readonly ownKey: string;
  /** `<account>:<number>`: nobody has more than there are numbers. */
  readonly slot: string;
  readonly source: 'own' | 'generated';
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type StoredPublicKey = Stored<PublicKey>;
export type AddOutcome =
  | { readonly kind: 'added'; readonly key: StoredPublicKey }
  | { readonly kind: 'refused'; readonly problem: 'key_taken' | 'name_taken' | 'full' };

export const MOST_KEYS = 50;

const nameKeyOf = (accountId: string, name: string): string => `${accountId}:${comparableName(name)}`;

/** Public keys over the store. */
export function createPublicKeys(store: Store, clock: Clock) {
  const keys = store.collection(collections.publicKeys);
  const update = createUpdater(keys);

  const list = (accountId: string): Promise<StoredPublicKey[]> =>
    keys.list({ key: 'accountId', value: accountId }, { limit: MOST_KEYS, newestFirst: true });

  /** The account's own one; somebody else's is not there. */
  async function own(accountId: string, id: string): Promise<StoredPublicKey | undefined> {
    const found = await keys.get(id);
    return found?.doc.accountId === accountId ? found : undefined;
  }

  return {
    /** The account's keys, newest first. */
    list,
    own,

    /** Adds a key that was read. Of two that come at once with the same name or key, one is added. */
    async add(
      accountId: string,
      key: ReadKey,
      { name, source }: Pick<PublicKey, 'name' | 'source'>,
    ): Promise<AddOutcome> {
      const [nameKey, ownKey] = [nameKeyOf(accountId, name), `${accountId}:${key.fingerprint}`];
      for (;;) {
        const kept = await list(accountId);
        if (kept.some(({ doc }) => doc.ownKey === ownKey)) return { kind: 'refused', problem: 'key_taken' };
        if (kept.some(({ doc }) => doc.nameKey === nameKey))
          return { kind: 'refused', problem: 'name_taken' };
        const used = new Set(kept.map(({ doc }) => doc.slot));
        const slots = Array.from({ length: MOST_KEYS }, (_, number) => `${accountId}:${number + 1}`);
        const slot = slots.find((candidate) => !used.has(candidate));
        if (slot === undefined) return { kind: 'refused', problem: 'full' };
        const now = clock.now();
        const at = now.toISOString();
        const mine = { accountId, name, nameKey, ownKey, slot, source, createdAt: at, updatedAt: at };
        try {
          return { kind: 'added', key: await keys.insert(timeOrderedId(now), { ...key, ...mine }) };
        } catch (error) {
          // Somebody was first: the next look tells with what.
          if (!(error instanceof Conflict)) throw error;
        }
      }
    },

    /** Gives one of the account's another name. */
    async rename(accountId: string, id: string, name: string): Promise<'renamed' | 'name_taken' | 'gone'> {
      const nameKey = nameKeyOf(accountId, name);
      if ((await list(accountId)).some((other) => other.id !== id && other.doc.nameKey === nameKey))
        return 'name_taken';
      try {
        return await update(id, (doc) =>
          doc?.accountId === accountId
            ? { result: 'renamed', write: { doc: renamed(doc, name, clock.now()) } }
            : { result: 'gone' },
        );
      } catch (error) {
        if (error instanceof Conflict) return 'name_taken';
        throw error;
      }
    },

    /** Removes one of the account's; `undefined` when it has no such key. */
    remove: async (accountId: string, id: string): Promise<StoredPublicKey | undefined> =>
      (await own(accountId, id)) && keys.take(id),

    /** Removes what was added at that moment or later: somebody else may have put it there. */
    async removeAddedSince(accountId: string, since: Date): Promise<void> {
      const added = (await list(accountId)).filter(({ doc }) => Date.parse(doc.createdAt) >= since.getTime());
      await Promise.all(added.map(({ id }) => keys.remove(id)));
    },

    /** The account's SSH keys as lines of an `authorized_keys` file, each with our id of it as its comment. */
    async sshLines(accountId: string): Promise<string[]> {
      const found = (await list(accountId)).filter(({ doc }) => doc.kind === 'ssh');
      return found.map(({ id, doc }) => `${doc.text} ${id}`).toReversed();
    },
  };
}

export type PublicKeys = ReturnType<typeof createPublicKeys>;

const renamed = (doc: PublicKey, name: string, now: Date): PublicKey => ({
  ...doc,
  name,
  nameKey: nameKeyOf(doc.accountId, name),
  updatedAt: now.toISOString(),
});

// Links (S74, S79): an identity at an upstream belongs to exactly one account, and an account has at most one identity
// of each upstream. Both are unique keys of the storage, so of two links at once one is made.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { collections } from '../collections.ts';
import { ignoreConflict } from '../ignore-conflict.ts';

/** Who somebody is: nothing else identifies, least of all an e-mail (OpenID Connect Core §5.7). */
export type IdentityKey = { readonly issuer: string; readonly subject: string };

/** What is kept of an identity with its link. */
export type LinkedIdentity = IdentityKey & {
  /** What the upstream was called when it was linked. */
  readonly upstream: string;
  /** Ours there: under pairwise subjects another one means other subjects. */
  readonly clientId: string;
  readonly subjectType?: string;
  /** What the person is called there, for display. */
  readonly username?: string;
  /** Level of the last sign-in with it. */
  readonly acr?: string;
};

export type Link = LinkedIdentity & {
  readonly accountId: string;
  /** Account and issuer: unique, so that nobody has two identities of one upstream, whatever that is called. */
  readonly slot: string;
  /** ISO 8601, UTC. */
  readonly linkedAt: string;
  readonly lastSignInAt?: string;
  /** Of each item that the person has decided about, a keyed digest of what the upstream said of it. */
  readonly compared?: Readonly<Record<string, string>>;
};

export type StoredLink = Stored<Link>;

/** `taken`: the identity belongs to another account. `occupied`: the account has another identity of this upstream. */
export type LinkOutcome = 'linked' | 'already' | 'taken' | 'occupied';

const MOST_LINKS = 50;
const MIGRATED_AT_ONCE = 500;

/** The id of an identity's link. An operator's name for the upstream is no part of it: names can be changed. */
export const linkIdOf = ({ issuer, subject }: IdentityKey): string =>
  digest(JSON.stringify([issuer, subject]));

const slotOf = (accountId: string, issuer: string): string => `${accountId}:${digest(issuer)}`;

/** Links over the store. */
export function createLinks(store: Store, clock: Clock) {
  const links = store.collection(collections.links);

  const ofAccount = (accountId: string): Promise<StoredLink[]> =>
    links.list({ key: 'accountId', value: accountId }, { limit: MOST_LINKS });

  /** The account's own link to this issuer. */
  const of = async (accountId: string, issuer: string): Promise<StoredLink | undefined> =>
    (await ofAccount(accountId)).find(({ doc }) => doc.issuer === issuer);

  /** Puts back what was taken, unless somebody has linked it meanwhile. */
  const restore = ({ id, doc }: StoredLink): Promise<void> => ignoreConflict(links.insert(id, doc));

  /** Takes a link away if it is the account's; of many callers at once one gets it. */
  async function takeOwn(accountId: string, id: string): Promise<StoredLink | undefined> {
    const taken = await links.take(id);
    if (taken === undefined || taken.doc.accountId === accountId) return taken;
    // Taken away before us, and linked to somebody else in between.
    await restore(taken);
    return undefined;
  }

  const find = (identity: IdentityKey): Promise<StoredLink | undefined> => links.get(linkIdOf(identity));

  return {
    find,
    /** The account's links; in no order that means anything. */
    ofAccount,

    of,

    /** Makes the link, unless one of its two sides has another one. */
    async add(accountId: string, identity: LinkedIdentity): Promise<LinkOutcome> {
      const { upstream, issuer, subject, clientId, subjectType, username, acr } = identity;
      const doc: Link = {
        accountId,
        slot: slotOf(accountId, issuer),
        upstream,
        issuer,
        subject,
        clientId,
        ...(subjectType === undefined ? {} : { subjectType }),
        ...(username === undefined ? {} : { username }),
        ...(acr === undefined ? {} : { acr }),
        linkedAt: clock.now().toISOString(),
      };
      try {
        await links.insert(linkIdOf(identity), doc);
        return 'linked';
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        const other = await find(identity);
        if (other === undefined) return 'occupied';
        return other.doc.accountId === accountId ? 'already' : 'taken';
      }
    },

    /**
     * Notes a sign-in with it, and what it is called there by now; whether it is still the account's. `called` serves
     * where it has no name yet: what the person has not handed over this time does not take the place of what they are
     * known by.
     */
    async noteSignIn(
      id: string,
      now: {
        readonly accountId: string;
        readonly acr?: string | undefined;
        readonly username?: string | undefined;
        readonly called?: string | undefined;
      },
    ): Promise<boolean> {
      const seen = await links.get(id);
      if (seen?.doc.accountId !== now.accountId) return false;
      const { acr: _acr, ...doc } = seen.doc;
      const username = now.username ?? (doc.username || now.called);
      try {
        await links.replace(seen, {
          ...doc,
          ...(now.acr === undefined ? {} : { acr: now.acr }),
          ...(username ? { username } : {}),
          lastSignInAt: clock.now().toISOString(),
        });
      } catch (error) {
        // Somebody has signed in with it at the same moment, or has removed it.
        if (!(error instanceof Stale)) throw error;
        return (await links.get(id))?.doc.accountId === now.accountId;
      }
      return true;
    },

    /** Notes what the person has been asked about, so that they are not asked about the same again. */
    async noteCompared(
      identity: IdentityKey,
      accountId: string,
      compared: Readonly<Record<string, string>>,
    ): Promise<void> {
      for (;;) {
        const seen = await find(identity);
        if (seen?.doc.accountId !== accountId) return;
        try {
          await links.replace(seen, { ...seen.doc, compared: { ...seen.doc.compared, ...compared } });
          return;
        } catch (error) {
          // Somebody has signed in with it at the same moment, or has removed it.
          if (!(error instanceof Stale)) throw error;
        }
      }
    },

    /** Takes the account's link away; of many callers at once one gets it. */
    async take(accountId: string, issuer: string): Promise<StoredLink | undefined> {
      const found = await of(accountId, issuer);
      return found && takeOwn(accountId, found.id);
    },

    takeOwn,

    restore,

    /** Removes those that were made at this time or later: somebody else must be taken to have made them. */
    async removeAddedSince(accountId: string, since: Date): Promise<void> {
      const added = (await ofAccount(accountId)).filter(
        ({ doc }) => Date.parse(doc.linkedAt) >= since.getTime(),
      );
      await Promise.all(added.map(({ id }) => links.remove(id)));
    },
  };
}

export type Links = ReturnType<typeof createLinks>;

/** Links of before had the name of their upstream in the slot, which an operator may change. */
export async function nameSlotsByIssuer(store: Store): Promise<void> {
  const links = store.collection(collections.links);
  for (let after: string | undefined; ;) {
    const page = await links.list(undefined, {
      limit: MIGRATED_AT_ONCE,
      ...(after === undefined ? {} : { after }),
    });
    for (const link of page) {
      const slot = slotOf(link.doc.accountId, link.doc.issuer);
      if (link.doc.slot === slot) continue;
      try {
        await links.replace(link, { ...link.doc, slot });
      } catch (error) {
        // The account has two identities of the issuer from before: both stay, and a third is refused.
        if (!(error instanceof Conflict) && !(error instanceof Stale)) throw error;
      }
    }
    if (page.length < MIGRATED_AT_ONCE) return;
    after = page.at(-1)!.id;
  }
}

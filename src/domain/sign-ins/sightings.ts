// What an account has signed in from before: browsers and networks, remembered as long as the history and renewed at
// every sign-in. Unlike the browsers that throttles know, nothing is remembered before a sign-in is complete.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { networkOf } from '../../lib/address.ts';
import { digest } from '../../lib/digest.ts';
import { boundedAgent } from '../../lib/user-agent.ts';
import { collections } from '../collections.ts';

export type Sighting = {
  readonly accountId: string;
  /** ISO 8601, UTC. */
  readonly firstSeenAt: string;
};

/** What tells places apart. */
export type Place = {
  readonly address: string | undefined;
  readonly browserId: string | undefined;
  readonly userAgent: string;
};

/** The browser of a place: its long-lived id; what it calls itself only when it has none. */
export const browserOf = ({ browserId, userAgent }: Omit<Place, 'address'>): string =>
  browserId === undefined ? `agent:${digest(boundedAgent(userAgent))}` : digest(browserId);

/**
 * The network of a place: the very address for IPv4, the /64 for IPv6. `undefined` when the address could not be
 * told: that is like no network, not even the same as last time.
 */
export const placeNetwork = (address: string | undefined): string | undefined =>
  address === undefined ? undefined : networkOf(address, { v4: 32, v6: 64 });

const LATE_MILLISECONDS = 7 * 86_400_000;
const MOST_PLACES = 1000;

/** Sightings over the store, kept for `lifeSeconds` after the last sign-in from there; keyed by hashes. */
export function createSightings(parts: { store: Store; clock: Clock; lifeSeconds: number }) {
  const { store, clock, lifeSeconds } = parts;
  const sightings = store.collection(collections.sightings);
  const idOf = (accountId: string, kind: 'browser' | 'network', what: string) =>
    `${accountId}:${kind}:${digest(what)}`;
  const idsOf = (accountId: string, place: Place) => {
    const network = placeNetwork(place.address);
    return {
      browser: idOf(accountId, 'browser', browserOf(place)),
      network: network === undefined ? undefined : idOf(accountId, 'network', network),
    };
  };

  return {
    /** Whether the account has signed in from this browser, and from this network, before. */
    async seen(accountId: string, place: Place): Promise<{ browser: boolean; network: boolean }> {
      const { browser, network } = idsOf(accountId, place);
      const [b, n] = await Promise.all([
        sightings.get(browser),
        network === undefined ? undefined : sightings.get(network),
      ]);
      return { browser: b !== undefined, network: n !== undefined };
    },

    /** Remembers a place at a completed sign-in; what of it was not known. A network that cannot be told is not new. */
    async remember(accountId: string, place: Place): Promise<{ newBrowser: boolean; newNetwork: boolean }> {
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + lifeSeconds * 1000);
      /** Whether it is seen for the first time. */
      const keep = async (id: string): Promise<boolean> => {
        const before = await sightings.get(id);
        const firstSeenAt = before?.doc.firstSeenAt ?? now.toISOString();
        await sightings.put(id, { accountId, firstSeenAt }, expiresAt);
        return before === undefined;
      };
      const { browser, network } = idsOf(accountId, place);
      const [newBrowser, newNetwork] = await Promise.all([
        keep(browser),
        network === undefined ? false : keep(network),
      ]);
      return { newBrowser, newNetwork };
    },

    /**
     * Whether a browser or network other than the present one has signed in within the last week for the first time, to
     * an account that had places before that.
     */
    async newOfLate(accountId: string, here: Place): Promise<boolean> {
      const since = new Date(clock.now().getTime() - LATE_MILLISECONDS).toISOString();
      const own = new Set(Object.values(idsOf(accountId, here)));
      const places = await sightings.list({ key: 'accountId', value: accountId }, { limit: MOST_PLACES });
      const isNew = ({ doc }: (typeof places)[number]) => doc.firstSeenAt >= since;
      return places.some((place) => !isNew(place)) && places.some((one) => isNew(one) && !own.has(one.id));
    },

    /** Browsers and networks, and since when they are known. */
    async list(accountId: string): Promise<{ kind: 'browser' | 'network'; first_seen_at: string }[]> {
      const found = await sightings.list({ key: 'accountId', value: accountId }, { limit: MOST_PLACES });
      const networks = `${accountId}:network:`;
      return found.map(({ id, doc }) => ({
        kind: id.startsWith(networks) ? 'network' : 'browser',
        first_seen_at: doc.firstSeenAt,
      }));
    },

    /** Forgets all places of an account: somebody else may have signed in from them. */
    async forgetAll(accountId: string): Promise<void> {
      await sightings.removeMany('accountId', accountId);
    },
  };
}

export type Sightings = ReturnType<typeof createSightings>;

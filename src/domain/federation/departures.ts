// The way to an upstream: what is kept of it until the browser is back. A transaction is found by the secret of a
// cookie of its own, names the upstream, the purpose and whoever began it, and is taken once.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import {
  UpstreamRefused,
  type ConfiguredUpstream,
  type UpstreamDemand,
  type UpstreamTicket,
} from '../../ports/upstream.ts';
import { digest } from '../../lib/digest.ts';
import { randomToken } from '../../lib/random.ts';
import type { Sealer } from '../../lib/seal.ts';
import { collections } from '../collections.ts';
import { originOf, type Quotas } from '../limits/quotas.ts';
import { theirLevels, type Upstreams } from './upstreams.ts';

/** Why somebody is sent there, and what they must come back to. */
export type Journey =
  /** Signing in, in this interaction. */
  | { readonly purpose: 'login'; readonly uid: string }
  /** Having a registration filled in, perhaps to come back to an interaction. */
  | { readonly purpose: 'register'; readonly uid?: string | undefined }
  /** Linking, in this session of this account. */
  | { readonly purpose: 'link'; readonly sessionUid: string; readonly accountId: string };

export type UpstreamTransaction = {
  readonly upstream: string;
  readonly purpose: Journey['purpose'];
  readonly uid?: string;
  readonly sessionUid?: string;
  readonly accountId?: string;
  /** Hash of the id of the browser that it began in. */
  readonly browser: string;
  /** `UpstreamTicket` as JSON, sealed. */
  readonly ticket: string;
};

/** How long somebody may take at the upstream. */
export const TRANSACTION_SECONDS = 600;

/** How often people are sent to upstreams: from one browser, and from one /32 or /64. */
export const departureQuotas = {
  browser: { limit: 30, windowSeconds: 3600 },
  network: { limit: 300, windowSeconds: 3600 },
} as const;

export type Departure =
  | {
      readonly kind: 'begun';
      readonly upstream: { readonly name: string; readonly label: string };
      readonly to: string;
      /** The secret that the browser is to keep until it is back. */
      readonly mark: string;
    }
  /** Switched off or not known, or it does not answer. */
  | { readonly kind: 'refused'; readonly problem: 'off' | 'unavailable' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

export type Departing = Journey & {
  readonly upstream: string;
  readonly browserId: string;
  readonly address: string | undefined;
  readonly locale: 'cs' | 'en';
  /** How long ago the person may have signed in there; 0: anew. */
  readonly maxAgeSeconds?: number | undefined;
  readonly level?: LevelAsked | undefined;
};

/** How strong the sign-in is to be. */
export type LevelAsked = {
  /** Levels of ours that upstreams prove, as they are preferred. */
  readonly wanted: readonly string[];
  /** Without one of them the sign-in is of no use. */
  readonly isDemanded: boolean;
  /** Two factors are wanted: where the person has proved them there, ours need not be asked. */
  readonly multiFactor: boolean;
};

/** The same in the words of an upstream. What it does not know it is not asked for. */
function levelDemand(
  upstream: Pick<ConfiguredUpstream, 'levels' | 'levelsEnough'>,
  asked: LevelAsked | undefined,
): Pick<UpstreamDemand, 'acrValues' | 'acrPreferred'> {
  if (asked === undefined) return {};
  const theirs = theirLevels(upstream, asked.wanted);
  if (theirs.length > 0) return asked.isDemanded ? { acrValues: theirs } : { acrPreferred: theirs };
  const { levelsEnough } = upstream;
  return asked.multiFactor && levelsEnough.length > 0 ? { acrPreferred: levelsEnough } : {};
}

/** Where an upstream sends browsers back to: a path of its own each (RFC 9700 §4.4.2). */
export const callbackPath = (name: string): string => `/callback/${name}`;

const contextOf = (id: string): string => `upstream_transactions/${id}/ticket`;

/** Departures over the store. */
export function createDepartures(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  quotas: Quotas;
  upstreams: Upstreams;
  issuer: string;
}) {
  const { store, clock, sealer, quotas, upstreams, issuer } = parts;
  const transactions = store.collection(collections.upstreamTransactions);

  async function begin(configured: ConfiguredUpstream, departing: Departing): Promise<Departure> {
    const { upstream, name, label } = configured;
    const { purpose, browserId, locale, maxAgeSeconds } = departing;
    const { url, ticket } = await upstream.begin({
      redirectUri: `${issuer}${callbackPath(name)}`,
      uiLocale: locale,
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
      ...levelDemand(configured, departing.level),
    });
    const mark = randomToken();
    const id = digest(mark);
    const doc: UpstreamTransaction = {
      upstream: name,
      purpose,
      ...('uid' in departing && departing.uid !== undefined ? { uid: departing.uid } : {}),
      ...(purpose === 'link' ? { sessionUid: departing.sessionUid, accountId: departing.accountId } : {}),
      browser: digest(browserId),
      ticket: sealer.seal(JSON.stringify(ticket), contextOf(id)),
    };
    await transactions.insert(id, doc, new Date(clock.now().getTime() + TRANSACTION_SECONDS * 1000));
    return { kind: 'begun', upstream: { name, label }, to: url, mark };
  }

  return {
    /** Where to send the browser, and what it is to keep. */
    async begin(departing: Departing): Promise<Departure> {
      const found = upstreams.find(departing.upstream);
      if (!found) return { kind: 'refused', problem: 'off' };
      const retryAfterSeconds = await quotas.spend([
        { id: `upstream:browser:${digest(departing.browserId)}`, ...departureQuotas.browser },
        { id: `upstream:network:${originOf(departing.address)}`, ...departureQuotas.network },
      ]);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      try {
        return await begin(found, departing);
      } catch (error) {
        if (!(error instanceof UpstreamRefused)) throw error;
        // The adapter has logged why.
        return { kind: 'refused', problem: 'unavailable' };
      }
    },

    /** What was begun with this mark; nothing is used up. */
    find: async (mark: string): Promise<{ doc: UpstreamTransaction; ticket: UpstreamTicket } | undefined> => {
      const found = await transactions.get(digest(mark));
      return found && opened(found.id, found.doc);
    },

    /** The same, used up: of many callers at once one gets it. */
    take: async (mark: string): Promise<{ doc: UpstreamTransaction; ticket: UpstreamTicket } | undefined> => {
      const taken = await transactions.take(digest(mark));
      return taken && opened(taken.id, taken.doc);
    },
  };

  function opened(id: string, doc: UpstreamTransaction) {
    return { doc, ticket: JSON.parse(sealer.open(doc.ticket, contextOf(id))) as UpstreamTicket };
  }
}

export type Departures = ReturnType<typeof createDepartures>;

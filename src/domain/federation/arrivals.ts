// The way back from an upstream. Nothing of an answer is looked at before it fits what this browser has begun: the
// upstream, the browser, the state. Then the transaction is taken, once, and the upstream's adapter proves the rest.

import {
  UpstreamRefused,
  type ConfiguredUpstream,
  type UpstreamIdentity,
  type UpstreamRefusal,
} from '../../ports/upstream.ts';
import { digest, secretsEqual } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import { originOf, type Quotas } from '../limits/quotas.ts';
import type { Departures, UpstreamTransaction } from './departures.ts';
import type { Links, StoredLink } from './links.ts';
import type { Upstreams } from './upstreams.ts';

/** How many answers that fit nothing are looked at from one /32 or /64. */
export const arrivalQuota = { limit: 100, windowSeconds: 3600 } as const;

/** How long before they left for the upstream somebody may have signed in there, to link what nobody has. */
export const FRESH_ARRIVAL_SECONDS = 300;

export type Arriving = {
  /** Of the path that was asked for. */
  readonly upstream: string;
  readonly params: URLSearchParams;
  /** The secrets that the browser has kept, of its latest departure first, and its long-lived id. */
  readonly marks: readonly string[];
  readonly browserId: string | undefined;
  readonly address: string | undefined;
};

/** Why somebody has come back for nothing; each a locale key under `upstream.problem`. */
export type ArrivalProblem = UpstreamRefusal | 'off';

export type Arrival =
  /** It fits nothing that this browser has begun: forged, late, used, or of another browser. */
  | { readonly kind: 'stray' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'refused';
      readonly begun: UpstreamTransaction;
      /** The secret that is used up. */
      readonly mark: string;
      readonly problem: ArrivalProblem;
    }
  | {
      readonly kind: 'arrived';
      readonly begun: UpstreamTransaction;
      readonly mark: string;
      readonly upstream: ConfiguredUpstream;
      readonly identity: UpstreamIdentity;
      /** They have signed in there on this way, or moments before; whoever sat here before them has not. */
      readonly isFresh: boolean;
      /** Whose identity it is, if anybody's. */
      readonly link: StoredLink | undefined;
    };

/** Whether an answer carries the state of the ticket. Errors may lack it: then it can only be this browser's own. */
function fitsState(params: URLSearchParams, state: string): boolean {
  const given = params.getAll('state');
  if (given.length === 0) return params.has('error') && !params.has('code');
  return given.length === 1 && secretsEqual(given[0]!, state);
}

/** What becomes of a browser that comes back: each answer is taken once, and a refusal says why. */
export function createArrivals(parts: {
  departures: Departures;
  links: Pick<Links, 'find'>;
  upstreams: Upstreams;
  quotas: Quotas;
  log: Log;
}) {
  const { departures, links, upstreams, quotas, log } = parts;

  /** What this browser has begun and this answers, used up; `undefined` when there is no such thing. */
  async function takeBegun({ upstream, params, marks, browserId }: Arriving) {
    if (browserId === undefined) return undefined;
    // Several tabs may be on their way: the state tells them apart, and each leaves the others good.
    for (const mark of marks) {
      const seen = await departures.find(mark);
      if (!seen || seen.doc.upstream !== upstream) continue;
      if (!secretsEqual(seen.doc.browser, digest(browserId))) continue;
      if (!fitsState(params, seen.ticket.state)) continue;
      const taken = await departures.take(mark);
      return taken && { ...taken, mark };
    }
    return undefined;
  }

  return {
    /** Takes an answer: who has come back, or why nobody has. */
    async take(arriving: Arriving): Promise<Arrival> {
      const { upstream: name, params, address } = arriving;
      const begun = await takeBegun(arriving);
      if (!begun) {
        log.warn({ upstream: name, address }, 'an answer of an upstream that nothing asked for');
        const wait = await quotas.spend([{ id: `upstream:stray:${originOf(address)}`, ...arrivalQuota }]);
        return wait > 0 ? { kind: 'throttled', retryAfterSeconds: wait } : { kind: 'stray' };
      }
      const { doc, ticket, mark } = begun;
      const refused = (problem: ArrivalProblem): Arrival => ({ kind: 'refused', begun: doc, mark, problem });
      // Switched off since: what it says does not count any more.
      const upstream = upstreams.find(name);
      if (!upstream) {
        log.warn({ upstream: name, purpose: doc.purpose }, 'an answer of an upstream that is switched off');
        return refused('off');
      }
      try {
        const identity = await upstream.upstream.complete(params, ticket);
        const { issuer, subject, authTime } = identity;
        const link = await links.find({ issuer, subject });
        const isFresh = authTime !== undefined && authTime >= ticket.startedAt / 1000 - FRESH_ARRIVAL_SECONDS;
        return { kind: 'arrived', begun: doc, mark, upstream, identity, isFresh, link };
      } catch (error) {
        if (!(error instanceof UpstreamRefused)) throw error;
        // The adapter has logged why.
        return refused(error.reason);
      }
    },
  };
}

export type Arrivals = ReturnType<typeof createArrivals>;

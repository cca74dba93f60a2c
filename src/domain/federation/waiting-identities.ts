// What an upstream has said, waiting for the person to decide: to link it, to register with it, or to go on without.
// It belongs to one browser and one sign-in or session there, ends soon, and is used once. Its serial is in every form
// about it: a decision about one identity is never taken for another one's (CVE-2026-9087).

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { UpstreamIdentity } from '../../ports/upstream.ts';
import { digest, secretsEqual } from '../../lib/digest.ts';
import { randomToken } from '../../lib/random.ts';
import { collections } from '../collections.ts';
import type { ArrivalProblem } from './arrivals.ts';
import type { LinkedIdentity } from './links.ts';

/** Where it waits: in a sign-in, in a registration, in a session of an account. */
export type WaitingPlace =
  | { readonly uid: string }
  | { readonly registration: true }
  | { readonly sessionUid: string; readonly accountId: string; readonly differences?: true };

/** Why somebody has come back for nothing, or for something that will not do. */
export type WaitingProblem =
  | ArrivalProblem
  | 'account_disabled'
  | 'stale_sign_in'
  | 'has_account'
  /** Nobody has the identity, and who signed in there long ago, or nobody knows when, may be somebody else. */
  | 'too_old_to_link'
  /** Linking it has not been confirmed in time. */
  | 'late';

export type Waiting = {
  readonly upstream: string;
  readonly serial: string;
  /** Who came back; absent when nobody did. */
  readonly identity?: UpstreamIdentity;
  readonly problem?: WaitingProblem;
  /** ISO 8601: from then on it is there only to say that it is too late. */
  readonly until?: string;
  /** It is linked by now, or has been before: what waits is what differs. */
  readonly isLinked?: 'now' | 'before';
};

/** How long it waits. */
export const WAITING_SECONDS = 1800;

/** How long a link in a session may be confirmed: no longer than a fresh proof stands for anything. */
export const LINKING_SECONDS = 300;

/** An identity as it is linked. */
export const linkedIdentityOf = (upstream: string, identity: UpstreamIdentity): LinkedIdentity => ({
  upstream,
  issuer: identity.issuer,
  subject: identity.subject,
  clientId: identity.clientId,
  ...(identity.subjectType === undefined ? {} : { subjectType: identity.subjectType }),
  ...(shownIdentity(identity) === '' ? {} : { username: shownIdentity(identity) }),
  ...(identity.acr === undefined ? {} : { acr: identity.acr }),
});

/** What the person is called there, for pages. */
export const shownIdentity = ({ profile }: UpstreamIdentity): string =>
  profile.username ?? profile.name ?? profile.email ?? '';

/** Waiting identities over the store. */
export function createWaitingIdentities(store: Store, clock: Clock) {
  const waiting = store.collection(collections.waitingIdentities);
  const idOf = (browserId: string, place: WaitingPlace): string => digest(JSON.stringify([browserId, place]));

  const isLink = (place: WaitingPlace): boolean => 'sessionUid' in place && place.differences !== true;
  const isLate = ({ until }: Waiting): boolean =>
    until !== undefined && clock.now().getTime() >= Date.parse(until);
  const inSeconds = (seconds: number): Date => new Date(clock.now().getTime() + seconds * 1000);

  async function find(browserId: string, place: WaitingPlace): Promise<Waiting | undefined> {
    const found = (await waiting.get(idOf(browserId, place)))?.doc;
    if (!found?.identity || !isLate(found)) return found;
    return { upstream: found.upstream, serial: found.serial, problem: 'late' };
  }

  return {
    find,

    /** Keeps what came back; it takes the place of whatever has waited there. */
    async put(browserId: string, place: WaitingPlace, doc: Omit<Waiting, 'serial'>): Promise<string> {
      const serial = randomToken();
      const until = isLink(place) ? { until: inSeconds(LINKING_SECONDS).toISOString() } : {};
      await waiting.put(idOf(browserId, place), { ...doc, ...until, serial }, inSeconds(WAITING_SECONDS));
      return serial;
    },

    /** Takes the identity with this serial: of many callers at once one gets it. */
    async take(
      browserId: string,
      place: WaitingPlace,
      serial: string,
    ): Promise<Required<Pick<Waiting, 'upstream' | 'identity'>> | undefined> {
      const seen = await find(browserId, place);
      if (!seen?.identity || !secretsEqual(seen.serial, serial)) return undefined;
      const taken = (await waiting.take(idOf(browserId, place)))?.doc;
      if (!taken?.identity || isLate(taken) || !secretsEqual(taken.serial, serial)) return undefined;
      return { upstream: taken.upstream, identity: taken.identity };
    },

    forget: (browserId: string, place: WaitingPlace): Promise<void> => waiting.remove(idOf(browserId, place)),
  };
}

export type WaitingIdentities = ReturnType<typeof createWaitingIdentities>;

// Signing in with an identity at an upstream (S7, S74): the step sends people there, and says why they have come back
// for nothing, or with an identity that no account is linked to. The answer itself is judged at the callback.

import type { Departures } from '../../src/domain/federation/departures.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import { shownIdentity, type WaitingIdentities } from '../../src/domain/federation/waiting-identities.ts';
import { registerUrl } from '../register-link.ts';
import type { Outcome, Step, Visit } from '../step.ts';

/** After these only a sign-in anew will do there. */
const wantFresh: readonly (string | undefined)[] = [
  'not_fresh',
  'stale_sign_in',
  'too_old_to_link',
  'login_required',
];

/** The upstream step; one for all upstreams, which the form names. */
export function createUpstreamStep(parts: {
  upstreams: Upstreams;
  departures: Departures;
  waiting: WaitingIdentities;
  /** Whether people may register themselves. */
  canRegister: boolean;
}): Step {
  const { upstreams, departures, waiting, canRegister } = parts;

  async function show(visit: Visit, problem?: string, retryAfterSeconds?: number): Promise<Outcome> {
    const { browserId, uid, facts } = visit;
    // What is linked by now is no news, should the person have to sign in once more.
    const waits = await waiting.find(browserId, { uid });
    const found = waits?.isLinked ? undefined : waits;
    const { wanted, isDemanded } = facts.level;
    const proving = upstreams.proving(wanted);
    const { identity, serial = '', upstream = '' } = found ?? {};
    // Who must prove again who they are has an account.
    const isNew = identity !== undefined && canRegister && facts.signedInAs === undefined;
    return {
      kind: 'show',
      ...(problem === undefined ? {} : { problem }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      props: {
        upstreams: proving.length > 0 ? proving : upstreams.faces(),
        isLevelWanted: proving.length > 0,
        isDemanded,
        label: upstreams.labelOf(upstream),
        refused: found?.problem ?? '',
        isFresh: wantFresh.includes(found?.problem),
        identity: identity === undefined ? '' : shownIdentity(identity),
        isUnknown: identity !== undefined,
        registerHref: isNew ? registerUrl(uid, serial) : '',
      },
    };
  }

  return {
    id: 'upstream',
    isOffered: () => Promise.resolve(upstreams.faces().length > 0),
    start: (visit) => show(visit),

    async submit(visit): Promise<Outcome> {
      const { browserId, uid, form, address, locale, facts } = visit;
      if (form['act'] === 'forget') {
        await waiting.forget(browserId, { uid });
        return { kind: 'again' };
      }
      if (form['act'] === 'unmet' && facts.level.isDemanded)
        return { kind: 'refused', error: 'unmet_authentication_requirements' };
      const upstream = form['upstream'] ?? '';
      const maxAgeSeconds = form['fresh'] === 'yes' ? 0 : facts.freshWithinSeconds;
      const { level } = facts;
      const departing = { upstream, browserId, address, locale, maxAgeSeconds, level } as const;
      const departure = await departures.begin({ purpose: 'login', uid, ...departing });
      switch (departure.kind) {
        case 'begun': {
          const { to, mark, upstream: face } = departure;
          return { kind: 'redirect', to, departure: { ...face, mark } };
        }
        case 'refused':
          return show(visit, departure.problem);
        case 'throttled':
          return show(visit, 'too_many_attempts', departure.retryAfterSeconds);
        default:
          return departure satisfies never;
      }
    },
  };
}

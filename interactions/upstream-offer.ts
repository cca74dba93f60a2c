// The buttons of upstreams on the sign-in page.

import type { Upstreams } from '../src/domain/federation/upstreams.ts';
import type { Outcome, Step } from './step.ts';

/** The same step, with the upstreams on every page that it shows (as `page.upstreams` and `page.upstreamAction`). */
export function withUpstreamOffer(step: Step, upstreams: Upstreams): Step {
  const offering =
    (answer: Step['start']): Step['start'] =>
    async (visit): Promise<Outcome> => {
      const outcome = await answer(visit);
      if (outcome.kind !== 'show') return outcome;
      const upstreamAction = `/interaction/${visit.uid}/upstream`;
      return { ...outcome, props: { ...outcome.props, upstreams: upstreams.faces(), upstreamAction } };
    };
  return { ...step, start: offering(step.start), submit: offering(step.submit) };
}

// The way from the sign-in page to registration (S2), for people who have no account yet.

import type { Outcome, Step, Visit } from './step.ts';

/** Where somebody registers who is to come back to a sign-in, perhaps with an identity that waits under a serial. */
export const registerUrl = (uid?: string, waiting?: string): string => {
  const params = {
    ...(uid === undefined ? {} : { from: uid }),
    ...(waiting === undefined ? {} : { with: waiting }),
  };
  return `/register?${new URLSearchParams(params).toString()}`;
};

/** The same step, with the link on every page that it shows (as `page.registerHref`; empty where nobody may). */
export function withRegisterLink(step: Step, canRegister: boolean): Step {
  const linking =
    (answer: Step['start']): Step['start'] =>
    async (visit): Promise<Outcome> => {
      const outcome = await answer(visit);
      if (outcome.kind !== 'show') return outcome;
      return { ...outcome, props: { ...outcome.props, registerHref: hrefFor(visit) } };
    };
  /** Who must prove again who they are has an account. */
  const hrefFor = ({ facts, uid }: Visit): string =>
    canRegister && facts.signedInAs === undefined ? registerUrl(uid) : '';
  return { ...step, start: linking(step.start), submit: linking(step.submit) };
}

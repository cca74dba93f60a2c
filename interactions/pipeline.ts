// Who must prove what, in which order: the whole sign-in policy on one screen.

import type { PromptName } from '../src/oidc/interactions.ts';
import type { Facts } from './facts.ts';
import type { StepId } from './step.ts';

/** A stage is passed by any one of its steps; it is skipped while `when` does not hold. */
export type Stage = {
  readonly name: string;
  readonly anyOf: readonly StepId[];
  readonly when: (facts: Facts) => boolean;
};

const always = () => true;
const signedIn = ({ signedInAs }: Facts) => signedInAs !== undefined;
/** Nobody is signed in, or the person asked for another account than the one that is. */
const accountWanted = (facts: Facts) =>
  !signedIn(facts) ||
  (facts.proofs.has('select-account') && facts.proofs.get('select-account')!.accountId === undefined);

// prettier-ignore
export const pipelines = {
  select_account: [
    { name: 'choose',   anyOf: ['select-account'], when: signedIn },
    { name: 'identify', anyOf: ['password'],       when: accountWanted },
  ],
  login: [
    { name: 'identify', anyOf: ['password'],       when: always },
  ],
  consent: [
    { name: 'consent',  anyOf: ['consent'],        when: always },
  ],
} satisfies Record<PromptName, readonly Stage[]>;

/** The first stage that is due and not passed; `undefined` when the sign-in is complete. Pure. */
export const nextStage = (pipeline: readonly Stage[], facts: Facts): Stage | undefined =>
  pipeline.find(({ anyOf, when }) => when(facts) && !anyOf.some((id) => facts.proofs.has(id)));

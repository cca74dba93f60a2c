// What is known at this request: gathered anew each time, so that the policy decides from the present.

import type { SignIn } from '../src/domain/sign-ins.ts';
import type { PromptName, SignInRequest } from '../src/oidc/interactions.ts';
import type { Consented } from '../src/domain/consents.ts';
import type { StepId } from './step.ts';

export type Proofs = ReadonlyMap<StepId, { readonly accountId: string | undefined; readonly at: Date }>;

export type Facts = {
  readonly prompt: PromptName;
  /** What has been proved in this sign-in, by step. */
  readonly proofs: Proofs;
  /** The account that the proofs so far belong to. */
  readonly accountId: string | undefined;
  /** Who is signed in in this browser already. */
  readonly signedInAs: string | undefined;
  /** What the client asks for and has not been allowed. */
  readonly missing: Consented;
  /** What was typed or known as the login name. */
  readonly loginHint: string | undefined;
};

/** The facts of a request and its stored sign-in. */
export function gatherFacts(request: SignInRequest, signIn: SignIn): Facts {
  const proofs: Proofs = new Map(
    signIn.proofs.map(({ step, accountId, at }) => [step as StepId, { accountId, at: new Date(at) }]),
  );
  return {
    prompt: request.prompt,
    proofs,
    accountId: signIn.proofs.find(({ accountId }) => accountId !== undefined)?.accountId,
    signedInAs: request.signedInAs,
    missing: request.missing,
    loginHint: request.params['login_hint'],
  };
}

// What is known at this request: gathered anew each time, so that the policy decides from the present.

import type { Upstreams } from '../src/domain/federation/upstreams.ts';
import type { WaitingIdentities } from '../src/domain/federation/waiting-identities.ts';
import type { ProofDetails, SignIn } from '../src/domain/sign-ins/sign-ins.ts';
import type { PromptName, SignInRequest } from '../src/oidc/interactions.ts';
import type { Consented } from '../src/domain/clients/consents.ts';
import type { StepId } from './step.ts';

export type Proofs = ReadonlyMap<
  StepId,
  {
    readonly accountId: string | undefined;
    readonly at: Date;
    readonly credentialVersion?: number;
  } & ProofDetails
>;

/** What the policy must know of the account that has been proved. */
export type AccountFacts = {
  /** Whether the person has switched the second factor on. */
  readonly hasTotp: boolean;
  readonly hasPasskey: boolean;
  readonly isOperator: boolean;
  /** The entry of the person's address list that spares them the question, while it is live. */
  readonly listedBy: string | undefined;
  /** Whether a link in a mail must complete the sign-in. */
  readonly confirmationDue: boolean;
};

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
  /** How strong the client wants the sign-in (`acr_values`, or `acr` in `claims`). */
  readonly level: SignInRequest['level'];
  /** How long ago the person may have proved it, in seconds, if the client asks (`max_age`, `prompt=login`: 0). */
  readonly freshWithinSeconds: number | undefined;
  /** Whether an identity of an upstream waits to be linked to the account that is proved. */
  readonly isPairing: boolean;
  /** Whether an upstream of theirs says something that they have not decided about yet. */
  readonly isComparing: boolean;
  /** Of the account that the proofs belong to; absent as long as none is proved. */
  readonly account: AccountFacts | undefined;
};

export type WaitingFacts = Pick<Facts, 'isPairing' | 'isComparing'>;

/** Facts of what an upstream has said that waits in a sign-in of a browser. */
export const createWaitingFacts =
  ({ upstreams, waiting }: { upstreams: Upstreams; waiting: Pick<WaitingIdentities, 'find'> }) =>
  async (browserId: string, uid: string): Promise<WaitingFacts> => {
    const found = upstreams.faces().length > 0 ? await waiting.find(browserId, { uid }) : undefined;
    const isThere = found?.identity !== undefined;
    return {
      isPairing: isThere && found.isLinked === undefined,
      isComparing: isThere && found.isLinked !== undefined,
    };
  };

/** The facts of a request and its stored sign-in. */
export async function gatherFacts(
  request: SignInRequest,
  signIn: SignIn,
  accountFacts: (accountId: string, proofs: Proofs) => Promise<AccountFacts>,
  waiting: WaitingFacts,
): Promise<Facts> {
  const proofs: Proofs = new Map(
    signIn.proofs.map(({ step, accountId, at, ...details }) => [
      step as StepId,
      { accountId, at: new Date(at), ...details },
    ]),
  );
  const accountId = signIn.proofs.find((proof) => proof.accountId !== undefined)?.accountId;
  return {
    prompt: request.prompt,
    proofs,
    accountId,
    signedInAs: request.signedInAs,
    missing: request.missing,
    loginHint: request.params['login_hint'],
    level: request.level,
    freshWithinSeconds: freshWithin(request.params),
    ...waiting,
    account: accountId === undefined ? undefined : await accountFacts(accountId, proofs),
  };
}

/** OpenID Connect Core §3.1.2.1; what is no number the engine has refused. */
function freshWithin(params: SignInRequest['params']): number | undefined {
  if (params['prompt']?.split(' ').includes('login')) return 0;
  const { max_age: maxAge } = params;
  return maxAge === undefined ? undefined : Number(maxAge);
}

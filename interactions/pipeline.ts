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

const identify = ['password', 'passkey', 'upstream'] as const satisfies readonly StepId[];
const secondFactor = ['totp', 'passkey', 'recovery-code', 'lost-device'] as const satisfies readonly StepId[];

const always = () => true;
const signedIn = ({ signedInAs }: Facts) => signedInAs !== undefined;
/** Nobody is signed in, or the person asked for another account than the one that is. */
const accountWanted = (facts: Facts) =>
  !signedIn(facts) ||
  (facts.proofs.has('select-account') && facts.proofs.get('select-account')!.accountId === undefined);
/** Who the person is was proved now, and not only chosen among those who are signed in. */
export const isIdentified = ({ proofs }: Facts): boolean => identify.some((id) => proofs.has(id));
/** The level that the client wants and that an upstream has proved. */
export const levelProved = ({ level, proofs }: Facts): string | undefined => {
  const { levels = [] } = proofs.get('upstream') ?? proofs.get('pair') ?? {};
  return level.wanted.find((wanted) => levels.includes(wanted));
};
/**
 * The person's own second factor, unless a passkey or an upstream has proved both, or they are where they need not show
 * it.
 */
const secondFactorDue = (facts: Facts) => {
  const { account, proofs, level } = facts;
  if (!account || !isIdentified(facts) || proofs.get('passkey')?.userVerified) return false;
  if (proofs.get('upstream')?.multiFactor) return false;
  if (level.multiFactor && levelProved(facts) === undefined) return account.hasTotp || account.hasPasskey;
  // Who is about to link an identity proves the account in full, wherever they are.
  const isFirst = (proofs.has('password') || proofs.has('upstream')) && !facts.isPairing;
  const spared = account.listedBy !== undefined && isFirst && !account.isOperator;
  return account.hasTotp && !spared;
};
const pairingDue = (facts: Facts) => isIdentified(facts) && (facts.isPairing || facts.isComparing);
const confirmationDue = (facts: Facts) => isIdentified(facts) && facts.account?.confirmationDue === true;

// prettier-ignore
export const pipelines = {
  select_account: [
    { name: 'choose',        anyOf: ['select-account'], when: signedIn },
    { name: 'identify',      anyOf: identify,           when: accountWanted },
    { name: 'second factor', anyOf: secondFactor,       when: secondFactorDue },
    { name: 'confirm',       anyOf: ['email-link'],     when: confirmationDue },
    { name: 'link',          anyOf: ['pair'],           when: pairingDue },
  ],
  login: [
    { name: 'identify',      anyOf: identify,           when: always },
    { name: 'second factor', anyOf: secondFactor,       when: secondFactorDue },
    { name: 'confirm',       anyOf: ['email-link'],     when: confirmationDue },
    { name: 'link',          anyOf: ['pair'],           when: pairingDue },
  ],
  create: [
    { name: 'identify',      anyOf: ['register', ...identify], when: always },
    { name: 'second factor', anyOf: secondFactor,       when: secondFactorDue },
    { name: 'confirm',       anyOf: ['email-link'],     when: confirmationDue },
    { name: 'link',          anyOf: ['pair'],           when: pairingDue },
  ],
  consent: [
    { name: 'consent',       anyOf: ['consent'],        when: always },
  ],
} satisfies Record<PromptName, readonly Stage[]>;

/** A stage's steps as they are offered: for a level that an upstream alone proves, its step comes first. */
export const inOrder = (steps: readonly StepId[], { level }: Facts): StepId[] =>
  level.wanted.length > 0 && steps.includes('upstream')
    ? ['upstream', ...steps.filter((id) => id !== 'upstream')]
    : [...steps];

/**
 * The first stage that is due and not passed; `undefined` when the sign-in is complete. Pure. A proof passes one
 * stage: the passkey that told who the person is cannot be their second factor as well.
 */
export function nextStage(pipeline: readonly Stage[], facts: Facts): Stage | undefined {
  const left = new Set(facts.proofs.keys());
  return pipeline.find(({ anyOf, when }) => {
    if (!when(facts)) return false;
    const passedBy = anyOf.find((id) => left.has(id));
    if (passedBy !== undefined) left.delete(passedBy);
    return passedBy === undefined;
  });
}

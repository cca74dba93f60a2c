// The second factor by a code of the authenticator app (S47).

import type { Totp } from '../../src/domain/factors/totp.ts';
import type { CodeJudge } from '../second-factor-code.ts';
import type { Outcome, Step } from '../step.ts';

/** The step of the app's code. */
export function createTotpStep(parts: { totp: Pick<Totp, 'verify'>; judgeCode: CodeJudge }): Step {
  const { totp, judgeCode } = parts;
  return {
    id: 'totp',
    isOffered: ({ facts }) => Promise.resolve(facts.account?.hasTotp === true),
    start: (): Promise<Outcome> => Promise.resolve({ kind: 'show' }),
    submit: (visit): Promise<Outcome> => judgeCode(visit, totp.verify),
  };
}

// What the steps that take a code as second factor have in common: what is written down of a wrong one, and who is
// told.

import type { History } from '../src/domain/sign-ins/history.ts';
import type { SecondFactorAlarm } from '../src/domain/factors/second-factor-alarm.ts';
import type { CodeOutcome } from '../src/domain/factors/second-factors.ts';
import type { Totp } from '../src/domain/factors/totp.ts';
import { attemptOf } from './attempt.ts';
import type { Outcome, Visit } from './step.ts';

export type CodeJudge = (
  visit: Visit,
  verify: (accountId: string, code: string) => Promise<CodeOutcome>,
) => Promise<Outcome>;

/** Judges the field `code` of a step for the account that was proved so far. */
export function createCodeJudge(parts: {
  totp: Pick<Totp, 'isOn'>;
  history: Pick<History, 'record'>;
  alarm: SecondFactorAlarm;
}): CodeJudge {
  const { totp, history, alarm } = parts;
  return async (visit, verify) => {
    const { accountId } = visit.facts;
    const code = visit.form['code'] ?? '';
    if (code.trim() === '') return { kind: 'show', problem: 'empty' };
    if (accountId === undefined) return { kind: 'show', problem: 'wrong_code' };
    // Switched off since the page was shown, as after a lost device.
    if (!(await totp.isOn(accountId))) return { kind: 'again' };

    const refused = { ...attemptOf(visit), accountId, result: 'refused' } as const;
    const outcome = await verify(accountId, code);
    switch (outcome.kind) {
      case 'proved':
        return { kind: 'proved', accountId };
      case 'malformed':
        return { kind: 'show', problem: 'wrong_code' };
      case 'wrong':
        await history.record({ ...refused, reason: 'wrong_code' });
        await alarm(accountId, visit);
        return { kind: 'show', problem: 'wrong_code' };
      case 'throttled': {
        await history.record({ ...refused, reason: 'throttled' });
        const { retryAfterSeconds } = outcome;
        return { kind: 'show', problem: 'too_many_attempts', retryAfterSeconds };
      }
      default:
        return outcome satisfies never;
    }
  };
}

// Sign-in by passkey, and a passkey as the second factor (WebAuthn Level 3).

import type { History } from '../../src/domain/sign-ins/history.ts';
import type { PasskeyOutcome, PasskeySignIn } from '../../src/domain/factors/passkey-sign-in.ts';
import type { SecondFactorAlarm } from '../../src/domain/factors/second-factor-alarm.ts';
import { attemptOf } from '../attempt.ts';
import { wantedPasskey, type OfferPasskey } from '../passkey-offer.ts';
import type { Outcome, Step, Visit } from '../step.ts';

/** The passkey step. */
export function createPasskeyStep(parts: {
  passkeySignIn: PasskeySignIn;
  offerPasskey: OfferPasskey;
  history: Pick<History, 'record'>;
  secondFactorAlarm: SecondFactorAlarm;
}): Step {
  const { passkeySignIn, offerPasskey, history, secondFactorAlarm } = parts;

  async function show(
    visit: Visit,
    more: { problem?: string; retryAfterSeconds?: number } = {},
  ): Promise<Outcome> {
    const passkey = await offerPasskey(visit);
    return { kind: 'show', ...more, props: { passkey, first: visit.facts.accountId === undefined } };
  }

  /** Into the history of whose passkey it was, or whose sign-in. An answer that only came too late is no attempt. */
  async function note(visit: Visit, outcome: PasskeyOutcome & { kind: 'refused' }): Promise<void> {
    const { accountId, problem } = outcome;
    if (accountId === undefined || problem === 'too_late') return;
    await history.record({ ...attemptOf(visit), accountId, result: 'refused', reason: 'wrong_passkey' });
    // After a right password it may well be a stolen one.
    if (visit.facts.accountId !== undefined) await secondFactorAlarm(visit.facts.accountId, visit);
  }

  return {
    id: 'passkey',
    isOffered: ({ facts }) =>
      Promise.resolve(facts.accountId === undefined || facts.account?.hasPasskey === true),
    start: show,

    async submit(visit): Promise<Outcome> {
      const credential = visit.form['credential'] ?? '';
      // Sent without an answer: there was no script, or the person has changed their mind.
      if (credential === '') return show(visit, { problem: 'empty' });
      const { address } = visit;
      const outcome = await passkeySignIn.prove({ ...wantedPasskey(visit), credential, address });
      switch (outcome.kind) {
        case 'proved':
          return outcome;
        case 'throttled': {
          const { retryAfterSeconds } = outcome;
          return show(visit, { problem: 'too_many_attempts', retryAfterSeconds });
        }
        case 'refused':
          await note(visit, outcome);
          return show(visit, { problem: outcome.problem });
        default:
          return outcome satisfies never;
      }
    },
  };
}

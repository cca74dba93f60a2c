// Sign-in by login name or e-mail and password (S7, S72).

import type { AddressLists } from '../../src/domain/sign-ins/address-lists.ts';
import type { History } from '../../src/domain/sign-ins/history.ts';
import { PASSWORD_INPUT_LIMIT } from '../../src/domain/passwords/passwords.ts';
import type { PasswordSignIn } from '../../src/domain/passwords/password-sign-in.ts';
import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Registrations } from '../../src/domain/registration/registrations.ts';
import { attemptOf } from '../attempt.ts';
import type { Outcome, Step, Visit } from '../step.ts';

const LONGEST_LOGIN = 254;

/** Where a forgotten name or password is recovered, to come back to this sign-in. */
const recoverHref = ({ uid }: Visit): string => `/recover?sign_in=${uid}`;

/** The password step. */
export function createPasswordStep(parts: {
  passwordSignIn: PasswordSignIn;
  accounts: Accounts;
  addressLists: Pick<AddressLists, 'match'>;
  history: Pick<History, 'record'>;
  registrations: Pick<Registrations, 'freshEmail' | 'forgetFresh'>;
}): Step {
  const { passwordSignIn, accounts, addressLists, history, registrations } = parts;

  /** The name to start with: the client's hint, who is signed in and must prove it again, who has just registered here. */
  async function knownLogin({ facts, browserId }: Visit): Promise<string> {
    if (facts.loginHint !== undefined) return facts.loginHint.slice(0, LONGEST_LOGIN);
    if (facts.prompt !== 'login' || facts.signedInAs === undefined)
      return (await registrations.freshEmail(browserId)) ?? '';
    const account = await accounts.get(facts.signedInAs);
    return account?.doc.login ?? account?.doc.email ?? '';
  }

  return {
    id: 'password',
    start: async (visit): Promise<Outcome> => ({
      kind: 'show',
      props: { login: await knownLogin(visit), recoverHref: recoverHref(visit) },
    }),

    async submit(visit): Promise<Outcome> {
      const login = (visit.form['login'] ?? '').trim();
      const password = visit.form['password'] ?? '';
      const props = { login: login.slice(0, LONGEST_LOGIN), recoverHref: recoverHref(visit) };
      if (login === '' || password === '') return { kind: 'show', problem: 'empty', props };
      if (login.length > LONGEST_LOGIN || password.length > PASSWORD_INPUT_LIMIT) {
        return { kind: 'show', problem: 'wrong_credentials', props };
      }
      const { address, browserId, userAgent } = visit;
      const outcome = await passwordSignIn.prove({
        identifier: login,
        password,
        address,
        browserId,
        userAgent,
        onRefused: (accountId, reason) =>
          history.record({ ...attemptOf(visit), accountId, result: 'refused', reason }),
      });
      switch (outcome.kind) {
        case 'proved': {
          await registrations.forgetFresh(browserId);
          // Of this very request: where the page was opened, or where it goes on, spares nobody anything.
          const listedBy = await addressLists.match(outcome.accountId, address);
          return { ...outcome, ...(listedBy === undefined ? {} : { listedBy }) };
        }
        case 'throttled': {
          const { retryAfterSeconds } = outcome;
          return { kind: 'show', problem: 'too_many_attempts', retryAfterSeconds, props };
        }
        case 'password_off':
          return { kind: 'show', problem: outcome.isChosen ? 'password_by_choice' : 'password_off', props };
        case 'wrong':
          return { kind: 'show', problem: 'wrong_credentials', props };
        default:
          return outcome satisfies never;
      }
    },
  };
}

// An own login name beside the e-mail address (S69): set, changed, or given up. The e-mail signs in all the same.

import { comparableName, NameTaken, type Accounts, type StoredAccount } from './accounts.ts';
import type { Quotas } from '../limits/quotas.ts';

export type LoginProblem = 'bad_login' | 'same_login' | 'login_taken';

export type LoginOutcome =
  | { readonly kind: 'changed'; readonly account: StoredAccount }
  | { readonly kind: 'refused'; readonly problem: LoginProblem }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** Longest own name, in UTF-16 units as browsers count them. */
export const LOGIN_LIMIT = 60;

/**
 * Letters and digits, with single dots, hyphens and underscores between them. No `@`: such a name could stand before
 * somebody's address.
 */
const shape = /^[\p{L}\p{N}]+([._-][\p{L}\p{N}]+)*$/u;
const SHORTEST = 3;

/** That a name is taken is told plainly, for no page could work otherwise: so a person may only try so many. */
export const loginQuota = { limit: 10, windowSeconds: 3600 } as const;

/** Changes of login names, for somebody who has just proved to be the account's person. */
export function createChangeLogin({ accounts, quotas }: { accounts: Accounts; quotas: Quotas }) {
  return {
    /** What is wrong with a name by itself; an empty one gives the own name up. */
    judge({ doc }: StoredAccount, typed: string): LoginProblem | undefined {
      const login = typed.trim();
      if (login === (doc.login ?? '')) return 'same_login';
      if (login === '') return undefined;
      const isOne = login.length >= SHORTEST && login.length <= LOGIN_LIMIT && shape.test(login);
      return isOne && login.normalize('NFKC') === login ? undefined : 'bad_login';
    },

    async set(account: StoredAccount, typed: string): Promise<LoginOutcome> {
      const retryAfterSeconds = await quotas.spend([{ id: `change-login:${account.id}`, ...loginQuota }]);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      const login = typed.trim();
      const names = login === '' ? undefined : { login, loginKey: comparableName(login) };
      try {
        const changed = await accounts.change(account.id, () => ({
          login: names?.login,
          loginKey: names?.loginKey,
        }));
        return { kind: 'changed', account: changed };
      } catch (error) {
        if (error instanceof NameTaken) return { kind: 'refused', problem: 'login_taken' };
        throw error;
      }
    },
  };
}

export type ChangeLogin = ReturnType<typeof createChangeLogin>;

// What a password must be, and the check of one against an account (S4, S5, S72).

import type { Hasher } from '../ports/hasher.ts';
import { comparableName, type StoredAccount } from './accounts.ts';

export type PasswordRules = { readonly minLength: number; readonly maxLength: number };

/** Why a new password is refused; each is a locale key. */
export type PasswordProblem = 'too_short' | 'too_long' | 'same_as_login' | 'too_common';

/** The longest input that is looked at at all, in UTF-16 units: nothing longer is ever hashed. */
export const PASSWORD_INPUT_LIMIT = 1024;

/**
 * Judges a new password by NIST SP 800-63B-4 §3.1.1.2: length counted in code points after NFC, no composition
 * rules, but not a name of the account and not one character over and over.
 */
export function judgePassword(
  password: string,
  rules: PasswordRules,
  names: readonly string[],
): PasswordProblem | undefined {
  const points = [...password.normalize('NFC')];
  if (points.length < rules.minLength) return 'too_short';
  if (points.length > rules.maxLength) return 'too_long';
  const comparable = comparableName(password);
  if (names.some((name) => comparableName(name) === comparable)) return 'same_as_login';
  if (new Set(points).size < 3) return 'too_common';
  return undefined;
}

/**
 * Whether the password opens the account. Unknown names, accounts without a password and disabled ones spend the
 * time of one hash of the current profile all the same, and the hasher adds it to hashes of other profiles.
 */
export async function checkPassword(
  hasher: Hasher,
  account: StoredAccount | undefined,
  password: string,
): Promise<{ matches: boolean; outdated: boolean }> {
  const hash = account?.doc.passwordHash;
  const usable = password.length > 0 && password.length <= PASSWORD_INPUT_LIMIT;
  if (hash === undefined || !usable) {
    await hasher.pretend('a password of nobody');
    return { matches: false, outdated: false };
  }
  const { matches, outdated } = await hasher.verify(hash, password);
  return { matches: matches && account?.doc.status === 'active', outdated };
}

// What a password must be, and the check of one against an account (S4, S5, S72).

import type { Hasher, Turn } from '../../ports/hasher.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { isObvious, wordsIn } from './obvious-passwords.ts';

export type PasswordRules = { readonly minLength: number; readonly maxLength: number };

/** Why a new password is refused; each is a locale key. */
export type PasswordProblem =
  | 'too_short'
  | 'too_long'
  | 'same_as_login'
  | 'same_as_name'
  | 'same_as_brand'
  | 'too_common'
  | 'breached'
  /** The one that the owner has given up as known to somebody else. */
  | 'exposed';

/** What stands near an account, and must not be its password. */
export type NearWords = {
  /** What the person signs in with, and parts of it. */
  readonly logins: readonly string[];
  /** Names of the person and of customers, and domains. */
  readonly names: readonly string[];
  /** What the house is called. */
  readonly brand: readonly string[];
};

/** The longest input that is looked at at all, in UTF-16 units: nothing longer is ever hashed. */
export const PASSWORD_INPUT_LIMIT = 1024;

/** Shorter words say nothing: two letters of a name may well begin a good password. */
const SHORTEST_WORD = 3;

/**
 * Judges a new password by NIST SP 800-63B-4 §3.1.1.2: length counted in code points after NFC, no composition
 * rules, but as a whole not a word that stands near the account, however lengthened, and not one that is tried first.
 */
export function judgePassword(
  password: string,
  rules: PasswordRules,
  near: NearWords,
): Exclude<PasswordProblem, 'breached' | 'exposed'> | undefined {
  const points = [...password.normalize('NFC')];
  if (points.length < rules.minLength) return 'too_short';
  if (points.length > rules.maxLength) return 'too_long';
  const given = new Set(wordsIn(password));
  const isAny = (words: readonly string[]) =>
    words.flatMap(wordsIn).some((word) => word.length >= SHORTEST_WORD && given.has(word));
  if (isAny(near.logins)) return 'same_as_login';
  if (isAny(near.names)) return 'same_as_name';
  if (isAny(near.brand)) return 'same_as_brand';
  if (new Set(points).size < 3 || isObvious(password)) return 'too_common';
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
  turn?: Turn,
): Promise<{ matches: boolean; outdated: boolean }> {
  const hash = account?.doc.passwordHash;
  const usable = password.length > 0 && password.length <= PASSWORD_INPUT_LIMIT;
  if (hash === undefined || !usable) {
    await hasher.pretend('a password of nobody', turn);
    return { matches: false, outdated: false };
  }
  const { matches, outdated } = await hasher.verify(hash, password, turn);
  return { matches: matches && account?.doc.status === 'active', outdated };
}

// Any password hash that an account may have: our own PHC strings, and what old systems wrote.

import { type CryptCost, parseCrypt } from './crypt-text.ts';
import { type PhcCost, parsePhc } from './phc.ts';

export type HashCost = PhcCost | CryptCost;

/** A hash that can be computed again. `keyId` names the pepper it was made with. */
export type StoredHash = {
  readonly cost: HashCost;
  readonly keyId?: string;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
};

/** The parts of a hash; `undefined` when it cannot be read, or would cost too much. */
export const parseStoredHash = (text: string): StoredHash | undefined => parsePhc(text) ?? parseCrypt(text);

/** Whether two hashes are made by one scheme with one cost. */
export function sameCost(a: HashCost, b: HashCost): boolean {
  const other = b as Readonly<Record<string, unknown>>;
  return Object.entries(a).every(([name, value]) => other[name] === value);
}

/** What a report calls the scheme of a hash; `none` without one, `unreadable` when it verifies nowhere. */
export const schemeOf = (text: string | undefined): string =>
  text === undefined ? 'none' : (parseStoredHash(text)?.cost.scheme ?? 'unreadable');

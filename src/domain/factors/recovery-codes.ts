// Recovery codes: ten to keep on paper, each good once in the place of a code of the app.

import { digest, digestsEqual } from '../../lib/digest.ts';
import { randomText } from '../../lib/random.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CodeOutcome, SecondFactors } from './second-factors.ts';

export const RECOVERY_CODES = 10;

// Crockford's base32: no letter that is easily taken for another one or for a digit.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;
const GROUP = 4;

const groups = (code: string): string => code.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-');

/** Ten codes of 80 random bits each, in groups of four, as they are shown once. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () => groups(randomText(LENGTH, ALPHABET)));

/**
 * What a person typed as a code is stored: case, spaces and dashes forgiven, and the letters that the alphabet leaves
 * out read as the digits they look like. `undefined` when it cannot be one.
 */
function readRecoveryCode(typed: string): string | undefined {
  if (typed.length > 128) return undefined;
  const code = typed
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter)) ? code : undefined;
}

/** How a code is stored. It is random enough that a plain hash cannot be searched; the account keeps them apart. */
export const recoveryCodeHash = (accountId: string, code: string): string =>
  digest(`${accountId}:${readRecoveryCode(code) ?? ''}`);

/** Recovery codes of accounts; they live and end with the second factor. */
export function createRecoveryCodes(secondFactors: SecondFactors, clock: Clock) {
  return {
    /** How many are left; 0 while the second factor is off. */
    left: async (accountId: string): Promise<number> =>
      (await secondFactors.get(accountId))?.recoveryCodes.length ?? 0,

    /** Uses a code up; of many callers with the same code at once exactly one is right. */
    async use(accountId: string, typed: string): Promise<CodeOutcome> {
      if (readRecoveryCode(typed) === undefined) return { kind: 'malformed' };
      const hash = recoveryCodeHash(accountId, typed);
      return secondFactors.judge(accountId, () =>
        secondFactors.update(accountId, (factor) => {
          const recoveryCodes = (factor?.recoveryCodes ?? []).filter((kept) => !digestsEqual(kept, hash));
          if (!factor || recoveryCodes.length === factor.recoveryCodes.length) return { result: false };
          return {
            result: true,
            write: { doc: { ...factor, recoveryCodes, provedAt: clock.now().toISOString() } },
          };
        }),
      );
    },

    /** Ten new codes, returned once, in the place of all earlier ones; `undefined` while the second factor is off. */
    async renew(accountId: string): Promise<string[] | undefined> {
      const codes = newRecoveryCodes();
      const recoveryCodes = codes.map((code) => recoveryCodeHash(accountId, code));
      const renewed = await secondFactors.update(accountId, (factor) =>
        factor ? { result: true, write: { doc: { ...factor, recoveryCodes } } } : { result: false },
      );
      return renewed ? codes : undefined;
    },
  };
}

export type RecoveryCodes = ReturnType<typeof createRecoveryCodes>;

// The arithmetic of one-time codes: keys, codes of a time step (RFC 6238, RFC 4226), and the address that
// authenticator apps read a key from. Nothing is stored here.

import { secretsEqual } from '../../lib/digest.ts';

/** How long a code lives, in seconds (S47; RFC 6238 §5.2 recommends it). */
export const STEP_SECONDS = 30;

/** How many steps a clock may be off, in either direction (RFC 6238 §5.2: one). */
const DRIFT_STEPS = 1;
const KEY_BYTES = 20;

/** The time step that a moment is in (RFC 6238 §4.2, T0 = 0). */
export const stepOf = (now: Date): number => Math.floor(now.getTime() / 1000 / STEP_SECONDS);

/** The six digits that a person typed, spaces forgiven; `undefined` for anything else, other scripts' digits too. */
export function sixDigits(typed: string): string | undefined {
  if (typed.length > 64) return undefined;
  const code = typed.replaceAll(/\s/g, '');
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/**
 * The arithmetic, over a library that is loaded when the first code is needed: most commands and most requests never
 * see one.
 */
export async function timeCodes() {
  const { generateSecret, generateSync, generateURI } = await import('otplib');
  const codeAt = (key: string, step: number): string =>
    generateSync({ strategy: 'hotp', secret: key, counter: step });

  return {
    /** A new key of 160 random bits, base32 (RFC 4226 §4, R6). */
    newKey: (): string => generateSecret({ length: KEY_BYTES }),

    /** The code of a step: six digits, HMAC-SHA-1, which is what every app can do. */
    codeAt,

    /**
     * The step within the drift that the code belongs to, if it is later than `after`: a step that was used once, and
     * everything before it, is over (RFC 6238 §5.2).
     */
    matchingStep(key: string, code: string, now: Date, after: number): number | undefined {
      const present = stepOf(now);
      const steps = Array.from({ length: 2 * DRIFT_STEPS + 1 }, (_, index) => present - DRIFT_STEPS + index);
      // All are compared, so that the time does not tell which one it was.
      const matches = steps.filter((step) => secretsEqual(codeAt(key, step), code));
      return matches.find((step) => step > after);
    },

    /**
     * The key as an `otpauth:` address with the standard parameters (S81). A colon parts the issuer from the name, so
     * neither may have one.
     */
    keyUri: (key: string, { issuer, label }: { issuer: string; label: string }): string =>
      generateURI({ secret: key, issuer: withoutColons(issuer), label: withoutColons(label) }),
  };
}

const withoutColons = (text: string): string =>
  text.toWellFormed().replaceAll(':', ' ').replaceAll(/\s+/g, ' ').trim();

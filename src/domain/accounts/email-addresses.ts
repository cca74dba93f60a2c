// What is taken for an e-mail address when a person types one, and how often mail goes to one that is not proved yet.

/** Why an address is not taken; each is a locale key. */
export type EmailProblem = 'no_email' | 'same_email';

/** RFC 5321 §4.5.3.1.3, without the angle brackets. */
const LONGEST = 254;
/** One `@`, a dot in what follows it, nothing that has a meaning in a header, and nothing that is not seen. */
const shape = /^[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]+@[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}.]+(\.[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}.]+)+$/u; // prettier-ignore

/** How many links go out: for one account, and to one address, whoever asks. */
export const emailQuotas = {
  account: { limit: 5, windowSeconds: 3600 },
  target: { limit: 3, windowSeconds: 3600 },
} as const;

/**
 * An address as it was typed, without spaces around it. Characters that only look like others (NFKC makes them those)
 * are refused: two addresses that we compare as one could be two mailboxes.
 */
export function readEmail(typed: string): { readonly email: string } | { readonly problem: EmailProblem } {
  const email = typed.trim();
  const isOne = email.length <= LONGEST && shape.test(email) && email.normalize('NFKC') === email;
  return isOne ? { email } : { problem: 'no_email' };
}

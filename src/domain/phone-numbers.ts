// Phone numbers as people write them, and as they are stored (ITU-T E.164).

/** The country that a number without a prefix belongs to. */
const OWN_PREFIX = '+420';
const OWN_LENGTH = 9;

/**
 * The number in E.164, such as `+420601234567`: separators and brackets are forgiven, `00` is a plus, nine digits are
 * Czech. `undefined` when it cannot be a number; whether there is such a phone only a message tells.
 */
export function readPhone(typed: string): string | undefined {
  if (typed.length > 40) return undefined;
  const digits = typed.replaceAll(/[\s\p{Pd}()./]/gu, '').replace(/^00/, '+');
  const full = new RegExp(`^[0-9]{${OWN_LENGTH}}$`).test(digits) ? OWN_PREFIX + digits : digits;
  if (full.startsWith(OWN_PREFIX)) return /^\+420[1-9][0-9]{8}$/.test(full) ? full : undefined;
  return /^\+[1-9][0-9]{6,14}$/.test(full) ? full : undefined;
}

/** The number in groups, as on paper: `+420 601 234 567`, with spaces that do not break. */
export function shownPhone(phone: string): string {
  const [, country, rest] = /^(\+420)([0-9]{9})$/.exec(phone) ?? [];
  return country && rest ? `${country}\u00a0${rest.match(/.{3}/g)!.join('\u00a0')}` : phone;
}

// Unguessable tokens, codes and time-ordered ids. An id is never a secret: it tells its time of birth.

import { randomBytes, randomInt } from 'node:crypto';

/** A bearer secret of 256 random bits, base64url, 43 characters. */
export const randomToken = (): string => randomBytes(32).toString('base64url');

/** So many decimal digits, each as likely as any other; at most 14. */
export const randomDigits = (count: number): string => String(randomInt(10 ** count)).padStart(count, '0');

/** So many characters, each drawn evenly from the alphabet. */
export const randomText = (length: number, alphabet: string): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** The most that a place among the ids of one millisecond can be: 12 bits. */
const LAST_PLACE = 0xfff;
let [lastTime, lastPlace] = [Number.NaN, 0];

/** Begins in the lower half, unforeseen, so that there is room for as many more (RFC 9562 §6.2, method 1). */
function nextPlace(time: number): number {
  lastPlace = time === lastTime ? Math.min(lastPlace + 1, LAST_PLACE) : randomInt(LAST_PLACE >> 1);
  lastTime = time;
  return lastPlace;
}

/**
 * A UUIDv7 (RFC 9562 §5.7): sorts by the time it was made, and those that a process makes in one millisecond by their
 * turn. The rest are random bits, or bits of the 16 bytes given, for a thing that there is one of at that time.
 */
export function timeOrderedId(now: Date, given?: Buffer): string {
  const bytes = Buffer.from(given ?? randomBytes(16));
  bytes.writeUIntBE(now.getTime(), 0, 6);
  if (!given) bytes.writeUInt16BE(nextPlace(now.getTime()), 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

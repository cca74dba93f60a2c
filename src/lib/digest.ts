// How bearer secrets are stored and compared: as SHA-256, in constant time.

import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a text, base64url. Enough for random secrets; passwords go to the hasher. */
export const digest = (text: string): string => hash('sha256', text, 'base64url');

/** HMAC-SHA256 of a text, base64url. */
export const authenticate = (key: Buffer, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

/** Whether two digests are the same, in constant time. */
export function digestsEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Whether two texts are equal, in time that depends on neither's content. */
export function secretsEqual(a: string, b: string): boolean {
  const [left, right] = [hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer')];
  return timingSafeEqual(left, right);
}

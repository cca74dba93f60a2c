// Keys for one purpose each, derived from the installation's secret, so that no two uses share key material.

import { hkdfSync } from 'node:crypto';

/**
 * Key material for one purpose (HKDF-SHA256, RFC 5869). The same secret and purpose always give the same bytes;
 * different purposes give unrelated ones.
 */
export function deriveKey(secret: string, purpose: string, bytes: number): Buffer {
  if (secret === '') throw new TypeError('the secret is empty: its keys would be known to everyone');
  return Buffer.from(hkdfSync('sha256', secret, '', `vratny ${purpose}`, bytes));
}

/**
 * A public name for a secret, 12 hexadecimal digits, to write beside what was made with it. It is derived, so it
 * tells nothing of the secret or its keys.
 */
export const keyId = (secret: string): string => deriveKey(secret, 'key id', 6).toString('hex');

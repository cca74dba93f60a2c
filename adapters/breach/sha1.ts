// What lists of breached passwords are keyed by: not how passwords are stored.

import { hash } from 'node:crypto';

/** SHA-1 of a password as it would be stored (NFC), in upper-case hexadecimal digits. */
export const sha1 = (password: string): string =>
  hash('sha1', password.normalize('NFC'), 'hex').toUpperCase();

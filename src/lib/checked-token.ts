// Bearer values that people handle: a prefix that scanners for leaked secrets know, 256 random bits, and a checksum by
// which a slip of the keyboard is told from a token without asking the storage.

import { crc32 } from 'node:zlib';
import { randomText } from './random.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 characters of 62 are more than 256 bits. */
const RANDOM_CHARACTERS = 43;
/** As many as 32 bits need. */
const CHECK_CHARACTERS = 6;

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECK_CHARACTERS; place += 1) {
    digits = ALPHABET[rest % ALPHABET.length]! + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

/** A new value: the prefix, 43 random characters, and the CRC-32 of both in base 62. */
export function makeCheckedToken(prefix: string): string {
  const text = prefix + randomText(RANDOM_CHARACTERS, ALPHABET);
  return text + checksum(text);
}

/** Whether a text has the form of such a value, checksum and all. It says nothing of whether there is one. */
export function isCheckedToken(prefix: string, text: string): boolean {
  if (text.length !== prefix.length + RANDOM_CHARACTERS + CHECK_CHARACTERS) return false;
  if (!text.startsWith(prefix) || !/^[0-9A-Za-z]+$/.test(text.slice(prefix.length))) return false;
  const [body, check] = [text.slice(0, -CHECK_CHARACTERS), text.slice(-CHECK_CHARACTERS)];
  // No secret: whoever has the text can work it out.
  return checksum(body) === check;
}

// MD5-crypt, APR1 and SHA-crypt, as glibc and Apache have them. They are weak or odd, and only ever compared.

import { hash as digestOf } from 'node:crypto';

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

type Digest = 'md5' | 'sha256' | 'sha512';

const digest = (algorithm: Digest, parts: readonly Uint8Array[]): Buffer =>
  digestOf(algorithm, Buffer.concat(parts), 'buffer');

/** So many bytes of a block that is repeated. */
function repeated(block: Uint8Array, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += block.length) bytes.set(block.subarray(0, length - at), at);
  return bytes;
}

/** Six bits a character, the lowest first, of three bytes each; the order is the scheme's. */
function encode(bytes: Uint8Array, groups: readonly (readonly number[])[]): Buffer {
  let text = '';
  for (const group of groups) {
    let value = group.reduce((sum, index) => sum * 256 + bytes[index]!, 0);
    for (let left = group.length + 1; left > 0; left -= 1) {
      text += alphabet[value % 64];
      value = Math.floor(value / 64);
    }
  }
  return Buffer.from(text, 'latin1');
}

const md5Order = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]];

/** The hash of `$1$salt$…` (magic `$1$`) or `$apr1$salt$…`, in its own base 64. */
export function md5Crypt(password: Uint8Array, salt: Uint8Array, magic: '$1$' | '$apr1$'): Buffer {
  const inner = digest('md5', [password, salt, password]);
  const parts: Uint8Array[] = [password, Buffer.from(magic), salt, repeated(inner, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1)
    parts.push(bits & 1 ? Buffer.alloc(1) : password.subarray(0, 1));
  let result = digest('md5', parts);
  for (let round = 0; round < 1000; round += 1) {
    const isOdd = round % 2 === 1;
    result = digest('md5', [
      isOdd ? password : result,
      ...(round % 3 ? [salt] : []),
      ...(round % 7 ? [password] : []),
      isOdd ? result : password,
    ]);
  }
  return encode(result, md5Order);
}

// prettier-ignore
const shaOrders = {
  sha256: [
    [0, 10, 20], [21, 1, 11], [12, 22, 2], [3, 13, 23], [24, 4, 14], [15, 25, 5], [6, 16, 26], [27, 7, 17],
    [18, 28, 8], [9, 19, 29], [31, 30],
  ],
  sha512: [
    [0, 21, 42], [22, 43, 1], [44, 2, 23], [3, 24, 45], [25, 46, 4], [47, 5, 26], [6, 27, 48], [28, 49, 7],
    [50, 8, 29], [9, 30, 51], [31, 52, 10], [53, 11, 32], [12, 33, 54], [34, 55, 13], [56, 14, 35], [15, 36, 57],
    [37, 58, 16], [59, 17, 38], [18, 39, 60], [40, 61, 19], [62, 20, 41], [63],
  ],
} as const;

/** The hash of `$5$…` or `$6$…` (Drepper, “Unix crypt using SHA-256 and SHA-512”), in its own base 64. */
export function shaCrypt(
  password: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  algorithm: 'sha256' | 'sha512',
): Buffer {
  const { length } = password;
  const inner = digest(algorithm, [password, salt, password]);
  const parts: Uint8Array[] = [password, salt, repeated(inner, length)];
  for (let bits = length; bits > 0; bits >>= 1) parts.push(bits & 1 ? inner : password);
  let result = digest(algorithm, parts);
  const p = repeated(digest(algorithm, Array(length).fill(password)), length);
  const s = repeated(digest(algorithm, Array(16 + result[0]!).fill(salt)), salt.length);
  for (let round = 0; round < rounds; round += 1) {
    const isOdd = round % 2 === 1;
    result = digest(algorithm, [
      isOdd ? p : result,
      ...(round % 3 ? [s] : []),
      ...(round % 7 ? [p] : []),
      isOdd ? result : p,
    ]);
  }
  return encode(result, shaOrders[algorithm]);
}

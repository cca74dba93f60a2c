// Reading a public key of OpenSSH (RFC 4253 §6.6, RFC 5656, RFC 8709, PROTOCOL.u2f), down to its numbers: what is kept
// is a key, and not a text that looks like one.

import { createPublicKey, hash } from 'node:crypto';
import { ownName } from '../../lib/own-name.ts';
import { refuse, rsaProblem, strictBase64, type KeyOutcome, type KeyProblem } from './key-problems.ts';

const LONGEST_LINE = 12_000;
const LONGEST_COMMENT = 100;
const CERTIFICATE = /-cert-v0[01]@openssh\.com$/;

const curves = {
  nistp256: { crv: 'P-256', bytes: 32 },
  nistp384: { crv: 'P-384', bytes: 48 },
  nistp521: { crv: 'P-521', bytes: 66 },
} as const;

/** The parts of a key's blob in order; reading past the end fails. */
function createReader(blob: Buffer) {
  let at = 0;
  return {
    string(): Buffer {
      const length = blob.readUInt32BE(at);
      const from = at + 4;
      if (from + length > blob.length) throw new RangeError('a part is longer than the key');
      at = from + length;
      return blob.subarray(from, at);
    },
    isAtEnd: (): boolean => at === blob.length,
  };
}
type Reader = ReturnType<typeof createReader>;

/** What is wrong with the numbers that follow the type; throws when they are none. */
type Judge = (parts: Reader) => { readonly problem?: KeyProblem | undefined; readonly bits?: number };

const judgeEd25519: Judge = (parts) => ({ problem: parts.string().length === 32 ? undefined : 'damaged' });

const judgeEcdsa =
  (name: keyof typeof curves): Judge =>
  (parts) => {
    const { crv, bytes } = curves[name];
    if (parts.string().toString('latin1') !== name) return { problem: 'damaged' };
    const point = parts.string();
    if (point[0] !== 4 || point.length !== 1 + 2 * bytes) return { problem: 'damaged' };
    const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)].map((part) =>
      part.toString('base64url'),
    );
    // Throws unless the point is on the curve.
    createPublicKey({ key: { kty: 'EC', crv, x: x!, y: y! }, format: 'jwk' });
    return {};
  };

/** A positive number as RFC 4251 §5 writes it: no zeros in front but one that keeps it positive. */
function readNumber(parts: Reader): bigint {
  const bytes = parts.string();
  const isShortest = bytes.length > 0 && !(bytes[0] === 0 && (bytes[1] ?? 0) < 0x80);
  if (!isShortest || bytes[0]! >= 0x80) throw new RangeError('not a positive number in its shortest form');
  return BigInt(`0x${bytes.toString('hex')}`);
}

const judgeRsa: Judge = (parts) => {
  const [exponent, modulus] = [readNumber(parts), readNumber(parts)];
  const bits = modulus.toString(2).length;
  const isOdd = modulus % 2n === 1n && exponent % 2n === 1n && exponent > 1n;
  return { problem: isOdd ? rsaProblem(bits) : 'damaged', bits };
};

/** A key in a FIDO device: the same, and the application that it is for. */
const withApplication =
  (judge: Judge): Judge =>
  (parts) => {
    const judged = judge(parts);
    return parts.string().length > 0 ? judged : { problem: 'damaged' };
  };

const types: Readonly<Record<string, Judge>> = {
  'ssh-ed25519': judgeEd25519,
  'ecdsa-sha2-nistp256': judgeEcdsa('nistp256'),
  'ecdsa-sha2-nistp384': judgeEcdsa('nistp384'),
  'ecdsa-sha2-nistp521': judgeEcdsa('nistp521'),
  'ssh-rsa': judgeRsa,
  'sk-ssh-ed25519@openssh.com': withApplication(judgeEd25519),
  'sk-ecdsa-sha2-nistp256@openssh.com': withApplication(judgeEcdsa('nistp256')),
};
const isType = (word: string): boolean =>
  Object.hasOwn(types, word) || word === 'ssh-dss' || CERTIFICATE.test(word);

function judgeBlob(type: string, blob: Buffer): ReturnType<Judge> {
  try {
    const parts = createReader(blob);
    if (parts.string().toString('latin1') !== type) return { problem: 'damaged' };
    const judged = types[type]!(parts);
    return judged.problem === undefined && !parts.isAtEnd() ? { problem: 'damaged' } : judged;
  } catch {
    // Cut off, or numbers that are none: what it was is not repeated anywhere.
    return { problem: 'damaged' };
  }
}

/** The fingerprint of a key as `ssh-keygen -l` prints it. */
export const sshFingerprint = (blob: Buffer): string =>
  `SHA256:${hash('sha256', blob, 'base64').replace(/(?<!=)=+$/, '')}`;

/** Reads one line as it stands in `id_ed25519.pub`. */
export function readSshKey(typed: string): KeyOutcome {
  const lines = typed.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [line = ''] = lines;
  if (lines.length > 1) return refuse('several_keys');
  if (line.length > LONGEST_LINE) return refuse('too_long');
  const [type = '', base64 = '', ...rest] = line.trim().split(/[ \t]+/);
  if (!isType(type)) {
    // Options in front (`command="…"`) say what a server does with the key: that is for its operator to say.
    const inside = line.split(/[ \t]+/).some(isType);
    return refuse(inside ? 'options' : 'not_a_key');
  }
  if (type === 'ssh-dss') return refuse('dsa');
  if (CERTIFICATE.test(type)) return refuse('certificate');
  const blob = strictBase64(base64);
  if (blob === undefined) return refuse('damaged');
  const { problem, bits } = judgeBlob(type, blob);
  if (problem !== undefined) return refuse(problem);
  return {
    kind: 'read',
    key: {
      kind: 'ssh',
      type,
      fingerprint: sshFingerprint(blob),
      text: `${type} ${base64}`,
      comment: ownName(rest.join(' '), LONGEST_COMMENT) ?? '',
      ...(bits === undefined ? {} : { bits }),
    },
  };
}

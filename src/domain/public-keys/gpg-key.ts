// Reading an armored OpenPGP public key (RFC 9580): whose it says it is, its fingerprint, and when it ends. Signatures
// are not verified: everybody who uses the key does that, and what is shown here its owner has brought.

import { hash } from 'node:crypto';
import { ownName } from '../../lib/own-name.ts';
import { armor, openArmor, readPackets, type Packet } from './gpg-packets.ts';
import { refuse, rsaProblem, type KeyOutcome } from './key-problems.ts';

const LONGEST = 12_000;
const LONGEST_USER_ID = 200;
const MOST_USER_IDS = 20;

const tags = { signed: 2, publicKey: 6, userId: 13 } as const;
/** Secret keys and secret subkeys, also behind the armor of a public one. */
const secretTags: ReadonlySet<number> = new Set([5, 7]);

const algorithms: Readonly<Record<number, string>> = {
  1: 'RSA',
  3: 'RSA',
  17: 'DSA',
  19: 'ECDSA',
  22: 'EdDSA',
  27: 'Ed25519',
  28: 'Ed448',
};

/** A primary key: the fingerprint by version (RFC 9580 §5.5.4; version 5 as GnuPG 2.4 makes it). */
function readPrimary(body: Buffer) {
  const version = body.readUInt8(0);
  const framed = (mark: number, size: 2 | 4): Buffer => {
    const head = Buffer.alloc(1 + size);
    head.writeUInt8(mark);
    head.writeUIntBE(body.length, 1, size);
    return Buffer.concat([head, body]);
  };
  const fingerprint =
    version === 4
      ? hash('sha1', framed(0x99, 2), 'hex')
      : version === 5
        ? hash('sha256', framed(0x9a, 4), 'hex')
        : version === 6
          ? hash('sha256', framed(0x9b, 4), 'hex')
          : undefined;
  if (fingerprint === undefined) return undefined;
  const numbers = version === 4 ? 6 : 10;
  const algorithm = body.readUInt8(5);
  const name = algorithms[algorithm];
  return {
    fingerprint: fingerprint.toUpperCase(),
    keyId: version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16),
    createdAt: body.readUInt32BE(1),
    name,
    ...(name === 'RSA' ? { bits: body.readUInt16BE(numbers) } : {}),
  };
}

type Signature = {
  readonly type: number;
  readonly createdAt: number;
  /** Seconds after the key was made; 0 means never. */
  readonly keyLife: number | undefined;
  /** The key id of who made it, if it says so. */
  readonly issuer: string | undefined;
};

function* subpackets(bytes: Buffer): Generator<{ kind: number; body: Buffer }> {
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at);
    const [length, size] =
      first < 192
        ? [first, 1]
        : first < 255
          ? [((first - 192) << 8) + bytes.readUInt8(at + 1) + 192, 2]
          : [bytes.readUInt32BE(at + 1), 5];
    const from = at + size;
    if (length === 0 || from + length > bytes.length) throw new RangeError('a subpacket that is none');
    yield { kind: bytes[from]! & 0x7f, body: bytes.subarray(from + 1, from + length) };
    at = from + length;
  }
}

/** RFC 9580 §5.2.3; of version 3 nothing is read. */
function readSignature(body: Buffer): Signature | undefined {
  const version = body.readUInt8(0);
  if (version < 4) return undefined;
  const size = version === 6 ? 4 : 2;
  const hashed = body.readUIntBE(4, size);
  const hashedFrom = 4 + size;
  const unhashed = body.readUIntBE(hashedFrom + hashed, size);
  const unhashedFrom = hashedFrom + hashed + size;
  let [createdAt, keyLife, issuer]: [number, number | undefined, string | undefined] = [
    0,
    undefined,
    undefined,
  ];
  for (const { kind, body: value } of subpackets(body.subarray(hashedFrom, hashedFrom + hashed))) {
    if (kind === 2) createdAt = value.readUInt32BE(0);
    if (kind === 9) keyLife = value.readUInt32BE(0);
    if (kind === 33) issuer = value.subarray(1).toString('hex');
  }
  for (const { kind, body: value } of subpackets(body.subarray(unhashedFrom, unhashedFrom + unhashed)))
    if (kind === 16) issuer ??= value.toString('hex');
  return { type: body.readUInt8(1), createdAt, keyLife, issuer };
}

/** What the owner's own signatures say of the key. */
function readOwnWord(packets: readonly Packet[], keyId: string) {
  const userIds: string[] = [];
  let [isRevoked, newest, keyLife]: [boolean, number, number | undefined] = [false, -1, undefined];
  for (const { tag, body } of packets) {
    if (tag === tags.userId) userIds.push(ownName(body.toString('utf8'), LONGEST_USER_ID) ?? '');
    const signature = tag === tags.signed ? readSignature(body) : undefined;
    // A key id is at one end of a fingerprint or the other, by the version of the key.
    const isOwn =
      signature?.issuer === undefined ||
      signature.issuer.endsWith(keyId) ||
      signature.issuer.startsWith(keyId);
    if (signature === undefined || !isOwn) continue;
    const { type, createdAt } = signature;
    if (type === 0x20) isRevoked = true;
    if (type === 0x30) userIds.pop();
    if (((type >= 0x10 && type <= 0x13) || type === 0x1f) && createdAt >= newest)
      [newest, keyLife] = [createdAt, signature.keyLife];
  }
  const shown = [...new Set(userIds.filter(Boolean))].slice(0, MOST_USER_IDS);
  return { userIds: shown, isRevoked, keyLife: keyLife ?? 0 };
}

function judge(packets: readonly Packet[], bytes: Buffer): KeyOutcome {
  const [first, ...rest] = packets;
  if (packets.some(({ tag }) => secretTags.has(tag))) return refuse('private_key');
  if (first?.tag !== tags.publicKey) return refuse('not_a_key');
  if (rest.some(({ tag }) => tag === tags.publicKey)) return refuse('several_keys');
  const primary = readPrimary(first.body);
  if (primary === undefined) return refuse('old_key');
  const { fingerprint, keyId, createdAt, name, bits } = primary;
  if (name === undefined) return refuse('not_a_key');
  if (name === 'DSA') return refuse('dsa');
  const weak = bits === undefined ? undefined : rsaProblem(bits);
  if (weak !== undefined) return refuse(weak);
  const { userIds, isRevoked, keyLife } = readOwnWord(rest, keyId);
  if (isRevoked) return refuse('revoked');
  const endsAt = keyLife === 0 ? undefined : new Date((createdAt + keyLife) * 1000).toISOString();
  return {
    kind: 'read',
    key: {
      kind: 'gpg',
      type: name,
      fingerprint,
      text: armor(bytes),
      userIds,
      ...(bits === undefined ? {} : { bits }),
      ...(endsAt === undefined ? {} : { endsAt }),
    },
  };
}

/** Reads an armored public key, as `gpg --armor --export` writes it. */
export function readGpgKey(typed: string): KeyOutcome {
  if (typed.length > LONGEST) return refuse('too_long');
  const bytes = openArmor(typed);
  if (bytes === undefined) return refuse('damaged');
  try {
    return judge(readPackets(bytes), bytes);
  } catch (error) {
    if (error instanceof RangeError) return refuse('damaged');
    throw error;
  }
}

// The outer form of OpenPGP keys (RFC 9580): ASCII armor and packets. Nothing is trusted but its lengths.

import { strictBase64 } from './key-problems.ts';

export type Packet = { readonly tag: number; readonly body: Buffer };

const ARMOR = /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n(?:[\w-]+: [^\n]*\n)*\n?([A-Za-z0-9+/=\n]+?)(?:\n=([A-Za-z0-9+/]{4}))?\n-----END PGP PUBLIC KEY BLOCK-----$/; // prettier-ignore
const MOST_PACKETS = 1000;

/** RFC 9580 §6.1.1. */
function crc24(bytes: Buffer): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= 0x1864cfb;
    }
  }
  return crc & 0xffffff;
}

/** The bytes of one armored public key; `undefined` when the text is none or its checksum is wrong. */
export function openArmor(typed: string): Buffer | undefined {
  const lines = typed
    .replaceAll(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.trim());
  const [, base64 = '', check] = ARMOR.exec(lines.join('\n').trim()) ?? [];
  const bytes = strictBase64(base64.replaceAll('\n', ''));
  if (bytes === undefined) return undefined;
  if (check !== undefined && Buffer.from(check, 'base64').readUIntBE(0, 3) !== crc24(bytes)) return undefined;
  return bytes;
}

/** The same bytes in armor, without the comments that were around them. */
export function armor(bytes: Buffer): string {
  const check = Buffer.alloc(3);
  check.writeUIntBE(crc24(bytes), 0, 3);
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [
    '-----BEGIN PGP PUBLIC KEY BLOCK-----',
    '',
    ...lines,
    `=${check.toString('base64')}`,
    '-----END PGP PUBLIC KEY BLOCK-----',
    '',
  ].join('\n');
}

/** How long a body is, and where it begins. Bodies of unknown length belong to messages, not to keys. */
function lengthAt(bytes: Buffer, at: number, isOld: boolean): { length: number; from: number } {
  if (isOld) {
    const size = [1, 2, 4][bytes[at]! & 3];
    if (size === undefined) throw new RangeError('a packet of unknown length');
    return { length: bytes.readUIntBE(at + 1, size), from: at + 1 + size };
  }
  const first = bytes.readUInt8(at + 1);
  if (first < 192) return { length: first, from: at + 2 };
  if (first < 224) return { length: ((first - 192) << 8) + bytes.readUInt8(at + 2) + 192, from: at + 3 };
  if (first === 255) return { length: bytes.readUInt32BE(at + 2), from: at + 6 };
  throw new RangeError('a packet in parts');
}

/** The packets in order (RFC 9580 §4.2). Throws a `RangeError` when the bytes are none. */
export function readPackets(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at]!;
    if (!(head & 0x80) || packets.length === MOST_PACKETS) throw new RangeError('no packets, or too many');
    const isOld = !(head & 0x40);
    const { length, from } = lengthAt(bytes, at, isOld);
    if (from + length > bytes.length) throw new RangeError('a packet is longer than the key');
    packets.push({
      tag: isOld ? (head >> 2) & 0x0f : head & 0x3f,
      body: bytes.subarray(from, from + length),
    });
    at = from + length;
  }
  return packets;
}

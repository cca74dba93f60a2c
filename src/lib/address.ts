// What an IP address is, which ranges it is in, and which addresses are nobody's on the public internet.
// Only `net.isIP` decides: octal, hexadecimal, short and padded forms are no addresses.

import { BlockList, isIP } from 'node:net';

/** An address or CIDR range; `address` is its first, `text` always has the prefix length. */
export type Range = {
  readonly family: 4 | 6;
  readonly address: string;
  readonly prefix: number;
  readonly text: string;
};

/** Ranges to ask about. Text that is no address is in none. */
export type RangeSet = { has(address: string): boolean };

/**
 * The one spelling of an address: no zone id, IPv4-mapped IPv6 as IPv4, IPv6 in lower case and compressed
 * (RFC 5952, without dotted quads). `undefined` when the text is no address.
 */
export function normaliseAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family === 0) return undefined;
  if (family === 4) return text;
  const [bare = ''] = text.split('%');
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const value = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/**
 * An address or `address/prefix`; bits below the prefix are cleared. A range of IPv4-mapped addresses becomes the
 * IPv4 range. `undefined` when the text is neither.
 */
export function parseRange(text: string): Range | undefined {
  const [, host = '', length] = /^([0-9a-fA-F:.]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = normaliseAddress(host);
  if (address === undefined) return undefined;
  const typedBits = bitsOf(host);
  const typedPrefix = length === undefined ? typedBits : Number(length);
  const prefix = typedPrefix - (typedBits - bitsOf(address));
  if (typedPrefix > typedBits || prefix < 0) return undefined;
  const first = firstOf(address, prefix);
  return { family: familyOf(address), address: first, prefix, text: `${first}/${prefix}` };
}

/** A set of ranges, given parsed or as text. Throws a `TypeError` for text that is no range. */
export function createRangeSet(ranges: readonly (Range | string)[]): RangeSet {
  // One list a family: a single one would match IPv4 addresses against `::/0` and other wide IPv6 ranges.
  const lists = { 4: new BlockList(), 6: new BlockList() };
  for (const given of ranges) {
    const range = typeof given === 'string' ? parseRange(given) : given;
    if (range === undefined) throw new TypeError(`${JSON.stringify(given)} is no address or CIDR range`);
    lists[range.family].addSubnet(range.address, range.prefix, range.family === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    has(text) {
      const address = normaliseAddress(text);
      if (address === undefined) return false;
      const family = familyOf(address);
      return lists[family].check(address, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** The network an address is in, such as `192.0.2.0/24` or `2001:db8::/64`; `undefined` when it is no address. */
export function networkOf(
  text: string,
  prefix: { readonly v4: number; readonly v6: number },
): string | undefined {
  const address = normaliseAddress(text);
  if (address === undefined) return undefined;
  const length = familyOf(address) === 4 ? prefix.v4 : prefix.v6;
  return `${firstOf(address, length)}/${length}`;
}

/**
 * Whether an address is reserved: loopback, private, link-local, documentation, multicast, translation and tunnel
 * prefixes, everything IANA lists as special-purpose (RFC 6890) and IPv6 space nobody was given yet.
 * Text that is no address counts as reserved.
 */
export const isSpecialUse = (text: string): boolean =>
  normaliseAddress(text) === undefined || specialUse.has(text);

/** Whether two ranges have an address in common. */
export function rangesOverlap(one: Range, other: Range): boolean {
  const prefix = Math.min(one.prefix, other.prefix);
  return one.family === other.family && firstOf(one.address, prefix) === firstOf(other.address, prefix);
}

/** Whether every address of the first range is in the second. */
export const isWithin = (inner: Range, outer: Range): boolean =>
  inner.prefix >= outer.prefix && rangesOverlap(inner, outer);

/** Whether a range holds an address that is reserved in the sense of `isSpecialUse`. */
export const holdsSpecialUse = (range: Range): boolean =>
  specialRanges.some((special) => rangesOverlap(range, special));

const specialRanges = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, cloud metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments, DS-Lite, NAT64 discovery
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // multicast tunnels
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  // Global unicast is 2000::/3; the rest holds ::, ::1, IPv4-compatible and -translated forms, NAT64 (64:ff9b::/96
  // and 64:ff9b:1::/48), discard (100::/64), SRv6 (5f00::/16), local (fc00::/7, fe80::/10, fec0::/10), multicast.
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23', // protocol assignments: Teredo, benchmarks, AMT, ORCHID, DRIP
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
].map((text) => parseRange(text)!);
const specialUse = createRangeSet(specialRanges);

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function bitsOf(address: string): 32 | 128 {
  return address.includes(':') ? 128 : 32;
}

/** The address with all bits below the prefix cleared. Takes and gives the normal spelling. */
function firstOf(address: string, prefix: number): string {
  const [width, values] =
    familyOf(address) === 4
      ? ([8, address.split('.').map(Number)] as const)
      : ([16, groupsOf(address)] as const);
  const cleared = values.map((value, index) => {
    const kept = Math.min(Math.max(prefix - index * width, 0), width);
    return value & ~((1 << (width - kept)) - 1);
  });
  if (width === 8) return cleared.join('.');
  return new URL(`http://[${cleared.map((value) => value.toString(16)).join(':')}]`).hostname.slice(1, -1);
}

function groupsOf(address: string): number[] {
  const [head, rest] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const filled =
    rest === undefined
      ? head!
      : [...head!, ...Array<string>(8 - head!.length - rest.length).fill('0'), ...rest];
  return filled.map((group) => Number.parseInt(group, 16));
}

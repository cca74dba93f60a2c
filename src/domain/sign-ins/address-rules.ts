// Which addresses a person may list: none that others share, none that only looks like theirs, and no wide ranges.

import { holdsSpecialUse, isWithin, parseRange, rangesOverlap, type Range } from '../../lib/address.ts';

export type AddressRules = {
  /** Most entries of one list. */
  readonly most: number;
  /** Shortest prefixes that are taken. */
  readonly prefixV4: number;
  readonly prefixV6: number;
  /** Ranges that are never listed: the operator's shared servers and proxies. */
  readonly never: readonly Range[];
  /** Whether private ranges are, as in an intranet. */
  readonly allowPrivate: boolean;
};

/** Why a range is refused; each is a locale key. */
export type RangeProblem = 'not_an_address' | 'too_wide' | 'private' | 'reserved' | 'shared';

const parseAll = (texts: readonly string[]): Range[] => texts.map((text) => parseRange(text)!);
const privateRanges = parseAll(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']);
/** Addresses of one's own network too, but such as never come to us or come from many people at once. */
const nearRanges = parseAll(['127.0.0.0/8', '::1', '169.254.0.0/16', 'fe80::/10', '100.64.0.0/10']);

const LONGEST_RANGE = 64;

/**
 * An address or CIDR range as a person types it. A zone id is dropped, IPv4-mapped IPv6 becomes IPv4, bits below the
 * prefix are cleared.
 */
export const readRange = (text: string): Range | undefined =>
  text.length > LONGEST_RANGE ? undefined : parseRange(text.trim().replace(/%[\w.-]+(?=\/|$)/, ''));

/** Whether a range, or an address as the range of itself, may spare anybody the second factor. */
export function judgeRange(
  range: Range,
  rules: AddressRules,
): Exclude<RangeProblem, 'not_an_address'> | undefined {
  if (rules.never.some((never) => rangesOverlap(range, never))) return 'shared';
  const touches = (ranges: readonly Range[]) => ranges.some((other) => rangesOverlap(range, other));
  const isPrivate = privateRanges.some((own) => isWithin(range, own));
  if (!(isPrivate && rules.allowPrivate)) {
    if (touches(privateRanges) || touches(nearRanges)) return 'private';
    if (holdsSpecialUse(range)) return 'reserved';
  }
  return range.prefix < (range.family === 4 ? rules.prefixV4 : rules.prefixV6) ? 'too_wide' : undefined;
}

/**
 * What stands for the place an address is at: an IPv4 address itself, of IPv6 the /64, since devices change their
 * address in it daily (RFC 8981).
 */
export function placeOf(address: string): string | undefined {
  const range = parseRange(address);
  return range && (range.family === 4 ? range.text : parseRange(`${range.address}/64`)!.text);
}

/** A range as people read it: a single address without its prefix length. */
export const shownRange = (range: string): string =>
  range.replace(/^([\d.]+)\/32$|^([^:]*:.*)\/128$/, '$1$2');

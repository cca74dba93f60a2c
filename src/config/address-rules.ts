// The options about trusted addresses, as the rules take them.

import { parseRange, type Range } from '../lib/address.ts';
import type { Config } from './options.ts';

/** How lists of trusted addresses are bounded. */
export const addressRulesOf = (config: Omit<Config, 'secrets'>) => ({
  most: config.addressListMax,
  prefixV4: config.addressListV4,
  prefixV6: config.addressListV6,
  // Behind an address of ours there is anybody.
  never: [...config.addressListNever, ...config.trustedProxies].flatMap((text): Range[] => {
    const range = parseRange(text);
    return range ? [range] : [];
  }),
  allowPrivate: config.addressListPrivate,
});

// The options about reverse proxies, as the front door takes them.

import { createRangeSet } from '../lib/address.ts';
import type { Config } from './options.ts';

/** Which proxies are believed when they say where a request came from, and how. */
export const proxyRulesOf = (config: Omit<Config, 'secrets'>) => ({
  trustedProxies: createRangeSet(config.trustedProxies.filter((proxy) => proxy !== 'unix')),
  trustUnixSocket: config.trustedProxies.includes('unix'),
  header: config.proxyHeader,
  maxHops: config.proxyMaxHops,
  allowPorts: config.proxyPorts,
});

// The identities of accounts, as the rules that guard an account need them: the links there are, and the upstreams
// that they lead to.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConfiguredUpstream } from '../../ports/upstream.ts';
import type { Log } from '../../lib/log.ts';
import type { Revisions } from '../revisions.ts';
import { createLinks } from './links.ts';
import { createUpstreamSwitches } from './upstream-switches.ts';
import { createUpstreams } from './upstreams.ts';

/** Links and upstreams over the store and the configuration. */
export function createIdentities(parts: {
  store: Store;
  clock: Clock;
  configured: readonly ConfiguredUpstream[];
  revisions: Revisions;
  log: Log;
}) {
  const switches = createUpstreamSwitches(parts);
  const links = createLinks(parts.store, parts.clock);
  const upstreams = createUpstreams(parts.configured, switches.isOff);
  const usable = async (accountId: string) =>
    (await links.ofAccount(accountId)).filter(({ doc }) => upstreams.isUsable(doc));
  return {
    links,
    upstreams,
    switches,
    /** Whether the account can sign in with one. */
    isLinked: async (accountId: string): Promise<boolean> => (await usable(accountId)).length > 0,
    /** What those are called that the account can sign in with. */
    labelsOf: async (accountId: string): Promise<string[]> =>
      (await usable(accountId)).map(({ doc }) => upstreams.labelOf(upstreams.nameOf(doc))),
  };
}

export type Identities = ReturnType<typeof createIdentities>;

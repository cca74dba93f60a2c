// Upstreams that an operator has switched off: in the store for all nodes, and in memory of each, which looks for
// changes every second. The configuration stays as it is; what it disables cannot be switched on here.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { createRepetition } from '../../lib/repetition.ts';
import { collections } from '../collections.ts';
import type { Revisions } from '../revisions.ts';

/** An upstream that is off; its id is the upstream's name. */
export type UpstreamSwitch = {
  readonly reason: string;
  /** Who switched it off, as the audit log names them. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
};

const POLL_MILLISECONDS = 1000;
/** Upstreams are few. */
const MOST = 500;

/** The switches over the store. */
export function createUpstreamSwitches(parts: {
  store: Store;
  clock: Clock;
  revisions: Revisions;
  log: Log;
}) {
  const { store, clock, revisions, log } = parts;
  const switches = store.collection(collections.upstreamSwitches);
  let held: { readonly revision: number; readonly off: ReadonlySet<string> } | undefined;

  const all = (): Promise<Stored<UpstreamSwitch>[]> => switches.list(undefined, { limit: MOST });

  async function load(revision: number): Promise<void> {
    held = { revision, off: new Set((await all()).map(({ id }) => id)) };
  }

  /** Reads them again if somebody has changed one. */
  async function refresh(): Promise<void> {
    const revision = await revisions.current('upstreams');
    if (held?.revision !== revision) await load(revision);
  }

  const announce = async (): Promise<void> => load(await revisions.announce('upstreams'));

  const following = createRepetition(refresh, (error) =>
    log.warn({ error }, 'the switches of upstreams cannot be read'),
  );

  return {
    /** Whether it is switched off, by the list in memory. */
    isOff: (name: string): boolean => held?.off.has(name) === true,

    /** Those that are off, as they are stored. */
    list: all,

    async switchOff(name: string, { reason, by }: { reason: string; by: string }): Promise<void> {
      await switches.put(name, { reason, by, at: clock.now().toISOString() });
      await announce();
    },

    /** Whether it was off. */
    async switchOn(name: string): Promise<boolean> {
      const taken = await switches.take(name);
      if (taken) await announce();
      return taken !== undefined;
    },

    refresh,

    /** Looks for changes every second from now on. */
    start: (): void => following.start(POLL_MILLISECONDS),
    close: following.close,
  };
}

export type UpstreamSwitches = ReturnType<typeof createUpstreamSwitches>;

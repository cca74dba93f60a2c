// The storage as the configuration names it, and the system's own time. Apart from the rest of the outside, because a
// start opens the storage first: its thread is started while the other code is loaded.

import { resolve } from 'node:path';
import { openStore } from '../adapters/registry.ts';
import type { Config } from './config/options.ts';
import type { Clock } from './ports/clock.ts';
import type { Store } from './ports/store.ts';

/** The system's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Where the storage is, as a person finds it: the whole path of a file, and of a database no password. */
export function storagePlace({ storage }: Pick<Config, 'storage'>): string {
  const [, path] = /^sqlite:(.+)$/s.exec(storage) ?? [];
  if (path !== undefined) return `sqlite ${path === ':memory:' ? 'in memory' : resolve(path)}`;
  return storage.replace(/^(mongodb(?:\+srv)?:\/\/)(?:.*@)?([^?]*).*$/s, '$1$2');
}

/** The storage of the configuration, as it is: nothing is prepared or migrated. */
export const openConfiguredStore = (config: Config, clock: Clock = systemClock): Promise<Store> =>
  openStore(config.storage, { now: () => clock.now().getTime() });

/**
 * The same, begun before the rest of the code is loaded, where that is of use: SQLite's thread starts meanwhile. A driver of
 * a database elsewhere would take the time that loading takes for a server that does not answer.
 */
export const beginOpening = (config: Config): Promise<Store> | undefined =>
  config.storage.startsWith('sqlite:') ? openConfiguredStore(config) : undefined;

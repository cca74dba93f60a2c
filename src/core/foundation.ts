// What every rule stands on: the store, brought up to date, what seals and hashes, and what writes down who did what.

import type { Config } from '../config/options.ts';
import { openConfiguredStore } from '../configured-store.ts';
import { createAudit } from '../domain/audit/audit.ts';
import { allShapes } from '../domain/collections.ts';
import { migrate, migrations } from '../domain/migrate.ts';
import { createRevisions } from '../domain/revisions.ts';
import { createUnfinished } from '../domain/unfinished.ts';
import { deriveKey, keyId } from '../lib/derive.ts';
import type { Log } from '../lib/log.ts';
import { createRequestScope } from '../lib/request-scope.ts';
import { createSealer } from '../lib/seal.ts';
import { createConfiguredHasher } from '../outside.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

/** Over a store that is given, that is being opened already, or that is opened now; a given one is never closed here. */
export async function layFoundation(parts: {
  config: Config;
  log: Log;
  clock: Clock;
  given: Store | undefined;
  opening: Promise<Store> | undefined;
}) {
  const { config, log, clock, given } = parts;
  const { secrets } = config;
  const store = given ?? (await (parts.opening ?? openConfiguredStore(config, clock)));
  const closeStore = async (): Promise<void> => {
    if (!given) await store.close();
  };

  const migrated = await migrate(store, clock, allShapes).catch(async (error: unknown) => {
    await closeStore();
    throw error;
  });
  if (migrated.length > 0) log.info({ migrations: migrated }, 'stored data brought up to date');

  const requestScope = createRequestScope();
  return {
    store,
    clock,
    log,
    isNewStorage: migrated.length === migrations.length,
    sealer: createSealer(secrets),
    hasher: createConfiguredHasher(config),
    revisions: createRevisions(store),
    requestScope,
    audit: createAudit({
      store,
      clock,
      log,
      here: requestScope.here,
      keys: secrets.map((secret) => ({ id: keyId(secret), key: deriveKey(secret, 'audit log', 32) })),
    }),
    unfinished: createUnfinished({ store, clock, log }),
    /** The keys of a purpose, the current one first. */
    keysFor: (purpose: string): Buffer[] => secrets.map((secret) => deriveKey(secret, purpose, 32)),
    closeStore,
  };
}

export type Foundation = Awaited<ReturnType<typeof layFoundation>>;

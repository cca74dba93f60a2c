// Bringing the stored data to the shape this version expects: tables and indexes first, then each migration once,
// under a lease, so that nodes started together do it together.

import type { Clock } from '../ports/clock.ts';
import type { AnyShape, Store } from '../ports/store.ts';
import { digest } from '../lib/digest.ts';
import { collections } from './collections.ts';
import { nameSlotsByIssuer } from './federation/links.ts';
import { withLease } from './lease.ts';
import { addShelves } from './messages/outbox-rows.ts';
import { addRanks } from './statistics/throttled-networks.ts';
import { addSupportShelves } from './support/support-rows.ts';
import { addClientKeys } from './search/client-keys.ts';
import { addSearchKeys } from './search/search-keys.ts';

/** A change of stored data: `id` sorts by age (`2026-11-20-what`), `run` may be repeated after a crash. */
export type Migration = { readonly id: string; run(store: Store): Promise<void> };
export type SchemaState = { readonly fingerprint: string; readonly applied: readonly string[] };

/** All migrations, oldest first. */
export const migrations: readonly Migration[] = [
  { id: '2026-11-28-link-slots', run: nameSlotsByIssuer },
  { id: '2026-11-28-search-keys', run: addSearchKeys },
  { id: '2026-11-28-shelves', run: addShelves },
  { id: '2026-11-28-throttled-ranks', run: addRanks },
  { id: '2026-11-28-client-keys', run: addClientKeys },
  { id: '2026-11-28-support-shelves', run: addSupportShelves },
];

const WAIT_MILLISECONDS = 100;
/** Half an hour: a million documents may have to be written anew. */
const MAX_WAITS = 18_000;

const fingerprintOf = (shapes: readonly AnyShape[]) => digest(JSON.stringify(shapes));

/** Prepares the store and runs what is missing; the ids of the migrations run now. */
export async function migrate(
  store: Store,
  clock: Clock,
  shapes: readonly AnyShape[],
  all: readonly Migration[] = migrations,
): Promise<string[]> {
  await store.prepare([collections.leases, collections.schema]);
  const states = store.collection(collections.schema);
  const fingerprint = fingerprintOf(shapes);
  const isCurrent = (state: SchemaState | undefined) =>
    state?.fingerprint === fingerprint && all.every(({ id }) => state.applied.includes(id));

  for (let waits = 0; ; waits += 1) {
    if (isCurrent((await states.get('schema'))?.doc)) return [];
    const done = await withLease(store, clock, 'schema', bringUpToDate);
    if (done) return done.result;
    if (waits === MAX_WAITS) throw new Error('another node has been preparing the database for half an hour');
    await clock.sleep(WAIT_MILLISECONDS);
  }

  async function bringUpToDate(requireHeld: () => void): Promise<string[]> {
    const before = (await states.get('schema'))?.doc;
    if (isCurrent(before)) return [];
    await store.prepare(shapes);
    const applied = [...(before?.applied ?? [])];
    const ran: string[] = [];
    for (const migration of all.filter(({ id }) => !applied.includes(id))) {
      requireHeld();
      await migration.run(store);
      requireHeld();
      applied.push(migration.id);
      ran.push(migration.id);
      await states.put('schema', { fingerprint: '', applied });
    }
    await states.put('schema', { fingerprint, applied });
    return ran;
  }
}

/** Which migrations this version knows, and whether each has run on this store. */
export async function migrationStatus(
  store: Store,
  shapes: readonly AnyShape[],
): Promise<{ prepared: boolean; migrations: { id: string; applied: boolean }[] }> {
  await store.prepare([collections.leases, collections.schema]);
  const state = (await store.collection(collections.schema).get('schema'))?.doc;
  return {
    prepared: state?.fingerprint === fingerprintOf(shapes),
    migrations: migrations.map(({ id }) => ({ id, applied: state?.applied.includes(id) ?? false })),
  };
}

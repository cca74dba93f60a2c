// Nodes of the second factor over a storage of their own, for the rules about it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../adapters/registry.ts';
import { createAccounts } from '../../src/domain/accounts/accounts.ts';
import { allShapes } from '../../src/domain/collections.ts';
import { createRecoveryCodes } from '../../src/domain/factors/recovery-codes.ts';
import { createSecondFactors } from '../../src/domain/factors/second-factors.ts';
import { createThrottles } from '../../src/domain/limits/throttle.ts';
import { createTotp } from '../../src/domain/factors/totp.ts';
import { createSealer } from '../../src/lib/seal.ts';
import type { Store } from '../../src/ports/store.ts';
import { dropDatabase } from './mongo-database.ts';
import type { ManualClock } from './rules.ts';

export const SECRET = 'a secret that is long enough for tests';

/** A node: its own parts over a storage that others may share. */
export function createFactorNode(store: Store, clock: ManualClock, secrets: readonly string[] = [SECRET]) {
  const accounts = createAccounts(store, clock);
  const secondFactors = createSecondFactors(store, createThrottles(store, clock));
  const sealer = createSealer(secrets);
  return {
    store,
    clock,
    accounts,
    totp: createTotp({ store, clock, sealer, accounts, secondFactors }),
    recoveryCodes: createRecoveryCodes(secondFactors, clock),
  };
}

export type FactorNode = ReturnType<typeof createFactorNode>;

/** A storage that several nodes can open: a file, or the database given. */
export async function openFactorStorage(newStorage: () => string, clock: ManualClock) {
  const given = newStorage();
  const folder = mkdtempSync(join(tmpdir(), 'vratny-totp-'));
  const spec = given.startsWith('mongodb') ? given : `sqlite:${join(folder, 'vratny.sqlite')}`;
  const opened: Store[] = [];
  const newNode = async (): Promise<FactorNode> => {
    const store = await openStore(spec, { now: () => clock.now().getTime() });
    opened.push(store);
    return createFactorNode(store, clock);
  };
  const node = await newNode();
  await node.store.prepare(allShapes);
  return {
    node,
    newNode,
    async close(): Promise<void> {
      await Promise.all(opened.map((store) => store.close()));
      rmSync(folder, { recursive: true, force: true });
      if (spec.startsWith('mongodb')) await dropDatabase(spec);
    },
  };
}

/** So many at once. */
export const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** How many outcomes are of a kind. */
export const countOf = (outcomes: readonly { kind: string }[], kind: string): number =>
  outcomes.filter((outcome) => outcome.kind === kind).length;

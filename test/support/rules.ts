// The rules over a store in memory and a clock that stands still until it is moved: no HTTP, no engine, no waiting.

import { openStore } from '../../adapters/registry.ts';
import { allShapes } from '../../src/domain/collections.ts';
import { createAccounts, type NewAccount, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import { createFailedPasswords } from '../../src/domain/passwords/failed-passwords.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Hasher } from '../../src/ports/hasher.ts';
import type { Store } from '../../src/ports/store.ts';
import { jittered } from './jitter.ts';

export type ManualClock = Clock & { advance(milliseconds: number): void; readonly slept: number[] };

/** A clock that moves only by `advance`. To sleep is to note for how long, and to move on by it when told so. */
export function manualClock({ sleepMoves = false } = {}): ManualClock {
  let time = Date.parse('2026-11-21T12:00:00Z');
  const slept: number[] = [];
  const advance = (milliseconds: number): void => {
    time += milliseconds;
  };
  return {
    advance,
    slept,
    now: () => new Date(time),
    sleep(milliseconds) {
      slept.push(milliseconds);
      if (sleepMoves) advance(milliseconds);
      return Promise.resolve();
    },
  };
}

/** A prepared store in memory that goes by the clock. */
export async function memoryStore(clock: Clock): Promise<Store> {
  const store = jittered(await openStore('sqlite::memory:', { now: () => clock.now().getTime() }));
  await store.prepare(allShapes);
  return store;
}

export type SpyHasher = Hasher & { verified: number; pretended: number; hashed: number };

/** A hasher without the work: `hash:<password>` is the hash, and it counts what it was asked for. */
export function spyHasher(): SpyHasher {
  const spy: SpyHasher = {
    verified: 0,
    pretended: 0,
    hashed: 0,
    hash(password) {
      spy.hashed += 1;
      return Promise.resolve(`hash:${password}`);
    },
    verify(phc, password) {
      spy.verified += 1;
      return Promise.resolve({ matches: phc === `hash:${password}`, outdated: false });
    },
    canVerify: (text) => text.startsWith('hash:') || text.startsWith('$'),
    isCurrent: (text) => text.startsWith('hash:'),
    pretend() {
      spy.pretended += 1;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return spy;
}

/** An account with a password of the spy's. */
export const newAccount = (
  store: Store,
  clock: Clock,
  fields: Partial<NewAccount> & { email: string },
): Promise<StoredAccount> =>
  createAccounts(store, clock).create({ emailVerified: true, passwordHash: 'hash:right', ...fields });

/** Counting wrong passwords, with nobody told. */
export const quietFailedPasswords = (store: Store, clock: Clock) =>
  createFailedPasswords({
    store,
    clock,
    log: silentLog,
    letters: { send: () => Promise.resolve(), url: (path) => path },
    audit: { note: () => Promise.resolve(true) },
  });

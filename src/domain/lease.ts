// Leases: a piece of work that one node at a time may do. A lease is renewed while the work lasts, and ends by
// itself when its node dies.

import { Conflict, Stale, type Store, type Stored } from '../ports/store.ts';
import type { Clock } from '../ports/clock.ts';
import { randomToken } from '../lib/random.ts';
import { collections } from './collections.ts';

export type Lease = { readonly owner: string };

const LEASE_SECONDS = 60;
const RENEW_MILLISECONDS = 20_000;

/**
 * Does the work while holding the lease; answers `undefined` at once when another node holds it. The work calls
 * `requireHeld` before each step: it throws when the lease was lost, as after the machine has slept.
 */
export async function withLease<R>(
  store: Store,
  clock: Clock,
  id: string,
  work: (requireHeld: () => void) => Promise<R>,
): Promise<{ readonly result: R } | undefined> {
  const leases = store.collection(collections.leases);
  const expiry = () => new Date(clock.now().getTime() + LEASE_SECONDS * 1000);
  let lost = false;
  let held: Stored<Lease>;
  try {
    held = await leases.insert(id, { owner: randomToken() }, expiry());
  } catch (error) {
    if (error instanceof Conflict) return undefined;
    throw error;
  }

  async function write(expiresAt: Date): Promise<void> {
    try {
      held = await leases.replace(held, held.doc, expiresAt);
    } catch (error) {
      // Any other failure is met again at the next renewal, or by the work itself.
      lost ||= error instanceof Stale;
    }
  }
  let renewing = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewing.then(() => write(expiry()));
  }, RENEW_MILLISECONDS).unref();
  const requireHeld = () => {
    if (lost) throw new Error(`the lease "${id}" was lost to another node`);
  };
  try {
    return { result: await work(requireHeld) };
  } finally {
    clearInterval(timer);
    await renewing;
    // Ended by compare-and-swap: a lease that another node holds by now is left alone.
    await write(clock.now());
  }
}

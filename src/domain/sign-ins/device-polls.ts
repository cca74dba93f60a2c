// How often a device asks whether its person is done (RFC 8628 §3.5): one that asks too often is told to slow down, and
// has to wait five seconds longer from then on.

import { digest } from '../../lib/digest.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

/** The last question of a device, and how long it has to wait for the next. */
export type DevicePolls = {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly intervalSeconds: number;
};

/** What a device is told to wait between two questions, in seconds. */
export const POLL_SECONDS = 5;
const LONGEST_SECONDS = 60;
/** Questions that were sent in time may arrive closer together. */
const JITTER_MILLISECONDS = 1000;
/** Longer than any code lives. */
const KEPT_SECONDS = 3600;

/** The pace of devices, over the store: one small document a device, apart from the code that people decide about. */
export function createDevicePolls(store: Store, clock: Clock) {
  const update = createUpdater(store.collection(collections.devicePolls));
  return {
    /** Notes a question that came before its person was done; whether it came too soon. */
    isTooSoon: (deviceCode: string): Promise<boolean> =>
      update(digest(deviceCode), (doc) => {
        const at = clock.now().getTime();
        const { intervalSeconds = POLL_SECONDS } = doc ?? {};
        const isTooSoon =
          doc !== undefined && Math.abs(at - doc.at) < intervalSeconds * 1000 - JITTER_MILLISECONDS;
        const next = isTooSoon ? Math.min(intervalSeconds + 5, LONGEST_SECONDS) : intervalSeconds;
        const expiresAt = new Date(at + KEPT_SECONDS * 1000);
        return { result: isTooSoon, write: { doc: { at, intervalSeconds: next }, expiresAt } };
      }),
  };
}

export type DevicePollsOf = ReturnType<typeof createDevicePolls>;

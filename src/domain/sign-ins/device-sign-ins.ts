// What signing in on a device takes, joined: the codes that people copy, and the pace at which devices ask.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Throttles } from '../limits/throttle.ts';
import type { Signals } from '../signals.ts';
import { createDeviceCodes } from './device-codes.ts';
import { createDevicePolls } from './device-polls.ts';

/** Over a store; the keys are those of the codes' hashes, the current one first. */
export function createDeviceSignIns(parts: {
  store: Store;
  clock: Clock;
  keys: readonly Buffer[];
  throttles: Throttles;
  signals: Pick<Signals, 'emit'>;
}) {
  return {
    deviceCodes: createDeviceCodes(parts),
    devicePolls: createDevicePolls(parts.store, parts.clock),
  };
}

// The codes that people copy from a device into their browser (RFC 8628 §6.1): read as people type them, stored as keyed
// hashes, looked up slowly by who guesses, and refused by who finds that they did not ask for them.

import { authenticate, digest, secretsEqual } from '../../lib/digest.ts';
import type { Clock } from '../../ports/clock.ts';
import { Stale, type Store, type Stored } from '../../ports/store.ts';
import { engineCollections, type EngineDocument } from '../collections.ts';
import { originOf, wideOriginOf } from '../limits/quotas.ts';
import { userCodePolicies, type CounterKey, type Throttles } from '../limits/throttle.ts';
import type { Signals } from '../signals.ts';

/** No vowels, so that no code is a word, and nothing that looks like something else. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const LONGEST_TYPED = 64;

/** How long a code may be used, in seconds; and how long its device is told that it could be no more. */
export const DEVICE_CODE_SECONDS = 600;
export const TOLD_EXPIRED_SECONDS = 600;

/** Where a code was asked for. */
export type AskingDevice = { readonly address?: string; readonly userAgent: string };

/** A code that nobody has decided about yet. */
export type OpenDeviceCode = {
  readonly clientId: string;
  readonly askedAt: Date;
  readonly device: AskingDevice;
  /** The parameters of the device's request. */
  readonly params: Readonly<Record<string, unknown>>;
};

export type DeviceCodeLook =
  | { readonly kind: 'open'; readonly code: OpenDeviceCode }
  /** Unknown, over, used: who guesses learns nothing of which. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** The code in what a person has typed: case, spaces, hyphens and whatever no code has are passed over (RFC 8628 §6.1). */
export function readUserCode(typed: string): string | undefined {
  const letters = [...typed.slice(0, LONGEST_TYPED).normalize('NFKC').toUpperCase()].filter((letter) =>
    LETTERS.includes(letter),
  );
  return letters.length === LENGTH ? letters.join('') : undefined;
}

/** The code as devices show it. */
export const showUserCode = (code: string): string =>
  `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;

/** How the browser that has taken a code up is kept with it: with its form it may come again, by a second click. */
export const takerOf = (browserId: string): string => digest(`device\n${browserId}`);

/** Whether the code is taken, and by the browser of this `taker` (see `takerOf`). */
export const isTakenBy = (doc: EngineDocument | undefined, taker: string | undefined): boolean =>
  typeof doc?.['takenBy'] === 'string' && taker !== undefined && secretsEqual(doc['takenBy'], taker);

/** Codes over the store; the first key makes the hashes, any finds them, so that a rotation spoils no code. */
export function createDeviceCodes(parts: {
  store: Store;
  clock: Clock;
  keys: readonly Buffer[];
  throttles: Throttles;
  signals: Pick<Signals, 'emit'>;
}) {
  const { store, clock, keys, throttles, signals } = parts;
  const codes = store.collection(engineCollections.DeviceCode);
  const [key] = keys;
  if (key === undefined) throw new TypeError('user codes need a key');

  async function find(userCode: string): Promise<Stored<EngineDocument> | undefined> {
    for (const candidate of keys) {
      const found = await codes.findOne('userCode', authenticate(candidate, userCode));
      if (found) return found;
    }
    return undefined;
  }

  /** A code that a browser has taken up is that browser's: any other one finds nothing. */
  function isOpenTo({ doc }: Stored<EngineDocument>, browserId: string): boolean {
    const { exp, error, accountId, inFlight, consumed } = doc;
    if (Number(exp) * 1000 <= clock.now().getTime()) return false;
    if ([error, accountId, consumed].some(Boolean)) return false;
    return !inFlight || isTakenBy(doc, takerOf(browserId));
  }

  async function findOpen(userCode: string, browserId: string): Promise<Stored<EngineDocument> | undefined> {
    const found = await find(userCode);
    return found && isOpenTo(found, browserId) ? found : undefined;
  }

  return {
    /** How a code is stored: a keyed hash, for there are few enough codes to try them all. */
    hash: (userCode: string): string => authenticate(key, userCode),

    find,

    /** Looks a typed code up. Wrong ones make the next wait. */
    async look(
      userCode: string,
      from: { readonly address: string | undefined; readonly browserId: string },
    ): Promise<DeviceCodeLook> {
      const counters: CounterKey[] = [
        { id: `user-code:browser:${digest(from.browserId)}`, policy: userCodePolicies.browser },
        { id: `user-code:network:${originOf(from.address)}`, policy: userCodePolicies.network },
        { id: `user-code:wide:${wideOriginOf(from.address)}`, policy: userCodePolicies.wide },
      ];
      const retryAfterSeconds = await throttles.admit(counters);
      if (retryAfterSeconds > 0) {
        signals.emit({ kind: 'throttled', address: from.address });
        return { kind: 'throttled', retryAfterSeconds };
      }
      const found = await findOpen(userCode, from.browserId);
      if (!found) return { kind: 'wrong' };
      await throttles.giveBack(counters);
      const { clientId, iat, deviceInfo, params } = found.doc;
      return {
        kind: 'open',
        code: {
          clientId: String(clientId),
          askedAt: new Date(Number(iat) * 1000),
          device: deviceInfo as AskingDevice,
          params: (params ?? {}) as Record<string, unknown>,
        },
      };
    },

    /** What has become of a code by now, for the browser that was asked about it and whoever is signed in there. */
    async standing(
      userCode: string,
      browserId: string,
      accountId: string | undefined,
    ): Promise<'open' | 'allowed' | 'over'> {
      const found = await find(userCode);
      if (found && isOpenTo(found, browserId)) return 'open';
      const isTheirs = found?.doc.accountId !== undefined && found.doc.accountId === accountId;
      return isTheirs && isTakenBy(found.doc, takerOf(browserId)) ? 'allowed' : 'over';
    },

    /** Whether this browser has taken it up, whatever has become of it. */
    isTakenBy: async (userCode: string, taker: string): Promise<boolean> =>
      isTakenBy((await find(userCode))?.doc, taker),

    /** The person refuses; false when there is nothing to refuse any more. */
    async deny(userCode: string, browserId: string): Promise<boolean> {
      for (;;) {
        const found = await find(userCode);
        if (found?.doc['error'] === 'access_denied') return true;
        if (!found || !isOpenTo(found, browserId)) return false;
        try {
          await codes.replace(found, { ...found.doc, error: 'access_denied' }, found.expiresAt);
          return true;
        } catch (error) {
          // Somebody was faster: what it is now decides.
          if (!(error instanceof Stale)) throw error;
        }
      }
    },
  };
}

export type DeviceCodes = ReturnType<typeof createDeviceCodes>;

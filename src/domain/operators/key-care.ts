// Signing keys in the hands of operators. Permission: `keys:*`.

import type { ListedKey, SigningKeys } from '../signing-keys.ts';
import { actOf, type Caller, type RecordAct } from './caller.ts';

/** The acts over the signing keys; `overlapSeconds` is how long a new one is published before it signs. */
export function createKeyCare(parts: {
  signingKeys: SigningKeys;
  record: RecordAct;
  overlapSeconds: number;
}) {
  const { signingKeys, record, overlapSeconds } = parts;
  return {
    /** All keys and what each is for now; the first ones are made if there are none. */
    async list(): Promise<ListedKey[]> {
      await signingKeys.ensure();
      return signingKeys.list();
    },

    /** Publishes new keys; `now`: they sign at once. Rejects with `bad_request` while a rotation is under way. */
    async rotate(by: Caller, { now = false }: { now?: boolean | undefined } = {}): Promise<ListedKey[]> {
      await signingKeys.ensure();
      await signingKeys.rotate(now ? 0 : overlapSeconds);
      await record({ action: 'keys.rotated', ...actOf(by), after: { now } });
      return signingKeys.list();
    },

    /** Emergency: takes one key out at once, see `SigningKeys.revoke`; false when there is no such key. */
    async revoke(by: Caller, kid: string, reason: string): Promise<boolean> {
      const state = (await signingKeys.list()).find((key) => key.kid === kid)?.state;
      if (!(await signingKeys.revoke(kid))) return false;
      await record({ action: 'keys.revoked', ...actOf(by), target: kid, before: { state }, reason });
      return true;
    },
  };
}

export type KeyCare = ReturnType<typeof createKeyCare>;

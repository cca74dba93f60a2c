// Signing keys in the hands of operators. Permission: `keys:*`.

import type { Audit } from '../audit/audit.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { ListedKey, SigningKeys } from '../signing-keys.ts';

/** The acts over the signing keys; `overlapSeconds` is how long a new one is published before it signs. */
export function createKeyCare(parts: { signingKeys: SigningKeys; audit: Audit; overlapSeconds: number }) {
  const { signingKeys, audit, overlapSeconds } = parts;
  return {
    /** All keys and what each is for now; the first ones are made if there are none. */
    async list(): Promise<ListedKey[]> {
      await signingKeys.ensure();
      return signingKeys.list();
    },

    /** Publishes new keys; `now`: they sign at once. Rejects with `bad_request` while a rotation is under way. */
    async rotate(actor: Actor, { now = false }: { now?: boolean | undefined } = {}): Promise<ListedKey[]> {
      await signingKeys.ensure();
      await signingKeys.rotate(now ? 0 : overlapSeconds);
      await audit.record({ action: 'keys.rotated', actor, after: { now } });
      return signingKeys.list();
    },

    /** Emergency: takes one key out at once, see `SigningKeys.revoke`; false when there is no such key. */
    async revoke(actor: Actor, kid: string, reason: string): Promise<boolean> {
      const state = (await signingKeys.list()).find((key) => key.kid === kid)?.state;
      if (!(await signingKeys.revoke(kid))) return false;
      await audit.record({ action: 'keys.revoked', actor, target: kid, before: { state }, reason });
      return true;
    },
  };
}

export type KeyCare = ReturnType<typeof createKeyCare>;

// That an operator has just proved anew who they are: for some minutes, dangerous acts of the session need no more.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';

/** A proof, under the digest of the session that it was given in. */
export type GivenProof = { readonly accountId: string; readonly credentialVersion: number };

type Session = { readonly uid: string; /** Seconds since 1970. */ readonly authTime: number };

/** How long a proof stands, in seconds. */
export const FRESH_PROOF_SECONDS = 300;

/** Such proofs over the store. */
export function createFreshProofs(store: Store, clock: Clock) {
  const proofs = store.collection(collections.operatorProofs);
  return {
    /** Whether the account has signed in, or proved itself in this session, in the last five minutes. */
    async isFresh({ id, doc }: StoredAccount, { uid, authTime }: Session): Promise<boolean> {
      const age = clock.now().getTime() / 1000 - authTime;
      if (age >= -FRESH_PROOF_SECONDS && age <= FRESH_PROOF_SECONDS) return true;
      const given = (await proofs.get(digest(uid)))?.doc;
      return given?.accountId === id && given.credentialVersion === doc.credentialVersion;
    },

    /** Notes that it was proved now. */
    remember: ({ id, doc }: StoredAccount, { uid }: Session): Promise<void> =>
      proofs.put(
        digest(uid),
        { accountId: id, credentialVersion: doc.credentialVersion },
        new Date(clock.now().getTime() + FRESH_PROOF_SECONDS * 1000),
      ),
  };
}

export type FreshProofs = ReturnType<typeof createFreshProofs>;

// Sign-ins: one attempt each, bound to one interaction and one browser. They hold what was proved, never a plan.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import { digest, secretsEqual } from '../../lib/digest.ts';
import { AppError } from '../../lib/app-error.ts';
import { collections } from '../collections.ts';

/** A step passed in this sign-in. `accountId` is absent when the step proved no account (another one is wanted). */
export type Proof = {
  readonly step: string;
  readonly at: string;
  readonly accountId?: string;
  /** The account's `credentialVersion` at that moment: what was proved with a credential ends with it. */
  readonly credentialVersion?: number;
} & ProofDetails;

/** What is known of how a step was passed, beside that it was. */
export type ProofDetails = {
  /** A passkey that has checked who holds it proves two factors. */
  readonly userVerified?: boolean;
  /** A passkey that cannot leave its device. */
  readonly deviceBound?: boolean;
  /** The entry of the person's address list that the request with the password came from. */
  readonly listedBy?: string;
  /** The upstream that has proved it, as people call it, and the link of the identity. */
  readonly upstream?: string;
  readonly link?: string;
  /** When the person signed in there, in seconds since 1970. */
  readonly authTime?: number;
  /** Its level is one that the operator lists as enough: it proves two factors. */
  readonly multiFactor?: boolean;
  /** Levels that a client may ask for and that the sign-in there has. */
  readonly levels?: readonly string[];
};

export type SignIn = {
  /** Hash of the id of the browser that began it. */
  readonly browser: string;
  readonly clientId: string;
  /** The authorization request as it came, so that a stale page can lead back to where the person was going. */
  readonly params: Readonly<Record<string, string>>;
  readonly proofs: readonly Proof[];
  /** When it was complete, for the first time. */
  readonly completedAt?: string;
};

const KEPT_SECONDS = 86_400;
const MAX_ATTEMPTS = 10;

/** Sign-ins over the store, keyed by the hash of the interaction's id. */
export function createSignIns(store: Store, clock: Clock) {
  const signIns = store.collection(collections.signIns);
  const expiry = () => new Date(clock.now().getTime() + KEPT_SECONDS * 1000);

  /** The sign-in of this interaction if this browser began it, else `undefined`. */
  async function find(uid: string, browserId: string): Promise<Stored<SignIn> | undefined> {
    const found = await signIns.get(digest(uid));
    return found && secretsEqual(found.doc.browser, digest(browserId)) ? found : undefined;
  }

  return {
    find,
    /**
     * The sign-in of this interaction, begun now if it is new. Rejects with `foreign_browser` when another
     * browser began it: a link handed over must not sign its receiver in to the sender's request.
     */
    async open(
      uid: string,
      browserId: string,
      request: { clientId: string; params: Record<string, string> },
    ): Promise<Stored<SignIn>> {
      const id = digest(uid);
      const browser = digest(browserId);
      let found = await signIns.get(id);
      if (!found) {
        try {
          return await signIns.insert(id, { browser, ...request, proofs: [] }, expiry());
        } catch (error) {
          if (!(error instanceof Conflict)) throw error;
          found = await signIns.get(id);
        }
      }
      if (!found || !secretsEqual(found.doc.browser, browser)) {
        throw new AppError('foreign_browser', { detail: 'the sign-in belongs to another browser' });
      }
      return found;
    },

    /** Marks a sign-in complete; of many requests that find it so, one is told that it was the first. */
    async complete(uid: string, browserId: string): Promise<boolean> {
      for (let attempt = 1; ; attempt += 1) {
        const seen = await find(uid, browserId);
        if (!seen) throw new AppError('sign_in_over', { detail: 'the sign-in has ended' });
        if (seen.doc.completedAt !== undefined) return false;
        try {
          await signIns.replace(seen, { ...seen.doc, completedAt: clock.now().toISOString() }, expiry());
          return true;
        } catch (error) {
          if (!(error instanceof Stale) || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },

    /**
     * Takes the account's proofs over to its new version, after a change that this very sign-in has made and that has
     * voided all others.
     */
    async renew(
      uid: string,
      browserId: string,
      accountId: string,
      { from, to }: { from: number; to: number },
    ): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        const seen = await find(uid, browserId);
        if (!seen) throw new AppError('sign_in_over', { detail: 'the sign-in has ended' });
        const proofs = seen.doc.proofs.map((proof) =>
          proof.accountId === accountId && proof.credentialVersion === from
            ? { ...proof, credentialVersion: to }
            : proof,
        );
        try {
          await signIns.replace(seen, { ...seen.doc, proofs }, expiry());
          return;
        } catch (error) {
          if (!(error instanceof Stale) || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },

    /**
     * Adds a proof by compare-and-swap. A proof of another account than the ones before voids them: proofs of two
     * people never add up.
     */
    async prove(uid: string, browserId: string, proof: Omit<Proof, 'at'>): Promise<Stored<SignIn>> {
      for (let attempt = 1; ; attempt += 1) {
        const seen = await find(uid, browserId);
        if (!seen) throw new AppError('sign_in_over', { detail: 'the sign-in has ended' });
        const others = seen.doc.proofs.filter(
          (earlier) =>
            earlier.step !== proof.step && (earlier.accountId ?? proof.accountId) === proof.accountId,
        );
        const proofs = [...others, { ...proof, at: clock.now().toISOString() }];
        try {
          return await signIns.replace(seen, { ...seen.doc, proofs }, expiry());
        } catch (error) {
          if (!(error instanceof Stale) || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },
  };
}

export type SignIns = ReturnType<typeof createSignIns>;

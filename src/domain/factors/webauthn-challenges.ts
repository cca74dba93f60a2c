// Challenges of passkeys: 256 random bits under a MAC that ties them to one purpose, one subject and one time, so
// that showing a page stores nothing; an answer is accepted once.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store } from '../../ports/store.ts';
import { authenticate, digest, digestsEqual } from '../../lib/digest.ts';
import { collections } from '../collections.ts';

/** What an answer is for: one made for another purpose never fits. */
export type ChallengePurpose = 'sign-in' | 'second-factor' | 'register';

/** An answered challenge, kept under the hash of its random part for as long as it could be answered again. */
export type AnsweredChallenge = { readonly purpose: ChallengePurpose };

export type ChallengeVerdict = 'good' | 'expired' | 'used' | 'foreign';

/** W2: at most five minutes. */
export const CHALLENGE_SECONDS = 300;
/** How far the clocks of two nodes may differ. */
const SKEW_SECONDS = 30;
const RANDOM_BYTES = 32;
const TIME_BYTES = 6;
const MAC_BYTES = 32;

/** Challenges over the store: made with the first key, good with any, so that a rotation spoils no page. */
export function createWebauthnChallenges(store: Store, clock: Clock, keys: readonly Buffer[]) {
  const [key] = keys;
  if (key === undefined) throw new TypeError('challenges need a key');
  const answered = store.collection(collections.webauthnChallenges);

  const macOf = (by: Buffer, body: Buffer, purpose: ChallengePurpose, subject: string) =>
    authenticate(by, `${purpose}\n${body.toString('base64url')}\n${subject}`);

  return {
    /** A new challenge, base64url (WebAuthn L3 §13.4.3). `subject` is what it is about: an interaction, a session. */
    issue(purpose: ChallengePurpose, subject: string): string {
      const body = Buffer.alloc(RANDOM_BYTES + TIME_BYTES);
      randomBytes(RANDOM_BYTES).copy(body);
      body.writeUIntBE(clock.now().getTime(), RANDOM_BYTES, TIME_BYTES);
      const mac = Buffer.from(macOf(key, body, purpose, subject), 'base64url');
      return Buffer.concat([body, mac]).toString('base64url');
    },

    /** Takes an answer's challenge; of many callers at once one is told that it is good. */
    async use(purpose: ChallengePurpose, subject: string, challenge: string): Promise<ChallengeVerdict> {
      const bytes = Buffer.from(challenge, 'base64url');
      // Node ignores stray bits and characters; here one text stands for one challenge.
      if (
        bytes.length !== RANDOM_BYTES + TIME_BYTES + MAC_BYTES ||
        bytes.toString('base64url') !== challenge
      ) {
        return 'foreign';
      }
      const body = bytes.subarray(0, RANDOM_BYTES + TIME_BYTES);
      const mac = bytes.subarray(body.length).toString('base64url');
      const fits = keys.map((by) => digestsEqual(mac, macOf(by, body, purpose, subject))).some(Boolean);
      if (!fits) return 'foreign';

      const issuedAt = body.readUIntBE(RANDOM_BYTES, TIME_BYTES);
      const age = clock.now().getTime() - issuedAt;
      if (age >= CHALLENGE_SECONDS * 1000 || age < -SKEW_SECONDS * 1000) return 'expired';
      const id = digest(body.subarray(0, RANDOM_BYTES).toString('base64url'));
      const keptUntil = new Date(issuedAt + (CHALLENGE_SECONDS + 2 * SKEW_SECONDS) * 1000);
      try {
        await answered.insert(id, { purpose }, keptUntil);
        return 'good';
      } catch (error) {
        if (error instanceof Conflict) return 'used';
        throw error;
      }
    },
  };
}

export type WebauthnChallenges = ReturnType<typeof createWebauthnChallenges>;

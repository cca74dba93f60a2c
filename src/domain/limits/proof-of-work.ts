// Proof of work instead of a picture puzzle: the browser of whoever sends a form computes for about a second. The
// format is that of ALTCHA's first protocol (https://altcha.org), so its public widget can solve these, too.

import { createChallenge } from 'altcha-lib/v1';
import { z } from 'zod';
import { authenticate, digestsEqual } from '../../lib/digest.ts';
import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';

/** A challenge that was answered; its id is the challenge. */
export type UsedProof = { readonly at: string };

/** `missing` is a form without an answer, as from a browser without scripts; `refused` one that does not count. */
export type ProofVerdict = 'accepted' | 'missing' | 'refused';

/** How long a challenge can be answered. */
export const PROOF_LIFE_SECONDS = 600;

const LONGEST_ANSWER = 2048;
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const answer = z.object({
  algorithm: z.literal('SHA-256'),
  challenge: hex,
  number: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  // The final `&` keeps digits from wandering between the salt and the number that is hashed behind it.
  salt: z.string().regex(/^[0-9a-f]{24}\?expires=\d{1,12}&$/),
  signature: hex,
});

function readAnswer(text: string): z.infer<typeof answer> | undefined {
  if (text.length > LONGEST_ANSWER) return undefined;
  try {
    return answer.safeParse(JSON.parse(Buffer.from(text, 'base64').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * Challenges and their answers. Nothing is stored for a challenge: it is signed, with a key of its own for each
 * subject (what the form is about), and carries its end. An answer is stored until then, so that it counts once.
 * Made with the first of `keys`, good with any; `maxNumber` is the most hashes that an answer takes.
 */
export function createProofOfWork(
  store: Store,
  clock: Clock,
  { keys, maxNumber }: { keys: readonly Buffer[]; maxNumber: number },
) {
  const [key] = keys;
  if (key === undefined) throw new TypeError('proofs of work need a key');
  const used = store.collection(collections.usedProofs);

  /** Whether this very challenge was made by us about the subject, and the number is the one that was hidden in it. */
  async function isRight(subject: string, { salt, number, ...given }: z.infer<typeof answer>) {
    const made = await Promise.all(
      keys.map((candidate) => createChallenge({ hmacKey: authenticate(candidate, subject), salt, number })),
    );
    return made
      .map(
        ({ challenge, signature }) =>
          digestsEqual(challenge, given.challenge) && digestsEqual(signature, given.signature),
      )
      .some(Boolean);
  }

  return {
    /** A new challenge about `subject`, as the JSON text that a page hands to its script. */
    async challenge(subject: string): Promise<string> {
      const expires = new Date(clock.now().getTime() + PROOF_LIFE_SECONDS * 1000);
      return JSON.stringify(
        await createChallenge({ hmacKey: authenticate(key, subject), maxnumber: maxNumber, expires }),
      );
    },

    /** Judges the answer in a form (base64 of JSON) and uses it up; of many callers at once exactly one gets it. */
    async redeem(subject: string, presented: string | undefined): Promise<ProofVerdict> {
      if (presented === undefined || presented === '') return 'missing';
      const given = readAnswer(presented);
      if (!given) return 'refused';
      const expiresAt = new Date(Number(new URLSearchParams(given.salt.split('?')[1]).get('expires')) * 1000);
      const now = clock.now();
      if (expiresAt <= now || !(await isRight(subject, given))) return 'refused';
      try {
        await used.insert(given.challenge, { at: now.toISOString() }, expiresAt);
        return 'accepted';
      } catch (error) {
        if (error instanceof Conflict) return 'refused';
        throw error;
      }
    },
  };
}

export type ProofOfWork = ReturnType<typeof createProofOfWork>;

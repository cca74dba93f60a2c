// Answers that are told at another request than the one they are to: what was wrong with a form is shown by the page that
// the browser is sent on to, so that Back and Reload never send the form again. Kept for a minute, for one browser and one
// address, and where somebody is signed in for their session, shown once. What somebody typed may be anything, so it is sealed.

import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { digest, secretsEqual } from '../lib/digest.ts';
import { randomToken } from '../lib/random.ts';
import type { Sealer } from '../lib/seal.ts';
import { collections } from './collections.ts';

/** Its id is the hash of the secret that the browser holds. */
export type KeptAnswer = {
  /** Hash of the browser, the address and whose it is: an address may be a secret, too. */
  readonly for: string;
  /** What is said, sealed for this document. */
  readonly said: string;
};

/** For whom it is, and where: path and query. `whose` is what else must be the same; empty for pages that are nobody's. */
export type AnswerPlace = { readonly browserId: string; readonly address: string; readonly whose: string };

const KEPT_SECONDS = 60;
/** The longest form that a person fills in, and the page around it; strangers could fill the storage with more. */
const MOST_KEPT_BYTES = 32 * 1024;

/** Kept answers over the store. */
export function createKeptAnswers(parts: { store: Store; clock: Clock; sealer: Sealer }) {
  const { store, clock, sealer } = parts;
  const answers = store.collection(collections.keptAnswers);
  const placeKey = ({ browserId, address, whose }: AnswerPlace) =>
    digest(`${browserId}\n${address}\n${whose}`);
  const sealContext = (id: string) => `kept_answers/${id}`;

  return {
    /** Keeps what JSON can say of it; the secret is what it is taken by, `undefined` when there is too much of it. */
    async keep(place: AnswerPlace, said: object): Promise<string | undefined> {
      const text = JSON.stringify(said);
      if (Buffer.byteLength(text) > MOST_KEPT_BYTES) return undefined;
      const secret = randomToken();
      const id = digest(secret);
      const doc = { for: placeKey(place), said: sealer.seal(text, sealContext(id)) };
      await answers.insert(id, doc, new Date(clock.now().getTime() + KEPT_SECONDS * 1000));
      return secret;
    },

    /** What was kept for this place, once; at another place it stays. */
    async take(place: AnswerPlace, secret: string): Promise<unknown> {
      const id = digest(secret);
      const found = await answers.get(id);
      if (!found || !secretsEqual(found.doc.for, placeKey(place))) return undefined;
      const taken = await answers.take(id);
      return taken && JSON.parse(sealer.open(taken.doc.said, sealContext(id)));
    },
  };
}

export type KeptAnswers = ReturnType<typeof createKeptAnswers>;

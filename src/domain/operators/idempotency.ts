// `Idempotency-Key`: a request that is sent twice is carried out once, and answered the same both times.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import { digest, digestsEqual } from '../../lib/digest.ts';
import type { Sealer } from '../../lib/seal.ts';
import { collections } from '../collections.ts';

/** A key that was used; its id is the hash of client and key. */
export type IdempotencyKey = {
  /** The hash of what was asked. */
  readonly request: string;
  /** ISO 8601, UTC: when it began. */
  readonly since: string;
  /** The answer, sealed: it may hold a secret that is shown once. Absent while the request is being carried out. */
  readonly answer?: string;
};

export type KeptAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Keyed =
  | { readonly kind: 'answered'; readonly answer: KeptAnswer; readonly replayed: boolean }
  /** The key belongs to a request that asked for something else. */
  | { readonly kind: 'other_request' }
  /** It is being carried out right now. */
  | { readonly kind: 'under_way' };

export const IDEMPOTENCY_SECONDS = 86_400;
/** Whoever has been at it for so long has died on the way: the next one does it. */
const UNDER_WAY_MILLISECONDS = 120_000;

/** Keys of requests over the store. */
export function createIdempotency(parts: { store: Store; clock: Clock; sealer: Sealer }) {
  const { store, clock, sealer } = parts;
  const keys = store.collection(collections.idempotencyKeys);
  const ending = () => new Date(clock.now().getTime() + IDEMPOTENCY_SECONDS * 1000);

  /** The key as ours to use, or as another one has it. */
  async function claim(
    id: string,
    doc: IdempotencyKey,
  ): Promise<{ mine: boolean; row: Stored<IdempotencyKey> }> {
    try {
      return { mine: true, row: await keys.insert(id, doc, ending()) };
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
    const found = await keys.get(id);
    if (!found) return claim(id, doc);
    const age = clock.now().getTime() - Date.parse(found.doc.since);
    const isLeft = found.doc.answer === undefined && age > UNDER_WAY_MILLISECONDS;
    if (!isLeft || !digestsEqual(found.doc.request, doc.request)) return { mine: false, row: found };
    try {
      return { mine: true, row: await keys.replace(found, doc, ending()) };
    } catch (error) {
      if (error instanceof Stale) return { mine: false, row: found };
      throw error;
    }
  }

  return {
    /**
     * Carries `work` out once for the client's key. What fails leaves the key free, for then nothing was done; an answer
     * is kept for 24 hours.
     */
    async run(
      { owner, key, request }: { owner: string; key: string; request: string },
      work: () => Promise<KeptAnswer>,
    ): Promise<Keyed> {
      const id = digest(`${owner}\n${key}`);
      const doc: IdempotencyKey = { request: digest(request), since: clock.now().toISOString() };
      const { mine, row } = await claim(id, doc);
      if (!mine) {
        if (!digestsEqual(row.doc.request, doc.request)) return { kind: 'other_request' };
        if (row.doc.answer === undefined) return { kind: 'under_way' };
        const answer = JSON.parse(sealer.open(row.doc.answer, contextOf(id))) as KeptAnswer;
        return { kind: 'answered', answer, replayed: true };
      }
      let answer: KeptAnswer;
      try {
        answer = await work();
      } catch (error) {
        await keys.remove(id);
        throw error;
      }
      await keys.replace(
        row,
        { ...doc, answer: sealer.seal(JSON.stringify(answer), contextOf(id)) },
        ending(),
      );
      return { kind: 'answered', answer, replayed: false };
    },
  };
}

export type Idempotency = ReturnType<typeof createIdempotency>;

const contextOf = (id: string): string => `idempotency_keys/${id}`;

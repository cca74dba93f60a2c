// Signing keys: one active per algorithm, the next one published before it signs, retired ones kept for verifying.

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../ports/store.ts';
import { AppError } from '../lib/app-error.ts';
import { digest } from '../lib/digest.ts';
import type { Sealer } from '../lib/seal.ts';
import { collections } from './collections.ts';
import { ignoreConflict } from './ignore-conflict.ts';
import type { Revisions } from './revisions.ts';

export const signingAlgorithms = ['ES256', 'RS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

export type SigningKey = {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly generation: number;
  /** The private JWK, sealed for this key's id. */
  readonly sealed: string;
  readonly createdAt: string;
  /** From when tokens are signed with it; published before. */
  readonly activeFrom: string;
};

export type KeyState = 'next' | 'active' | 'retired';
export type ListedKey = {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly state: KeyState;
  readonly activeFrom: string;
  /** When a retired key is taken out of the JWKS. */
  readonly removedAt?: string;
};
export type PrivateJwk = Readonly<Record<string, unknown>> & {
  kid: string;
  alg: SigningAlgorithm;
  use: 'sig';
};

/**
 * How long a retired key still verifies: longer than anything that it has signed is accepted, which is the longest
 * session (30 days), because an ID token may be shown as a hint when signing out.
 */
export const RETIRED_KEPT_SECONDS = 31 * 86_400;

const RSA_BITS = 3072;
const generate = promisify(generateKeyPair);

/** Signing keys over the store. */
export function createSigningKeys(
  store: Store,
  clock: Clock,
  revisions: Revisions,
  sealer: Sealer,
  retiredKeptSeconds = RETIRED_KEPT_SECONDS,
) {
  const keys = store.collection(collections.signingKeys);
  const idOf = (alg: SigningAlgorithm, generation: number) => `${alg}:${String(generation).padStart(6, '0')}`;

  async function insert(alg: SigningAlgorithm, generation: number, activeFrom: Date): Promise<void> {
    const jwk = await newPrivateJwk(alg);
    const id = idOf(alg, generation);
    await keys.insert(id, {
      kid: jwk.kid,
      alg,
      generation,
      sealed: sealer.seal(JSON.stringify(jwk), `signing_keys/${id}`),
      createdAt: clock.now().toISOString(),
      activeFrom: activeFrom.toISOString(),
    });
  }

  const all = (): Promise<Stored<SigningKey>[]> => keys.list(undefined, { limit: 100 });

  return {
    /** Makes the first keys where there are none; nodes that start together end up with the same ones. */
    async ensure(): Promise<void> {
      const existing = new Set((await all()).map(({ doc }) => doc.alg));
      await Promise.all(
        signingAlgorithms
          .filter((alg) => !existing.has(alg))
          .map((alg) => ignoreConflict(insert(alg, 1, clock.now()))),
      );
    },

    /** The private keys for signing and publishing: active ones first, and the moment when this order changes next. */
    async load(): Promise<{ jwks: PrivateJwk[]; changesAt: Date | undefined }> {
      const now = clock.now();
      const stored = withStates(await all(), now);
      const rank: Record<KeyState, number> = { active: 0, next: 1, retired: 2 };
      const jwks = stored
        .toSorted((a, b) => rank[a.state] - rank[b.state])
        .map(({ key }) => JSON.parse(sealer.open(key.doc.sealed, `signing_keys/${key.id}`)) as PrivateJwk);
      const moments = stored
        .flatMap(({ key }) => [Date.parse(key.doc.activeFrom), key.expiresAt?.getTime() ?? 0])
        .filter((moment) => moment > now.getTime());
      return { jwks, changesAt: moments.length > 0 ? new Date(Math.min(...moments)) : undefined };
    },

    async list(): Promise<ListedKey[]> {
      return withStates(await all(), clock.now()).map(({ key, state }) => ({
        kid: key.doc.kid,
        alg: key.doc.alg,
        state,
        activeFrom: key.doc.activeFrom,
        ...(key.expiresAt ? { removedAt: key.expiresAt.toISOString() } : {}),
      }));
    },

    /**
     * Publishes a new key per algorithm that starts to sign after `overlapSeconds`, so that relying parties have
     * fetched it by then; the old keys verify for as long as sessions last. Refuses while a rotation is still under way.
     */
    async rotate(
      overlapSeconds: number,
      algorithms: readonly SigningAlgorithm[] = signingAlgorithms,
    ): Promise<void> {
      const now = clock.now();
      const activeFrom = new Date(now.getTime() + overlapSeconds * 1000);
      const stored = withStates(await all(), now);
      const waiting = stored.find(({ key, state }) => state === 'next' && algorithms.includes(key.doc.alg));
      if (waiting && overlapSeconds > 0) {
        throw new AppError('bad_request', {
          detail: `a new ${waiting.key.doc.alg} key is published already and signs from ${waiting.key.doc.activeFrom}`,
        });
      }
      for (const alg of algorithms) {
        const own = stored.filter(({ key }) => key.doc.alg === alg);
        const newest = Math.max(0, ...own.map(({ key }) => key.doc.generation));
        try {
          await insert(alg, newest + 1, activeFrom);
        } catch (error) {
          if (!(error instanceof Conflict)) throw error;
          throw new AppError('bad_request', { detail: 'another rotation is under way', cause: error });
        }
        const removedAt = new Date(activeFrom.getTime() + retiredKeptSeconds * 1000);
        for (const { key } of own.filter(({ key }) => key.expiresAt === undefined)) {
          await keys.replace(key, key.doc, removedAt);
        }
      }
      await revisions.announce('keys');
    },

    /**
     * Takes a key out at once, for one that others may have: nothing that it has signed is accepted any more by whoever
     * fetches the keys anew. When it was the active one, the next one signs from now on, or a new one is made. False
     * when there is no such key.
     */
    async revoke(kid: string): Promise<boolean> {
      const now = clock.now();
      const stored = withStates(await all(), now);
      const found = stored.find(({ key }) => key.doc.kid === kid);
      if (!found) return false;
      const { alg } = found.key.doc;
      const own = stored.filter(({ key }) => key.doc.alg === alg);
      if (found.state === 'active') {
        const next = own.find(({ state }) => state === 'next');
        const newest = Math.max(...own.map(({ key }) => key.doc.generation));
        // First the one that takes over: at no moment is there none that signs.
        if (next) await keys.replace(next.key, { ...next.key.doc, activeFrom: now.toISOString() });
        else await insert(alg, newest + 1, now);
      }
      await keys.remove(found.key.id);
      await revisions.announce('keys');
      return true;
    },
  };
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;

/** The newest key whose time has come is active, later ones are next, earlier ones retired. */
function withStates(
  stored: readonly Stored<SigningKey>[],
  now: Date,
): { key: Stored<SigningKey>; state: KeyState }[] {
  const started = (key: Stored<SigningKey>) => Date.parse(key.doc.activeFrom) <= now.getTime();
  const active = new Map<SigningAlgorithm, number>();
  for (const key of stored.filter(started)) {
    active.set(key.doc.alg, Math.max(active.get(key.doc.alg) ?? 0, key.doc.generation));
  }
  return stored.map((key) => {
    if (!started(key)) return { key, state: 'next' };
    return { key, state: active.get(key.doc.alg) === key.doc.generation ? 'active' : 'retired' };
  });
}

async function newPrivateJwk(alg: SigningAlgorithm): Promise<PrivateJwk> {
  const { privateKey } = await newKeyPair(alg);
  const jwk = privateKey.export({ format: 'jwk' });
  const thumbprint = digest(
    JSON.stringify({ crv: jwk.crv, e: jwk.e, kty: jwk.kty, n: jwk.n, x: jwk.x, y: jwk.y }),
  );
  return { ...jwk, alg, use: 'sig', kid: thumbprint };
}

function newKeyPair(alg: SigningAlgorithm) {
  switch (alg) {
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' });
    case 'RS256':
      return generate('rsa', { modulusLength: RSA_BITS });
    case 'EdDSA':
      return generate('ed25519');
    default:
      return alg satisfies never;
  }
}

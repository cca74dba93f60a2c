// Initial access tokens (RFC 7591 §3): what operators hand out so that clients may register themselves, so many times
// and for so long, by one policy. Stored as hashes and shown once.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomToken, timeOrderedId } from '../../lib/random.ts';
import { collections } from '../collections.ts';
import { createUpdater } from '../update.ts';

export const REGISTRATION_TOKEN_PREFIX = 'vratny_iat_';

export type RegistrationToken = {
  readonly hash: string;
  readonly policy: string;
  /** What it is for, in the operator's words. */
  readonly note: string;
  readonly uses: number;
  readonly usesLeft: number;
  /** Who made it, as the audit log names them. */
  readonly by: string;
  readonly createdAt: string;
  readonly expiresAt: string;
};
export type StoredRegistrationToken = Stored<RegistrationToken>;

const DAY = 86_400_000;
/** Used up and revoked ones are kept no longer than their time. */
export const registrationTokenBounds = { uses: 1000, days: 365 } as const;

/** The tokens over the store. */
export function createRegistrationTokens({ store, clock }: { store: Store; clock: Clock }) {
  const tokens = store.collection(collections.registrationTokens);
  const update = createUpdater(tokens);

  return {
    /** Makes one; the token itself is told this once. */
    async create(fields: {
      policy: string;
      note: string;
      uses: number;
      days: number;
      by: string;
    }): Promise<{ stored: StoredRegistrationToken; token: string }> {
      const { days, ...rest } = fields;
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + days * DAY);
      const token = `${REGISTRATION_TOKEN_PREFIX}${randomToken()}`;
      const doc = {
        ...rest,
        hash: digest(token),
        usesLeft: fields.uses,
        createdAt: now.toISOString(),
        expiresAt: expiresAt.toISOString(),
      };
      return { stored: await tokens.insert(timeOrderedId(now), doc, expiresAt), token };
    },

    /** One that may still be used. */
    async find(token: string): Promise<StoredRegistrationToken | undefined> {
      if (!token.startsWith(REGISTRATION_TOKEN_PREFIX)) return undefined;
      const found = await tokens.findOne('hash', digest(token));
      return found && found.doc.usesLeft > 0 ? found : undefined;
    },

    /** Takes one use; false when there is none left. Of many at once no more have one than there are. */
    spend: (id: string): Promise<boolean> =>
      update(id, (doc) =>
        doc && doc.usesLeft > 0
          ? {
              result: true,
              write: { doc: { ...doc, usesLeft: doc.usesLeft - 1 }, expiresAt: new Date(doc.expiresAt) },
            }
          : { result: false },
      ),

    /** Newest first; `after` is the id of the last one seen. */
    list: (page: { after?: string; limit: number }): Promise<StoredRegistrationToken[]> =>
      tokens.list(undefined, { ...page, newestFirst: true }),

    /** Takes it back; what was registered by it stays. */
    revoke: (id: string): Promise<StoredRegistrationToken | undefined> => tokens.take(id),
  };
}

export type RegistrationTokens = ReturnType<typeof createRegistrationTokens>;

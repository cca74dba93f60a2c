// Consents: what a person allowed a client to see, remembered until they take it back.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store } from '../../ports/store.ts';
import { collections } from '../collections.ts';
import type { Endings } from '../sign-ins/endings.ts';

export type Consented = {
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
};

export type Consent = Consented & {
  readonly accountId: string;
  readonly clientId: string;
  readonly updatedAt: string;
};

const MAX_ATTEMPTS = 10;
/** Applications are registered one by one; nobody allows more of them. */
const MOST_CONSENTS = 1000;

/** Consents over the store: at most one per account and client, growing with what is allowed. */
export function createConsents(store: Store, clock: Clock, endings: Endings) {
  const consents = store.collection(collections.consents);
  const idOf = (accountId: string, clientId: string) => `${accountId}:${clientId}`;
  return {
    async find(accountId: string, clientId: string): Promise<Consent | undefined> {
      return (await consents.get(idOf(accountId, clientId)))?.doc;
    },
    /** All that the account allows, by client. */
    async ofAccount(accountId: string): Promise<Consent[]> {
      const found = await consents.list({ key: 'accountId', value: accountId }, { limit: MOST_CONSENTS });
      return found.map(({ doc }) => doc);
    },
    /** Adds to what the account allows the client. */
    async allow(accountId: string, clientId: string, more: Consented): Promise<void> {
      const id = idOf(accountId, clientId);
      for (let attempt = 1; ; attempt += 1) {
        const seen = await consents.get(id);
        const doc: Consent = {
          accountId,
          clientId,
          ...merge(seen?.doc, more),
          updatedAt: clock.now().toISOString(),
        };
        try {
          if (seen) await consents.replace(seen, doc);
          else await consents.insert(id, doc);
          return;
        } catch (error) {
          if (!(error instanceof Stale || error instanceof Conflict) || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },
    /** Forgets what was allowed and ends what the client got by it; the client has to ask again. */
    async withdraw(accountId: string, clientId: string): Promise<void> {
      await consents.remove(idOf(accountId, clientId));
      await endings.endClientAccess(accountId, clientId);
    },
  };
}

export type Consents = ReturnType<typeof createConsents>;

const union = (a: readonly string[] = [], b: readonly string[] = []): string[] => [...new Set([...a, ...b])];

function merge(before: Consented | undefined, more: Consented): Consented {
  const indicators = union(Object.keys(before?.resources ?? {}), Object.keys(more.resources));
  return {
    scopes: union(before?.scopes, more.scopes),
    claims: union(before?.claims, more.claims),
    resources: Object.fromEntries(
      indicators.map((indicator) => [
        indicator,
        union(before?.resources[indicator], more.resources[indicator]),
      ]),
    ),
  };
}

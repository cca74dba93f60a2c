// Clients in memory: read from storage once, dropped on every node when one changes anywhere.

import type { ClientMetadata as EngineMetadata } from 'oidc-provider';
import type { Clock } from '../ports/clock.ts';
import { secretMatches, type ClientRecord, type Clients } from '../domain/clients/clients.ts';
import { identityScopes } from './claims.ts';

type Entry = { readonly record: ClientRecord; readonly engine: EngineMetadata };

const MOST_ENTRIES = 10_000;
const UNKNOWN_KEPT = 1_000;

/**
 * The engine gets the identity scopes only: it knows no others, and resource scopes are judged per resource server.
 * The secret it gets is the hash of ours and never compared by it.
 */
function engineMetadata(record: ClientRecord): EngineMetadata {
  const { scope, ...metadata } = record.metadata;
  const identity = scope.split(' ').filter((name) => identityScopes.has(name));
  return {
    ...metadata,
    scope: identity.length > 0 ? identity.join(' ') : 'openid',
    ...(record.registered ? { registration_policy: record.registered.policy } : {}),
    ...(record.secrets[0] ? { client_secret: record.secrets[0].hash } : {}),
  };
}

/** A cache over the registered clients; `clear` forgets all of it. One that is switched off is as good as none. */
export function createClientCache(clients: Clients, clock: Clock) {
  let entries = new Map<string, Entry>();
  let unknown = new Set<string>();

  async function find(id: string): Promise<Entry | undefined> {
    const cached = entries.get(id);
    if (cached) return cached;
    if (unknown.has(id)) return undefined;
    const [mine, missing] = [entries, unknown];
    const record = await clients.find(id);
    if (!record || record.disabled) {
      if (missing.size >= UNKNOWN_KEPT) missing.clear();
      missing.add(id);
      return undefined;
    }
    const entry = { record, engine: engineMetadata(record) };
    if (mine.size >= MOST_ENTRIES) mine.clear();
    // Written to the map as it was before the read: a clear in between leaves no stale entry behind.
    mine.set(id, entry);
    return entry;
  }

  return {
    record: async (id: string): Promise<ClientRecord | undefined> => (await find(id))?.record,
    engine: async (id: string): Promise<EngineMetadata | undefined> => (await find(id))?.engine,
    /** Whether a presented secret is the client's. */
    async secretMatches(id: string, presented: string): Promise<boolean> {
      const entry = await find(id);
      return entry !== undefined && secretMatches(entry.record, presented, clock.now());
    },
    clear(): void {
      entries = new Map();
      unknown = new Set();
    },
  };
}

export type ClientCache = ReturnType<typeof createClientCache>;

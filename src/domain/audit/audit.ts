// The audit log: who did what to whom, when and from where. It only grows; see audit-chain.ts for how that is shown.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { nextTurn } from '../../lib/turn.ts';
import { boundedAgent } from '../../lib/user-agent.ts';
import { collections } from '../collections.ts';
import { isShown, type AuditAction } from './audit-actions.ts';
import { createChain, type Place } from './audit-chain.ts';
import { pruneChain } from './audit-prune.ts';
import {
  actorKey,
  type Actor,
  type AuditEntry,
  type AuditEvent,
  type AuditValues,
  type SealingKey,
  type Whence,
} from './audit-entry.ts';
import { verifyChain, type AuditVerdict } from './audit-verify.ts';

export type StoredEntry = Stored<AuditEntry>;

/** One key to filter by; the log is indexed by each of them. */
export type AuditFilter =
  | { readonly accountId: string }
  | { readonly customerId: string }
  | { readonly clientId: string }
  | { readonly actor: Actor }
  | { readonly action: AuditAction };

/** `after` is the `older` of the page before; `limit` at most 999. */
export type AuditPage = { readonly after?: string | undefined; readonly limit: number };
export type AuditSlice = { readonly entries: readonly StoredEntry[]; readonly older?: string };

/** A change as the people see whom it is about: of others who made it, only what they are. */
export type ShownChange = {
  readonly id: string;
  readonly at: string;
  readonly action: AuditAction;
  readonly by: 'you' | 'member' | 'operator' | 'client' | 'system';
  readonly accountId?: string;
  readonly before?: AuditValues;
  readonly after?: AuditValues;
  /** Where it was made from, when they made it themselves. */
  readonly address?: string;
  readonly userAgent?: string;
};
export type ShownChanges = { readonly changes: readonly ShownChange[]; readonly older?: string };

/** Told of each entry after it is written; must not throw. */
export type AuditListener = (entry: StoredEntry) => void;

/** The log over the store. `here` tells of the request under way, if there is one. */
export function createAudit(parts: {
  store: Store;
  clock: Clock;
  keys: readonly SealingKey[];
  log: Log;
  here?: () => Whence | undefined;
}) {
  const { store, clock, keys, log, here = () => undefined } = parts;
  const entries = store.collection(collections.audit);
  const chain = createChain({ store, clock, keys, log });
  const listeners: AuditListener[] = [];

  async function record(event: AuditEvent): Promise<StoredEntry> {
    const { address, userAgent, requestId } = { ...here(), ...given(event) };
    const agent = userAgent === undefined ? undefined : boundedAgent(userAgent);
    const entry = await chain.append({ ...event, address, userAgent: agent, requestId });
    for (const listen of listeners) listen(entry);
    return entry;
  }

  async function list(filter: AuditFilter | undefined, { after, limit }: AuditPage): Promise<AuditSlice> {
    const found = await entries.list(filter && whereOf(filter), {
      limit: limit + 1,
      newestFirst: true,
      ...(after === undefined ? {} : { after }),
    });
    const slice = found.slice(0, limit);
    return found.length > limit ? { entries: slice, older: slice.at(-1)!.id } : { entries: slice };
  }

  /** What people may see of the entries about them; it reads on until the page is full. */
  async function shownOf(
    filter: AuditFilter,
    accountId: string,
    page: AuditPage,
    isOpen: (entry: StoredEntry) => boolean = () => true,
  ): Promise<ShownChanges> {
    const changes: ShownChange[] = [];
    for (let after = page.after; ;) {
      const { entries: found, older } = await list(filter, { after, limit: page.limit });
      for (const entry of found) {
        if (!isShown(entry.doc.action) || !isOpen(entry)) continue;
        if (changes.length === page.limit) return { changes, older: changes.at(-1)!.id };
        changes.push(shownChange(entry, accountId));
      }
      if (older === undefined) return { changes };
      after = older;
    }
  }

  return {
    /**
     * Writes an act down; resolves when it is durable. What operators do has failed when this rejects: let the
     * rejection through. Record right after the change. Where it came from is known by itself inside a request.
     */
    record,

    /**
     * Writes down what a person did to their own account; whether it is written. It never rejects: nobody is kept out by
     * the log.
     */
    async note(event: AuditEvent): Promise<boolean> {
      try {
        await record(event);
        return true;
      } catch (error) {
        log.error(
          { action: event.action, account: event.accountId, error },
          'not written into the audit log',
        );
        return false;
      }
    },

    /** A page of the log, newest first, all of it or what has a key. */
    list,
    get: (id: string): Promise<StoredEntry | undefined> => entries.get(id),

    /**
     * The changes of an account that its person sees, newest first; with a customer none that concern another one of
     * theirs.
     */
    ofAccount: (accountId: string, page: AuditPage, onlyFor?: string): Promise<ShownChanges> =>
      shownOf(
        { accountId },
        accountId,
        page,
        ({ doc: { customerId } }) => (onlyFor ?? customerId) === customerId || customerId === undefined,
      ),
    /** The changes of a customer that its members see; `viewerId` is the account that looks. */
    ofCustomer: (customerId: string, page: AuditPage, viewerId = ''): Promise<ShownChanges> =>
      shownOf({ customerId }, viewerId, page),

    /** Reads the whole chain; see `AuditVerdict`. `expected` is an entry's number and hash, noted elsewhere. */
    async verify(expected?: Place): Promise<AuditVerdict> {
      const read = () => verifyChain({ entries, chain, keys }, expected);
      const verdict = await read();
      // The beginning may have moved while it was read.
      const isMoved = (await chain.state())?.anchor.number !== verdict.anchor.number;
      return verdict.problems.length > 0 && isMoved ? read() : verdict;
    },

    /** Every entry from the oldest on, as they are read. */
    async *read(): AsyncGenerator<StoredEntry> {
      for (let after: string | undefined; ;) {
        const page = await entries.list(undefined, { limit: 500, ...(after === undefined ? {} : { after }) });
        yield* page;
        after = page.at(-1)?.id;
        if (page.length < 500) return;
        await nextTurn();
      }
    },

    /**
     * Forgets entries older than `before` and says so in the log; how many. Rejects with `ChainBroken` when they are not
     * what was written.
     */
    async prune(before: Date): Promise<number> {
      const pruned = await pruneChain({ store, clock, entries, chain, keys }, before);
      if (!pruned || pruned.count === 0) return 0;
      await record({ action: 'audit.pruned', actor: { kind: 'system' }, after: pruned });
      return pruned.count;
    },

    /** Tells `listener` of each entry that this process writes. */
    onEntry(listener: AuditListener): void {
      listeners.push(listener);
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;

/** What a caller says itself of where an act came from; an address that could not be told stays unknown. */
function given(event: AuditEvent): Whence {
  const told = (['address', 'userAgent', 'requestId'] as const).filter((name) => event[name] !== undefined);
  return Object.fromEntries(told.map((name) => [name, event[name]]));
}

function whereOf(filter: AuditFilter) {
  if ('actor' in filter) return { key: 'actor', value: actorKey(filter.actor) } as const;
  if ('accountId' in filter) return { key: 'accountId', value: filter.accountId } as const;
  if ('customerId' in filter) return { key: 'customerId', value: filter.customerId } as const;
  if ('clientId' in filter) return { key: 'clientId', value: filter.clientId } as const;
  return { key: 'action', value: filter.action } as const;
}

function shownChange({ id, doc }: StoredEntry, viewerId: string): ShownChange {
  const { at, actor, accountId, before, after, address, userAgent } = doc;
  const isOwn = actor === `person:${viewerId}`;
  return {
    id,
    at,
    action: doc.action as AuditAction,
    by: isOwn ? 'you' : whatIs(actor),
    ...(accountId === undefined ? {} : { accountId }),
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
    ...(isOwn && address !== undefined ? { address } : {}),
    ...(isOwn && userAgent !== undefined ? { userAgent } : {}),
  };
}

function whatIs(actor: string): ShownChange['by'] {
  if (actor.startsWith('person:')) return 'member';
  if (actor.startsWith('client:')) return 'client';
  return actor === 'system' ? 'system' : 'operator';
}

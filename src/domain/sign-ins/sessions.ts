// The sessions of an account, as the person sees them: which device, since when, for which applications.

import type { Account } from '../accounts/accounts.ts';
import { standsFor } from '../accounts/standing.ts';
import type { Store } from '../../ports/store.ts';
import { engineCollections, type EngineDocument } from '../collections.ts';

/** What is remembered of the browser that a session lives in. */
export type Device = {
  /** Hash of the browser's long-lived id. */
  readonly browser?: string;
  readonly address?: string;
  readonly userAgent: string;
  /** ISO 8601: the last time an application sent the person here. */
  readonly usedAt: string;
  /** The entry of the person's address list that spared them the second factor. */
  readonly listedBy?: string;
  /** Milliseconds since 1970: when the person proved who they are. Engines count in seconds, and a lock may come within one. */
  readonly provedAt?: number;
  /** An upstream has vouched for the person and did not tell when they signed in there: it may have been long ago. */
  readonly isTimeUntold?: boolean;
};

/** Whether a session still stands for its account; `loginTs` is in seconds, `provedAt` the same in milliseconds. */
export const sessionStands = (
  account: Account,
  { loginTs, provedAt }: { loginTs: number | undefined; provedAt: number | undefined },
): boolean =>
  provedAt === undefined
    ? standsFor(account, loginTs)
    : // A session in which the password was changed stays, though what was proved before is void for a new one.
      standsFor(account, loginTs) && provedAt / 1000 >= (account.sessionsValidFrom ?? 0);

export type OwnSession = {
  /** Names the session; opens nothing. */
  readonly uid: string;
  /** When the person proved who they are. */
  readonly signedInAt: Date;
  readonly device: Device | undefined;
  readonly amr: readonly string[];
  /** The use of support access that it is for, when it is not the person's own. */
  readonly supportUse: string | undefined;
  /** The applications signed in to. */
  readonly clientIds: readonly string[];
};

/** What a session document says of the clients signed in to from it. */
export type Authorizations = Readonly<
  Record<string, { sid?: string; grantId?: string; persistsLogout?: boolean }>
>;

/** The clients of a session document. */
export const authorizationsOf = (session: EngineDocument): Authorizations =>
  (session['authorizations'] ?? {}) as Authorizations;

const LIMIT = 200;

/** Sessions over the store. */
export function createSessions(store: Store) {
  const sessions = store.collection(engineCollections.Session);
  return {
    /** The person's sessions, the one used last first; at most 200. */
    async list(accountId: string): Promise<OwnSession[]> {
      const found = await sessions.list({ key: 'accountId', value: accountId }, { limit: LIMIT });
      return found.map(({ doc }) => toSession(doc)).sort((a, b) => lastUse(b).localeCompare(lastUse(a)));
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;

const lastUse = ({ device, signedInAt }: OwnSession): string => device?.usedAt ?? signedInAt.toISOString();

const toSession = (doc: EngineDocument): OwnSession => ({
  uid: String(doc.uid),
  signedInAt: new Date(Number(doc['loginTs'] ?? 0) * 1000),
  device: doc['device'] as Device | undefined,
  amr: (doc['amr'] ?? []) as string[],
  supportUse: (doc['support'] as { use?: string } | undefined)?.use,
  clientIds: Object.keys(authorizationsOf(doc)),
});

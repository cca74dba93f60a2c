// Ending what an account has open: sessions, grants and tokens on all nodes at once, and telling the applications
// that were signed in to (OpenID Connect Back-Channel Logout 1.0).

import type { Store, Stored } from '../../ports/store.ts';
import { engineCollections, type EngineDocument } from '../collections.ts';
import type { Signals } from '../signals.ts';
import { authorizationsOf } from './sessions.ts';

const PAGE_LIMIT = 500;

/** A client that is to learn that a session has ended; `sid` is what it knows the session by. */
export type LogoutNotice = { readonly clientId: string; readonly accountId: string; readonly sid: string };

/** Takes such notices over for delivery; resolves when none can be lost any more. */
export type TellClients = (notices: readonly LogoutNotice[]) => Promise<void>;

/** Ends things over the store. Opaque tokens and refresh tokens stop at once; a JWT access token lives to its `exp`. */
export function createEndings(store: Store, tellClients: TellClients, signals?: Pick<Signals, 'emit'>) {
  const { Session, Grant, AccessToken, RefreshToken, AuthorizationCode, DeviceCode } = engineCollections;
  const sessions = store.collection(Session);
  const grants = store.collection(Grant);

  /** Ends one grant with its tokens. */
  async function endGrant(grantId: string): Promise<void> {
    await Promise.all([
      store.collection(AccessToken).removeMany('grantId', grantId),
      store.collection(RefreshToken).removeMany('grantId', grantId),
      store.collection(AuthorizationCode).removeMany('grantId', grantId),
      store.collection(DeviceCode).removeMany('grantId', grantId),
      grants.remove(grantId),
    ]);
  }

  async function* pagesOf(documents: typeof sessions | typeof grants, accountId: string) {
    let after: string | undefined;
    do {
      const page = { limit: PAGE_LIMIT, ...(after === undefined ? {} : { after }) };
      const found = await documents.list({ key: 'accountId', value: accountId }, page);
      yield found;
      after = found.length === PAGE_LIMIT ? found.at(-1)!.id : undefined;
    } while (after !== undefined);
  }

  /** Before the sessions go: whoever is not told now would never be. */
  async function tell(ending: readonly Stored<EngineDocument>[]): Promise<void> {
    const notices = ending.flatMap(({ doc }) =>
      Object.entries(authorizationsOf(doc)).flatMap(([clientId, { sid }]) =>
        sid !== undefined && doc.accountId !== undefined ? [{ clientId, accountId: doc.accountId, sid }] : [],
      ),
    );
    if (notices.length > 0) await tellClients(notices);
    const [first] = ending;
    if (first?.doc.accountId !== undefined) {
      const { accountId } = first.doc;
      signals?.emit({ kind: 'sessions_ended', accountId, count: ending.length });
    }
  }

  /** Ends a session with what was granted from it; refresh tokens that outlive sessions only `withLasting`. */
  async function end(
    session: Stored<EngineDocument>,
    { withLasting }: { withLasting: boolean },
  ): Promise<void> {
    await tell([session]);
    const ending = Object.values(authorizationsOf(session.doc)).flatMap(({ grantId, persistsLogout }) =>
      grantId !== undefined && (withLasting || !persistsLogout) ? [grantId] : [],
    );
    await Promise.all(ending.map(endGrant));
    await sessions.remove(session.id);
  }

  return {
    endGrant,

    /** Ends every grant that the account has given the client, in whichever session. */
    async endClientAccess(accountId: string, clientId: string): Promise<void> {
      for await (const found of pagesOf(grants, accountId)) {
        const own = found.filter(({ doc }) => doc['clientId'] === clientId);
        await Promise.all(own.map(({ id }) => endGrant(id)));
      }
    },

    /** Ends every grant of the account that is bound to the customer, in whichever session. */
    async endCustomerGrants(accountId: string, customerId: string): Promise<void> {
      for await (const found of pagesOf(grants, accountId)) {
        const bound = found.filter(({ doc }) => doc['customerId'] === customerId);
        await Promise.all(bound.map(({ id }) => endGrant(id)));
      }
    },

    /**
     * Ends every session, grant, code and token of the account. Sessions first, so that none gives a new grant; codes
     * and tokens whose grant has gone before are void already.
     */
    async endEverything(accountId: string): Promise<void> {
      for await (const found of pagesOf(sessions, accountId)) await tell(found);
      await sessions.removeMany('accountId', accountId);
      for await (const found of pagesOf(grants, accountId)) {
        await Promise.all(found.map(({ id }) => endGrant(id)));
      }
    },

    /** Ends the session with this uid, as when another person signs in in the same browser. */
    async endSession(uid: string): Promise<void> {
      const session = await sessions.findOne('uid', uid);
      if (session) await end(session, { withLasting: false });
    },

    /** Ends one of the account's sessions with all that came of it; false when the account has no such session. */
    async endOwnSession(accountId: string, uid: string): Promise<boolean> {
      const session = await sessions.findOne('uid', uid);
      if (!session || session.doc.accountId !== accountId) return false;
      await end(session, { withLasting: true });
      return true;
    },

    /** Whether a session with this uid is still stored. */
    hasSession: async (uid: string): Promise<boolean> => (await sessions.findOne('uid', uid)) !== undefined,

    /** Ends all of the account but the session with this uid and what was granted from it. */
    async endOthers(accountId: string, keptUid: string): Promise<void> {
      const kept = await sessions.findOne('uid', keptUid);
      const keptGrants = new Set(
        Object.values(kept ? authorizationsOf(kept.doc) : {}).map((one) => one.grantId),
      );
      for await (const found of pagesOf(sessions, accountId)) {
        await Promise.all(
          found
            .filter(({ doc }) => doc.uid !== keptUid)
            .map((session) => end(session, { withLasting: true })),
        );
      }
      for await (const found of pagesOf(grants, accountId)) {
        await Promise.all(found.filter(({ id }) => !keptGrants.has(id)).map(({ id }) => endGrant(id)));
      }
    },
  };
}

export type Endings = ReturnType<typeof createEndings>;

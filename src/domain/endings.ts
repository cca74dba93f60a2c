// Ending what an account has open: sessions, grants and tokens on all nodes at once.

import type { Store } from '../ports/store.ts';
import { engineCollections } from './collections.ts';

const PAGE_LIMIT = 500;

/** Ends things over the store. Opaque tokens and refresh tokens stop at once; a JWT access token lives to its `exp`. */
export function createEndings(store: Store) {
  const { Session, Grant, AccessToken, RefreshToken, AuthorizationCode } = engineCollections;

  /** Ends one grant with its tokens. */
  async function endGrant(grantId: string): Promise<void> {
    await Promise.all([
      store.collection(AccessToken).removeMany('grantId', grantId),
      store.collection(RefreshToken).removeMany('grantId', grantId),
      store.collection(AuthorizationCode).removeMany('grantId', grantId),
      store.collection(Grant).remove(grantId),
    ]);
  }

  /** Ends every grant that the account has given the client, in whichever session. */
  async function endClientAccess(accountId: string, clientId: string): Promise<void> {
    const grants = store.collection(Grant);
    let after: string | undefined;
    do {
      const page = { limit: PAGE_LIMIT, ...(after === undefined ? {} : { after }) };
      const found = await grants.list({ key: 'accountId', value: accountId }, page);
      const own = found.filter(({ doc }) => doc['clientId'] === clientId);
      await Promise.all(own.map(({ id }) => endGrant(id)));
      after = found.length === PAGE_LIMIT ? found.at(-1)!.id : undefined;
    } while (after !== undefined);
  }

  return {
    endGrant,
    endClientAccess,
    /** Ends every session, grant, code and token of the account. */
    async endEverything(accountId: string): Promise<void> {
      await Promise.all([
        store.collection(Session).removeMany('accountId', accountId),
        store.collection(Grant).removeMany('accountId', accountId),
        store.collection(AccessToken).removeMany('accountId', accountId),
        store.collection(RefreshToken).removeMany('accountId', accountId),
        store.collection(AuthorizationCode).removeMany('accountId', accountId),
      ]);
    },
    /** Ends the session with this uid, as when another person signs in in the same browser. */
    async endSession(uid: string): Promise<void> {
      const sessions = store.collection(Session);
      const session = await sessions.findOne('uid', uid);
      if (!session) return;
      const authorizations = Object.values(
        (session.doc['authorizations'] ?? {}) as Record<
          string,
          { grantId?: string; persistsLogout?: boolean }
        >,
      );
      const ending = authorizations.filter(({ grantId, persistsLogout }) => grantId && !persistsLogout);
      await Promise.all(ending.map(({ grantId }) => endGrant(grantId!)));
      await sessions.remove(session.id);
    },
  };
}

export type Endings = ReturnType<typeof createEndings>;

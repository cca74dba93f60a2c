// The two links in letters about sign-ins and changed credentials, for who finds that it was somebody else: log out
// everywhere (S56), and "this was not me", which locks the account until its owner sets a new password.

import type { StoredAccount } from '../accounts/accounts.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';

/** Makes such links; each is good for 7 days and works once, without signing in. */
export function createEndingLinks(parts: { links: OneTimeLinks; letters: Letters }) {
  const { links, letters } = parts;
  const issue = async (purpose: 'logout-all' | 'not-me', account: StoredAccount): Promise<string> =>
    letters.url(`/${purpose}/${(await links.issue(purpose, account)).secret}`);
  return {
    /** Ends every session, and nothing else. */
    logOutUrl: (account: StoredAccount): Promise<string> => issue('logout-all', account),
    /** Locks the account, and leads its owner to a new password. */
    lockUrl: (account: StoredAccount): Promise<string> => issue('not-me', account),
  };
}

export type EndingLinks = ReturnType<typeof createEndingLinks>;

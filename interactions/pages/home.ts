// The address itself: what this is, for people who come here without an application, and the way in (S2).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { displayName } from '../../src/domain/accounts/accounts.ts';
import type { Pages } from '../../src/http/pages.ts';
import type { OwnSession } from '../../src/oidc/own-session.ts';

/** GET / */
export const createHomePage =
  ({ pages, ownSession, canRegister }: { pages: Pages; ownSession: OwnSession; canRegister: boolean }) =>
  async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { account } = (await ownSession.find(req, res)) ?? {};
    const signedIn = account && {
      name: displayName(account.doc),
      login: account.doc.login ?? account.doc.email,
    };
    pages.send(req, res, { template: 'pages/home.njk', props: { signedIn, canRegister } });
  };

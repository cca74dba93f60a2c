// Where the link in an invitation leads (S22): who asks whom in, and the ways to sign in or to register. It uses nothing
// up: what takes the invitation is the account whose verified address it went to.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invitations } from '../../src/domain/customers/invitations.ts';
import type { Pages } from '../../src/http/pages.ts';
import type { OwnSession } from '../../src/oidc/own-session.ts';

/** GET /invitation/:secret */
export function createInvitationPage(parts: {
  invitations: Invitations;
  pages: Pages;
  ownSession: OwnSession;
  canRegister: boolean;
}) {
  const { invitations, pages, ownSession, canRegister } = parts;
  return async function show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
    const invitation = await invitations.peek(secret, pages.localeOf(req));
    const who = invitation && (await ownSession.find(req, res));
    pages.send(req, res, {
      template: 'pages/invitation.njk',
      status: invitation ? 200 : 410,
      secretUrl: true,
      props: {
        invitation,
        signedInAs: who?.account.doc.email ?? '',
        signInUrl: ownSession.signInUrl('/account/invitations', { again: who !== undefined }),
        canRegister,
        registerUrl: `/invitation/${secret}/register`,
      },
    });
  };
}

export type InvitationPage = ReturnType<typeof createInvitationPage>;

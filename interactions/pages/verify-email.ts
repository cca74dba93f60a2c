// Verifying an e-mail address by a mailed link. GET only shows the button: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type { VerifyEmail } from '../../src/domain/accounts/verify-email.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { createMailedLink } from '../mailed-link.ts';

/** GET and POST /verify-email/:secret */
export function createVerifyEmailPage(parts: {
  verifyEmail: VerifyEmail;
  credentialNotices: CredentialNotices;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { verifyEmail, credentialNotices } = parts;
  const template = 'pages/verify-email.njk';
  const link = createMailedLink('verify-email', parts);

  /** Unknown, used and old links look alike: a link tells nothing to who did not get it. */
  const showOver = (req: IncomingMessage, res: ServerResponse): void =>
    link.show(req, res, { template, status: 410, props: { kind: 'over' } });

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const account = await verifyEmail.peek(secret);
      if (!account) return showOver(req, res);
      return link.ask(req, res, secret, { template, props: { kind: 'ask', email: account.doc.email } });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      await link.read(req, res, secret);
      const account = await verifyEmail.use(secret);
      if (!account) return showOver(req, res);
      const from = { address: factsOf(req).address, userAgent: req.headers['user-agent'] ?? '' };
      await credentialNotices.tell(account, 'email_verified', from);
      return link.show(req, res, { template, props: { kind: 'done' } });
    },
  };
}

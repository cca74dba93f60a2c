// Verifying an e-mail address by a mailed link. GET only shows the button: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type { VerifyEmail } from '../../src/domain/accounts/verify-email.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { digest } from '../../src/lib/digest.ts';

type Kind = 'ask' | 'done' | 'over';

/** GET and POST /verify-email/:secret */
export function createVerifyEmailPage(parts: {
  verifyEmail: VerifyEmail;
  credentialNotices: CredentialNotices;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { verifyEmail, credentialNotices, pages, cookies, csrf } = parts;
  const subject = (secret: string) => `verify-email:${digest(secret)}`;

  /** Unknown, used and old links look alike: a link tells nothing to who did not get it. */
  function send(
    req: IncomingMessage,
    res: ServerResponse,
    kind: Kind,
    more: { csrf?: string; props?: object } = {},
  ): void {
    pages.send(req, res, {
      template: 'pages/verify-email.njk',
      status: kind === 'over' ? 410 : 200,
      secretUrl: true,
      csrf: more.csrf,
      props: { kind, ...more.props },
    });
  }

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const account = await verifyEmail.peek(secret);
      if (!account) return send(req, res, 'over');
      const token = csrf.token(cookies.browserId(req, res), subject(secret));
      const props = { action: `/verify-email/${secret}`, email: account.doc.email };
      return send(req, res, 'ask', { csrf: token, props });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await readForm(req);
      csrf.check(req, cookies.browserId(req, res), subject(secret), form['csrf']);
      const account = await verifyEmail.use(secret);
      if (!account) return send(req, res, 'over');
      const from = { address: factsOf(req).address, userAgent: req.headers['user-agent'] ?? '' };
      await credentialNotices.tell(account, 'email_verified', from);
      return send(req, res, 'done');
    },
  };
}

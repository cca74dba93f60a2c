// The two mailed links of a change of address (S69): the one at the new address that confirms it, the one at the old
// address that undoes it. GET only shows the button: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EmailChanges } from '../../src/domain/accounts/email-changes.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { digest } from '../../src/lib/digest.ts';

/** What a link does, also its first word in the path. */
export type EmailLink = 'change-email' | 'undo-email';

type Kind = 'ask' | 'done' | 'over' | 'taken';
const statuses = { ask: 200, done: 200, over: 410, taken: 409 } as const;

/** GET and POST /change-email/:secret or /undo-email/:secret */
export function createMovedEmailPage(
  link: EmailLink,
  parts: { emailChanges: EmailChanges; pages: Pages; cookies: Cookies; csrf: Csrf },
) {
  const { emailChanges, pages, cookies, csrf } = parts;
  const isUndo = link === 'undo-email';
  const subject = (secret: string) => `${link}:${digest(secret)}`;

  /** Unknown, used, old and void links look alike: a link tells nothing to who did not get it. */
  function send(
    req: IncomingMessage,
    res: ServerResponse,
    kind: Kind,
    more: { csrf?: string; props?: object } = {},
  ): void {
    pages.send(req, res, {
      template: isUndo ? 'pages/undo-email.njk' : 'pages/change-email.njk',
      status: statuses[kind],
      secretUrl: true,
      csrf: more.csrf,
      props: { kind, ...more.props },
    });
  }

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const change = await (isUndo ? emailChanges.peekUndo(secret) : emailChanges.peekConfirm(secret));
      if (!change) return send(req, res, 'over');
      const token = csrf.token(cookies.browserId(req, res), subject(secret));
      // The address of the mailbox that the link came to, and no other.
      const email = isUndo ? change.from : change.to;
      return send(req, res, 'ask', { csrf: token, props: { action: `/${link}/${secret}`, email } });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await readForm(req);
      csrf.check(req, cookies.browserId(req, res), subject(secret), form['csrf']);
      const by = { address: factsOf(req).address, userAgent: req.headers['user-agent'] ?? '' };
      const outcome = await (isUndo ? emailChanges.undo(secret, by) : emailChanges.confirm(secret, by));
      if (outcome.kind !== 'changed') return send(req, res, outcome.kind);
      return send(req, res, 'done', { props: { email: outcome.account.doc.email } });
    },
  };
}

// The two mailed links of a change of address (S69): the one at the new address that confirms it, the one at the old
// address that undoes it. GET only shows the button: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EmailChanges } from '../../src/domain/accounts/email-changes.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { createMailedLink } from '../mailed-link.ts';

/** What a link does, also its first word in the path. */
export type EmailLink = 'change-email' | 'undo-email';

/** How it can end without a change, with the status of the page that says so. */
const ends = { over: 410, taken: 409 } as const;

/** GET and POST /change-email/:secret or /undo-email/:secret */
export function createMovedEmailPage(
  word: EmailLink,
  parts: { emailChanges: EmailChanges; pages: Pages; cookies: Cookies; csrf: Csrf },
) {
  const { emailChanges } = parts;
  const isUndo = word === 'undo-email';
  const template = isUndo ? 'pages/undo-email.njk' : 'pages/change-email.njk';
  const link = createMailedLink(word, parts);

  /** Unknown, used, old and void links look alike: a link tells nothing to who did not get it. */
  const showEnd = (req: IncomingMessage, res: ServerResponse, kind: keyof typeof ends): void =>
    link.show(req, res, { template, status: ends[kind], props: { kind } });

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const change = await (isUndo ? emailChanges.peekUndo(secret) : emailChanges.peekConfirm(secret));
      if (!change) return showEnd(req, res, 'over');
      // The address of the mailbox that the link came to, and no other.
      const email = isUndo ? change.from : change.to;
      return link.ask(req, res, secret, { template, props: { kind: 'ask', email } });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      await link.read(req, res, secret);
      const by = { address: factsOf(req).address, userAgent: req.headers['user-agent'] ?? '' };
      const outcome = await (isUndo ? emailChanges.undo(secret, by) : emailChanges.confirm(secret, by));
      if (outcome.kind !== 'changed') return showEnd(req, res, outcome.kind);
      const { email } = outcome.account.doc;
      return link.show(req, res, { template, props: { kind: 'done', email } });
    },
  };
}

// Confirming an address as a contact of a customer by a mailed link (S25). GET shows the question, POST answers it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Contacts } from '../../src/domain/customers/contacts.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { digest } from '../../src/lib/digest.ts';

/** GET and POST /contact/:secret */
export function createContactPage(parts: { contacts: Contacts; pages: Pages; cookies: Cookies; csrf: Csrf }) {
  const { contacts, pages, cookies, csrf } = parts;
  const subject = (secret: string) => `contact:${digest(secret)}`;

  /** Unknown, used and old links look alike. */
  function send(
    req: IncomingMessage,
    res: ServerResponse,
    kind: 'ask' | 'done' | 'refused' | 'over',
    more: { csrf?: string; props?: object } = {},
  ): void {
    pages.send(req, res, {
      template: 'pages/contact.njk',
      status: kind === 'over' ? 410 : 200,
      secretUrl: true,
      csrf: more.csrf,
      props: { kind, ...more.props },
    });
  }

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const contact = await contacts.peek(secret);
      if (!contact) return send(req, res, 'over');
      const token = csrf.token(cookies.browserId(req, res), subject(secret));
      send(req, res, 'ask', { csrf: token, props: { action: `/contact/${secret}`, contact } });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await readForm(req);
      csrf.check(req, cookies.browserId(req, res), subject(secret), form['csrf']);
      const isWanted = form['answer'] !== 'no';
      if (!(await contacts.answer(secret, isWanted))) return send(req, res, 'over');
      send(req, res, isWanted ? 'done' : 'refused');
    },
  };
}

export type ContactPage = ReturnType<typeof createContactPage>;
